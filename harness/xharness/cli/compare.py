"""`xharness compare`: run what is missing, and print the leaderboard."""

from __future__ import annotations

import time

import typer

from xharness.cli import options, session
from xharness.cli.plan import show_plan
from xharness.cli.running import How, run_and_report


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""

    @app.command("compare")
    @options.shared()
    def compare(
        said: session.Said,
        device: options.Device = "auto",
        executor: options.Executor = "local",
        workers: options.Workers = None,
        track: options.Track = None,
        dry_run: bool = typer.Option(
            False, "--dry-run", envvar="XHARNESS_DRY_RUN", help="Only show the plan."
        ),
        json: options.Json = False,
    ) -> None:
        """Compare strategies: run the phases that the store lacks, print the leaderboard.

        The same command again goes on where it stopped, or answers from the store.
        """
        began = time.monotonic()
        planned = session.planned(said)
        if dry_run:
            show_plan(planned, json=json)
            return
        how = How(
            device=device,
            executor=executor,
            workers=workers,
            track=tuple(track or ()),
            began=began,
            json=json,
        )
        raise typer.Exit(run_and_report(planned, said.place, how))
