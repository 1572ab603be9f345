"""`xharness plot`: pictures of a comparison that was run before."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import options, output
from xharness.commands import session


class What(Enum):
    """What can be drawn."""

    MAP = "map"
    RESOURCE = "resource"
    CURVES = "curves"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""

    @app.command("plot")
    def plot(
        what: Annotated[
            What,
            typer.Argument(
                help="map: gain, arm by target; resource: gain of each language against its text "
                "in CC-100; curves: loss of each training."
            ),
        ],
        out: Annotated[Path, typer.Option("--output", "-o", help="A file: .png, .svg or .pdf.")],
        plan: options.Plan = "latest",
        target: Annotated[
            str | None, typer.Option("--target", help="Draw this target only.")
        ] = None,
        store: options.StoreFolder = options.STORE,
        plugin: options.Plugins = None,
        json: options.Json = False,
    ) -> None:
        """Draw a comparison that was run.

        This needs matplotlib: pip install 'xharness[plot]'.
        """
        from xharness.commands import export, leaderboard
        from xharness.commands import plot as plots
        from xharness.store.store import Store

        folder = Store(store)
        board = leaderboard.board(folder, plan, session.loaded(plugin or (), output.complain).tasks)
        plots.save(plots.Plot(what.value), board, folder, out, target)
        output.show(export.written(out), json=json)
