"""`xharness doctor`: what this machine has, and what a comparison would lack."""

from __future__ import annotations

import typer

from xharness.cli import options, session


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""

    @app.command("doctor")
    def doctor(
        suite: options.Suite = None,
        model: options.Model = None,
        strategies: options.Strategies = None,
        intermediate: options.Intermediate = None,
        targets: options.Targets = None,
        languages: options.Languages = None,
        config: options.Config = None,
        store: options.StoreFolder = options.STORE,
        data_root: options.DataRoot = None,
        plugin: options.Plugins = None,
        offline: options.Offline = False,
        device: options.Device = "auto",
        json: options.Json = False,
    ) -> None:
        """Check device, precision, disk, versions, and what a comparison lacks; exit 1 if any."""
        from xharness import checkup

        flags = session.flags(
            suite=suite,
            model=model,
            strategies=strategies,
            intermediate=intermediate,
            targets=targets,
            languages=languages,
            wishes=None,
            config=config,
        )
        place = session.place(store, data_root, plugin, strict=False, offline=offline)
        registry = session.loaded(place.plugins)
        around = checkup.Surroundings(store=store, data_root=data_root, offline=offline)
        found = checkup.examine(flags, around, registry, device)
        session.show(found.view, json=json)
        if found.missing:
            raise typer.Exit(1)
