"""python -m xharness_lab pretrain: make the lab's models anew."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def main() -> None:
    """Work on the lab, the suite of fictional languages."""


@app.command()
def pretrain(
    out: Annotated[Path, typer.Option(help="Folder that the models' folders are made in.")] = Path(
        "lab-models"
    ),
    only: Annotated[str, typer.Option(help="Make just one: lab-mt or lab-mini.")] = "",
) -> None:
    """Train lab-mt and lab-mini from nothing, on one thread, and write them to a folder."""
    # Read when the libraries are imported, and by none of them afterwards.
    os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = "1"
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from xharness_lab import pretrain

    if only and only not in pretrain.MAKERS:
        raise typer.BadParameter(f"{only!r}; one of {', '.join(pretrain.MAKERS)} would be right")
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    for name in [only] if only else pretrain.MAKERS:
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task(name, total=1.0)
            folder = pretrain.run(name, out, partial(_shown, progress, bar))
            progress.update(bar, completed=1.0)
        typer.echo(folder)


def _shown(progress: Progress, bar: TaskID, done: float) -> None:
    """Show how far a training is."""
    progress.update(bar, completed=done)


if __name__ == "__main__":
    app(prog_name="python -m xharness_lab")
