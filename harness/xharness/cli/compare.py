"""`xharness compare`: run what is missing, and print what was found."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import depth, options, output, signatures
from xharness.cli.plan import show_plan
from xharness.cli.stop import stopping
from xharness.commands import session

if TYPE_CHECKING:
    from xharness.commands.compare import Compared
    from xharness.report.view import View


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    signatures.add(
        app,
        "compare",
        compare,
        "xharness compare --strategies english,translate,mlm",
        "xharness compare --suite xtreme --model xlm-roberta-base --seeds 3 --dry-run",
    )


@signatures.shared()
@signatures.grouped(options.Told)
def compare(
    shared: session.SharedFlags,
    told: options.Told,
    device: options.Device = "auto",
    executor: options.Executor = "local",
    workers: options.Workers = None,
    track: options.Track = None,
    dry_run: Annotated[
        bool, options.option(options.OUTPUT, "--dry-run", None, "Only show the plan.")
    ] = False,
    details: depth.Details = False,
    diagnostics: depth.Diagnostics = False,
    json: options.Json = False,
) -> None:
    """Compare strategies, and print what was found.

    What the store lacks is run. The same command again goes on where it stopped, or answers
    from the store.
    """
    shown = depth.asked(details=details, diagnostics=diagnostics)
    began = time.monotonic()
    with output.working("planning", quiet=told.quiet):
        planned = session.planned(
            shared, output.complain, device, executor=executor, track=track or ()
        )
    if dry_run:
        show_plan(planned, device, workers, json=json)
        return
    from xharness.commands import compare as comparing
    from xharness.commands import leaderboard
    from xharness.report.progress import Amount, follow_here

    amount = Amount(quiet=told.quiet, verbose=told.verbose, log_file=told.log_file)
    with stopping() as should_stop:
        compared = comparing.compare(
            planned,
            shared.paths,
            comparing.RunOptions(
                device=device, executor=executor, workers=workers, track=tuple(track or ())
            ),
            complain=output.complain,
            follow=follow_here(amount),
            should_stop=should_stop,
        )
    view = leaderboard.at(compared.board, shown, flags=depth.again(shared.paths))
    show(compared, view, seconds=time.monotonic() - began, json=json)
    if compared.outcome.failed:
        raise typer.Exit(1)


def show(compared: Compared, view: View, *, seconds: float, json: bool) -> None:
    """Print what was found, or JSON, and what failed.

    Args:
        compared: The results of a comparison, and which phases ran.
        view: What people see of them.
        seconds: How long the whole command took.
        json: Whether to print JSON.
    """
    from xharness.report.outcome import failures

    if json:
        took = {"seconds": round(seconds, 3), "phases": compared.phases}
        output.as_json({"schema": 1, **compared.board.names, **took, **view.document})
    else:
        output.show(view, json=False)
    if compared.outcome.failed:
        output.notes().print(failures(compared.outcome), soft_wrap=True)
