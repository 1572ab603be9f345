"""`xharness plan`: every phase once, and what it would cost."""

from __future__ import annotations

from typing import Annotated

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
        "xharness plan --strategies english --calibrate",
    )


@signatures.shared()
def plan(
    shared: session.SharedFlags,
    calibrate: Annotated[
        bool,
        options.option(
            options.WHERE,
            "--calibrate",
            None,
            "First time small phases like the plan's, for less than a minute, to tell time, memory "
            "and disk. The store keeps what was measured.",
        ),
    ] = False,
    device: options.Device = "auto",
    workers: options.Workers = None,
    json: options.Json = False,
) -> None:
    """Show what a comparison would run, and what it would cost.

    Every phase stands there once, with what the store has of them.
    """
    planned = session.planned(shared, output.complain, device)
    if calibrate:
        _calibrate(planned, device, workers)
    show_plan(planned, device, workers, json=json)


def _calibrate(planned: session.Planned, device: str, workers: int | None) -> None:
    """Measure, with a bar on the terminal."""
    from xharness.cli.stop import stopping
    from xharness.commands import calibrate

    with stopping() as should_stop, output.bar("calibrating") as progress:
        calibrate.calibrate(
            planned,
            device,
            workers,
            complain=output.complain,
            progress=progress,
            should_stop=should_stop,
        )


def show_plan(planned: session.Planned, device: str, workers: int | None, *, json: bool) -> None:
    """Print a plan as a table or as JSON."""
    from xharness.commands import calibration
    from xharness.report import plans

    of, known = calibration.here(planned, device, workers)
    listed = plans.listed(
        planned.plan,
        planned.store,
        planned.registry.tasks,
        planned.model,
        of.workers,
        known,
    )
    if json:
        output.as_json(plans.document(planned.plan, listed))
    else:
        output.output().print(plans.shown(planned.plan, listed))
