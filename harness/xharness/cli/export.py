"""`xharness export`: take something out of the store in a form that other tools read."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import options, output
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
        name="export", help="Take things out of the store.", no_args_is_help=True
    )
    export_app.callback(invoke_without_command=True)(compared)
    export_app.command("xtreme")(xtreme)
    export_app.command("model")(model)
    app.add_typer(export_app)


def compared(
    context: typer.Context,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="md and latex: the leaderboard; csv, json and parquet: a row per score.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="A file to write; text goes to standard output without it."
        ),
    ] = None,
    plan: options.Plan = "latest",
    without_leakage: Annotated[
        bool,
        typer.Option(
            "--without-leakage",
            help="Leave same-data supervision out of the leaderboard's averages.",
        ),
    ] = False,
    store: options.StoreFolder = options.STORE,
    plugin: options.Plugins = None,
    json: options.Json = False,
) -> None:
    """Take results, predictions or a model out of the store."""
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

    tasks = session.loaded(plugin or (), output.complain).tasks
    board = leaderboard.board(Store(store), plan, tasks)
    wanted = export.Form(form.value)
    if out is None:
        typer.echo(export.text(board, wanted, without_leakage=without_leakage), nl=False)
    else:
        export.save(board, wanted, out, without_leakage=without_leakage)
        output.show(export.written(out), json=json)


@options.shared("store", "data_root", "plugins", "offline")
def xtreme(
    shared: session.SharedFlags,
    out: Annotated[Path, typer.Option("--output", "-o", help="An empty folder, or a new one.")],
    plan: options.Plan = "latest",
    strategy: Annotated[
        str | None, typer.Option("--strategy", help="One that was compared.")
    ] = None,
    intermediates: Annotated[
        str | None,
        typer.Option("--intermediates", help="One of its arms, as in mnli+squad_v1."),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="One of the seeds.")] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="Also write the right answers, for evaluate.py, here."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Write the predictions of one strategy, arm and seed as XTREME's evaluate.py reads them."""
    from xharness.commands import plans
    from xharness.commands import xtreme as commands
    from xharness.store.store import Store

    paths = shared.paths
    store = Store(paths.store)
    files = commands.build(
        plans.named(store, plan)[1],
        store,
        session.loaded(paths.plugins, output.complain).tasks,
        commands.Choice(strategy=strategy, intermediates=intermediates, seed=seed),
        commands.english(paths.data_root, offline=paths.offline),
    )
    commands.save(files, out, labels)
    output.show(commands.view(files, out), json=json)
    for note in files.notes:
        output.complain(note)


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
