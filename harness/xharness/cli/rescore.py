"""`xharness rescore`: every score again, from stored predictions."""

from __future__ import annotations

import typer

from xharness.cli import options, session


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""

    @app.command("rescore")
    def rescore(
        store: options.StoreFolder = options.STORE,
        plugin: options.Plugins = None,
        json: options.Json = False,
    ) -> None:
        """Compute every score again from its predictions; exit 1 unless all are as stored.

        No model is loaded and nothing in the store changes.
        """
        from xharness.commands import rescore as rescoring
        from xharness.store.store import Store

        registry = session.loaded(plugin or ())
        checked = rescoring.every_score(Store(store), registry.tasks)
        session.show(checked.view, json=json)
        if checked.differences or checked.not_recomputed:
            raise typer.Exit(1)
