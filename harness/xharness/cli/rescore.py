"""`xharness rescore`: every score again, from stored predictions."""

from __future__ import annotations

import typer

from xharness.cli import options, output
from xharness.commands import session


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""

    @app.command("rescore")
    def command(
        store: options.StoreFolder = options.STORE,
        plugin: options.Plugins = None,
        json: options.Json = False,
    ) -> None:
        """Compute every score again from stored predictions.

        The exit status is 1 unless all are as stored. No model is loaded and nothing in the store
        changes.
        """
        from xharness.analysis.rescore import rescore
        from xharness.report.rescore import rescored
        from xharness.store.store import Store

        registry = session.loaded(plugin or (), output.complain)
        scores = rescore(Store(store), registry.tasks)
        output.show(rescored(scores), json=json)
        if scores.differences or scores.not_recomputed:
            raise typer.Exit(1)
