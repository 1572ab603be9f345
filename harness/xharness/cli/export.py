"""`xharness export`: take something out of the store in a form that other tools read."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import options, output, signatures
from xharness.cli.options import OUTPUT, option
from xharness.commands import session


class Format(Enum):
    """What a comparison can be written as."""

    MARKDOWN = "md"
    LATEX = "latex"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    export_app = typer.Typer(
        name="export",
        help=signatures.unwrapped(compared),
        epilog=signatures.epilog("xharness export --format csv -o scores.csv"),
        no_args_is_help=True,
    )
    export_app.callback(invoke_without_command=True)(compared)
    signatures.add(
        export_app, "xtreme", xtreme, "xharness export xtreme --strategy english -o submission"
    )
    signatures.add(export_app, "model", model, "xharness export model 3f2a9c -o encoder")
    app.add_typer(export_app)


def compared(
    context: typer.Context,
    form: Annotated[
        Format | None,
        option(
            OUTPUT,
            "--format",
            "FORMAT",
            "md or latex: the leaderboard; csv, json or parquet: one row per score.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        option(
            OUTPUT,
            "--output",
            "FILE",
            "File to write; without it, text goes to standard output.",
            short=("-o",),
        ),
    ] = None,
    plan: options.Plan = "latest",
    without_leakage: Annotated[
        bool,
        option(
            OUTPUT,
            "--without-leakage",
            None,
            "Leave same-data supervision out of the leaderboard's averages.",
        ),
    ] = False,
    store: options.StoreFolder = options.STORE,
    plugins: options.Plugins = None,
    json: options.Json = False,
) -> None:
    """Write results, predictions or a model to files."""
    if context.invoked_subcommand is not None:
        return
    if form is None:
        names = "|".join(f.value for f in Format)
        raise typer.BadParameter(f"give --format {names}, or one of the commands xtreme and model")
    if out is None and form is Format.PARQUET:
        raise typer.BadParameter("--format parquet needs -o FILE")
    if without_leakage and form not in {Format.MARKDOWN, Format.LATEX}:
        raise typer.BadParameter("--without-leakage: only md and latex have averages")
    from xharness.commands import export, leaderboard
    from xharness.store.store import Store

    tasks = session.loaded(plugins or (), output.complain).tasks
    board = leaderboard.board(Store(store), plan, tasks)
    wanted = export.Form(form.value)
    if out is None:
        output.text(export.text(board, wanted, without_leakage=without_leakage))
    else:
        export.save(board, wanted, out, without_leakage=without_leakage)
        output.show(export.written(out), json=json)


@signatures.shared("store", "data_root", "plugins", "offline")
def xtreme(
    shared: session.SharedFlags,
    out: Annotated[
        Path,
        option(OUTPUT, "--output", "FOLDER", "An empty folder, or a new one.", short=("-o",)),
    ],
    plan: options.Plan = "latest",
    strategy: Annotated[
        str | None, option(options.COMPARED, "--strategy", "NAME", "One that was compared.")
    ] = None,
    intermediates: Annotated[
        str | None,
        option(
            options.COMPARED,
            "--intermediates",
            "NAME+...",
            "The tasks of one of its arms, as in mnli+squad_v1.",
        ),
    ] = None,
    seed: Annotated[
        int | None, option(options.COMPARED, "--seed", "N", "One of the seeds.")
    ] = None,
    labels: Annotated[
        Path | None,
        option(OUTPUT, "--labels", "FOLDER", "Also write the right answers, for evaluate.py."),
    ] = None,
    xtreme_files: options.XtremeFiles = None,
    json: options.Json = False,
) -> None:
    """Write the predictions of one strategy, arm and seed as XTREME's evaluate.py reads them.

    With --xtreme-files they are predictions of XTREME's own test files, not of the rows compared.
    """
    from xharness.commands import plans, rows_again, xtreme_submission
    from xharness.commands import xtreme as commands
    from xharness.store.store import Store

    if labels is not None and xtreme_files is not None:
        raise typer.BadParameter("--labels: XTREME's test files have no right answers")
    store = Store(shared.paths.store)
    digest, compared = plans.named(store, plan)
    choice = commands.Choice(strategy=strategy, intermediates=intermediates, seed=seed)
    if xtreme_files is not None:
        with output.working("predicting") as step:
            files = xtreme_submission.build(
                store, (digest, compared), choice, xtreme_files, output.complain, step
            )
    else:
        paths = rows_again.place(store, digest, shared.paths)
        files = commands.build(
            compared,
            store,
            session.loaded(paths.plugins, output.complain).tasks,
            choice,
            commands.english(paths),
        )
    commands.save(files, out, labels)
    output.show(commands.view(files, out), json=json)
    for note in files.notes:
        output.complain(note)


def model(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="Key of a training, or its first digits.")
    ],
    out: Annotated[
        Path,
        option(OUTPUT, "--output", "FOLDER", "A folder that is not there yet.", short=("-o",)),
    ],
    store: options.StoreFolder = options.STORE,
) -> None:
    """Write a training's last encoder as an ordinary Hugging Face folder.

    A comparison can start from it: xharness compare --model FOLDER --suite SUITE.
    """
    from xharness.engine.export import export_model
    from xharness.store.maintenance import only
    from xharness.store.store import Store

    export_model(only(Store(store), key).path, out)
    output.text(f"{out}\n")
