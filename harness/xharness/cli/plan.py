"""`xharness plan`: every phase once, and what it would cost."""

from __future__ import annotations

import typer

from xharness.cli import options, output, signatures
from xharness.commands import session


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    signatures.add(
        app,
        "plan",
        plan,
        "xharness plan --strategies english,translate --seeds 5",
    )


@signatures.shared()
def plan(
    shared: session.SharedFlags,
    json: options.Json = False,
) -> None:
    """Show what a comparison would run, and what it would cost.

    Every phase stands there once, with what the store has of them.
    """
    show_plan(session.planned(shared, output.complain), json=json)


def show_plan(planned: session.Planned, *, json: bool) -> None:
    """Print a plan as a table or as JSON."""
    from xharness.report import plans

    listed = plans.listed(planned.plan, planned.store, planned.registry.tasks, planned.model)
    if json:
        output.as_json(plans.document(planned.plan, listed))
    else:
        output.output().print(plans.shown(planned.plan, listed))
