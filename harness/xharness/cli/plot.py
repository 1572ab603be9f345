"""`xharness plot`: pictures of a comparison that was run before."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import options, output, signatures
from xharness.commands import session


class What(Enum):
    """What can be drawn."""

    MAP = "map"
    RESOURCE = "resource"
    CURVES = "curves"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    signatures.add(
        app,
        "plot",
        plot,
        "xharness plot map -o map.svg",
    )


def plot(
    what: Annotated[
        What,
        typer.Argument(
            metavar="WHAT",
            help="map: gain, arm by target; resource: gain of each language against its text "
            "in CC-100; curves: loss of each training.",
        ),
    ],
    out: Annotated[
        Path,
        options.option(
            options.OUTPUT, "--output", "FILE", "File to write: .png, .svg or .pdf.", short=("-o",)
        ),
    ],
    plan: options.Plan = "latest",
    target: Annotated[
        str | None, options.option(options.COMPARED, "--target", "NAME", "Draw only this target.")
    ] = None,
    store: options.StoreFolder = options.STORE,
    plugins: options.Plugins = None,
    json: options.Json = False,
) -> None:
    """Draw a comparison that was run.

    This needs matplotlib: pip install 'xharness[plot]'.
    """
    from xharness.commands import export, leaderboard
    from xharness.commands import plot as plots
    from xharness.store.store import Store

    folder = Store(store)
    board = leaderboard.board(folder, plan, session.loaded(plugins or (), output.complain).tasks)
    plots.save(plots.Plot(what.value), board, folder, out, target)
    output.show(export.written(out), json=json)
