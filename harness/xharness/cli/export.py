"""`xharness export`: take something out of the store in a form that other tools read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import options


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    export_app = typer.Typer(
        name="export", help="Take things out of the store.", no_args_is_help=True
    )
    export_app.command("model")(model)
    app.add_typer(export_app)


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
