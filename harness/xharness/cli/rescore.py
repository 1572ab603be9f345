"""`xharness rescore`: every score again, from stored predictions."""

from __future__ import annotations

import typer

from xharness.cli import options, output, signatures
from xharness.commands import session


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    signatures.add(
        app,
        "rescore",
        rescore,
        "xharness rescore",
    )


def rescore(
    store: options.StoreFolder = options.STORE,
    plugins: options.Plugins = None,
    json: options.Json = False,
) -> None:
    """Compute every score again from stored predictions.

    The exit status is 1 unless all are as stored. No model is loaded and nothing in the store
    changes.
    """
    from xharness.analysis import rescore as again
    from xharness.report.rescore import rescored
    from xharness.store.store import Store

    registry = session.loaded(plugins or (), output.complain)
    scores = again.rescore(Store(store), registry.tasks)
    output.show(rescored(scores), json=json)
    if scores.differences or scores.not_recomputed:
        raise typer.Exit(1)
