"""`xharness plan`: every phase once, and what it would cost."""

from __future__ import annotations

import typer

from xharness.cli import options, session


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""

    @app.command("plan")
    def plan(
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
        json: options.Json = False,
    ) -> None:
        """Show every phase of a comparison once: what the store has, what is left to do."""
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
        show_plan(session.planned(flags, place), json=json)


def show_plan(planned: session.Planned, *, json: bool) -> None:
    """Print a plan as a table or as JSON."""
    from xharness.report import plans

    listed = plans.listed(planned.plan, planned.store, planned.registry.tasks, planned.model)
    if json:
        session.as_json(plans.document(planned.plan, listed))
    else:
        session.output().print(plans.shown(planned.plan, listed))
