"""`xharness compare-runs`: what differs between two runs, and how far the numbers moved."""

from __future__ import annotations

from typing import Annotated

import typer

from xharness.cli import options, output, signatures

_RUN = "A store's folder, a plan's digest in --store, or FOLDER:DIGEST."


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    signatures.add(
        app,
        "compare-runs",
        compare_runs,
        "xharness compare-runs store other-store",
    )


def compare_runs(
    ours: Annotated[str, typer.Argument(metavar="A", help=_RUN)],
    theirs: Annotated[str, typer.Argument(metavar="B", help=_RUN)],
    store: options.StoreFolder = options.STORE,
    json: options.Json = False,
) -> None:
    """Say what differs between two runs, and how numbers moved.

    Settings, data, recipes, code, seeds, metrics, versions and numerics are compared. That
    something differs is no error: the exit status is 0.
    """
    from xharness.commands import compare_runs as runs

    view = runs.compare(runs.find(ours, store), runs.find(theirs, store))
    output.show(view, json=json)
