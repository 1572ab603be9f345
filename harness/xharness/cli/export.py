"""`xharness export`: take something out of the store in a form that other tools read."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import options, output
from xharness.commands import session

Out = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="Where to write: a new folder for xtreme, otherwise a file; text goes to standard "
        "output without it.",
    ),
]


class Format(Enum):
    """What can be written, and as what."""

    MARKDOWN = "md"
    LATEX = "latex"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    XTREME = "xtreme"


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    export_app = typer.Typer(
        name="export", help="Take things out of the store.", no_args_is_help=True
    )
    export_app.callback(invoke_without_command=True)(compared)
    export_app.command("model")(model)
    app.add_typer(export_app)


def compared(
    context: typer.Context,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="md and latex: the summary; csv, json and parquet: a row per score; xtreme: "
            "predictions.",
        ),
    ] = None,
    out: Out = None,
    plan: Annotated[
        str | None, typer.Option("--plan", help="Digest of a plan; otherwise the latest.")
    ] = None,
    without_leakage: Annotated[
        bool,
        typer.Option(
            "--without-leakage", help="Leave same-data supervision out of the summary's averages."
        ),
    ] = False,
    strategy: Annotated[
        str | None, typer.Option("--strategy", help="For xtreme: one that was run.")
    ] = None,
    intermediates: Annotated[
        str | None,
        typer.Option("--intermediates", help="For xtreme: one of its arms, as in mnli+squad_v1."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="For xtreme: one of the seeds.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels", help="For xtreme: also write the right answers, for evaluate.py, here."
        ),
    ] = None,
    store: options.StoreFolder = options.STORE,
    data_root: options.DataRoot = None,
    plugin: options.Plugins = None,
    offline: options.Offline = False,
    json: options.Json = False,
) -> None:
    """Take results, predictions or a model out of the store.

    --format xtreme writes one compared cell as the folder that XTREME's evaluate.py reads.
    """
    if context.invoked_subcommand is not None:
        return
    cell = (strategy, intermediates, seed, labels)
    _check(form, out, of_xtreme=any(x is not None for x in cell), without_leakage=without_leakage)
    from xharness.commands import export, leaderboard, xtreme
    from xharness.store.store import Store

    tasks = session.loaded(plugin or (), output.complain).tasks
    folder = Store(store)
    if form is not Format.XTREME:
        board = leaderboard.board(folder, plan, tasks)
        wanted = export.Form(form.value if form else "")
        if out is None:
            typer.echo(export.text(board, wanted, without_leakage=without_leakage), nl=False)
        else:
            export.save(board, wanted, out, without_leakage=without_leakage)
            output.show(export.written(out), json=json)
        return
    made = xtreme.build(
        leaderboard.plan(folder, plan),
        folder,
        tasks,
        xtreme.Cell(strategy=strategy, intermediates=intermediates, seed=seed),
        xtreme.english(data_root, offline=offline),
    )
    folder_out = out or Path()
    xtreme.save(made, folder_out, labels)
    output.show(xtreme.view(made, folder_out), json=json)
    for note in made.notes:
        output.complain(note)


def _check(
    form: Format | None, out: Path | None, *, of_xtreme: bool, without_leakage: bool
) -> None:
    """Do nothing if the flags go together.

    Raises:
        BadParameter: If they do not.
    """
    if form is None:
        names = "|".join(f.value for f in Format)
        raise typer.BadParameter(f"give --format {names}, or the command model")
    if out is None and form in {Format.XTREME, Format.PARQUET}:
        what = "DIR" if form is Format.XTREME else "FILE"
        raise typer.BadParameter(f"--format {form.value} needs -o {what}")
    if of_xtreme and form is not Format.XTREME:
        raise typer.BadParameter(
            "--strategy, --intermediates, --seed and --labels go with --format xtreme"
        )
    if without_leakage and form not in {Format.MARKDOWN, Format.LATEX}:
        raise typer.BadParameter("--without-leakage: only md and latex have averages")


def model(
    key: Annotated[str, typer.Argument(help="Key of a training, or its first digits.")],
    out: Annotated[Path, typer.Option("--output", "-o", help="A folder that is not there yet.")],
    store: options.StoreFolder = options.STORE,
) -> None:
    """Write a training's last encoder as an ordinary Hugging Face folder.

    A comparison can start from it: xharness compare --model FOLDER --suite SUITE.
    """
    from xharness.engine.export import export_model
    from xharness.store.maintenance import only
    from xharness.store.store import Store

    export_model(only(Store(store), key).path, out)
    typer.echo(out)
