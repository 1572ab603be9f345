"""`xharness export`: take something out of the store in a form that other tools read."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import options, session

Out = Annotated[
    Path | None, typer.Option("--output", "-o", help="A folder that is empty or not there yet.")
]


class Format(Enum):
    """What predictions can be written as."""

    XTREME = "xtreme"


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    export_app = typer.Typer(
        name="export", help="Take things out of the store.", no_args_is_help=True
    )
    export_app.callback(invoke_without_command=True)(predictions)
    export_app.command("model")(model)
    app.add_typer(export_app)


def predictions(
    context: typer.Context,
    form: Annotated[
        Format | None, typer.Option("--format", help="Write predictions in this format.")
    ] = None,
    out: Out = None,
    plan: Annotated[
        str | None, typer.Option("--plan", help="Digest of a plan; otherwise the latest.")
    ] = None,
    strategy: Annotated[str | None, typer.Option("--strategy", help="One that was run.")] = None,
    intermediates: Annotated[
        str | None, typer.Option("--intermediates", help="One of its arms, as in mnli+squad_v1.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="One of the seeds.")] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="Also write the right answers, for evaluate.py, here."),
    ] = None,
    store: options.StoreFolder = options.STORE,
    data_root: options.DataRoot = None,
    plugin: options.Plugins = None,
    offline: options.Offline = False,
    json: options.Json = False,
) -> None:
    """Take things out of the store.

    --format xtreme writes one compared cell as the folder that XTREME's evaluate.py reads.
    """
    if context.invoked_subcommand is not None:
        return
    if form is None or out is None:
        raise typer.BadParameter("give --format xtreme and -o DIR, or the command model")
    from xharness import published, submission
    from xharness.store import Store

    tasks = session.loaded(plugin or ()).tasks
    folder = Store(store)
    made = submission.build(
        published.plan(folder, plan),
        folder,
        tasks,
        submission.Cell(strategy=strategy, intermediates=intermediates, seed=seed),
        submission.english(data_root, offline=offline),
    )
    submission.save(made, out, labels)
    session.show(submission.view(made, out), json=json)
    for note in made.notes:
        session.complain(note)


def model(
    key: Annotated[str, typer.Argument(help="Key of a training, or its first digits.")],
    out: Annotated[Path, typer.Option("--output", "-o", help="A folder that is not there yet.")],
    store: options.StoreFolder = options.STORE,
) -> None:
    """Write a training's last encoder as an ordinary Hugging Face folder.

    A comparison can start from it: xharness compare --model FOLDER --suite SUITE.
    """
    from xharness.engine.export import export_model
    from xharness.store import Store
    from xharness.upkeep import only

    export_model(only(Store(store), key).path, out)
    typer.echo(out)
