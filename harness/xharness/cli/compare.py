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
    def compare(
        suite: options.Suite = None,
        model: options.Model = None,
        strategies: options.Strategies = None,
        intermediate: options.Intermediate = None,
        targets: options.Targets = None,
        languages: options.Languages = None,
        seeds: options.Seeds = None,
        limit_train: options.LimitTrain = None,
        limit_eval: options.LimitEval = None,
        match: options.Match = None,
        wishes: options.Set = None,
        selection: options.Selection = None,
        against: options.Against = None,
        config: options.Config = None,
        store: options.StoreFolder = options.STORE,
        data_root: options.DataRoot = None,
        plugin: options.Plugins = None,
        strict_plugins: options.Strict = False,
        offline: options.Offline = False,
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
        flags = session.flags(
            suite=suite,
            model=model,
            strategies=strategies,
            intermediate=intermediate,
            targets=targets,
            languages=languages,
            seeds=seeds,
            limit_train=limit_train,
            limit_eval=limit_eval,
            match=match,
            wishes=wishes,
            selection=selection,
            against=against,
            config=config,
        )
        place = session.place(store, data_root, plugin, strict=strict_plugins, offline=offline)
        planned = session.planned(flags, place)
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
        raise typer.Exit(run_and_report(planned, place, how))
