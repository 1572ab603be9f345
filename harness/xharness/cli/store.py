"""`xharness store`: what is in it, whether it is whole, what can go, why something is missing."""

from __future__ import annotations

from typing import Annotated

import typer

from xharness.cli import options, session


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    store_app = typer.Typer(
        name="store", help="Look after the folder of finished phases.", no_args_is_help=True
    )
    store_app.command("ls")(ls)
    store_app.command("verify")(verify)
    store_app.command("gc")(gc)
    store_app.command("why")(why)
    app.add_typer(store_app)


def ls(store: options.StoreFolder = options.STORE, json: options.Json = False) -> None:
    """List every finished phase."""
    from xharness import housekeeping
    from xharness.store import Store

    session.show(housekeeping.listing(Store(store)), json=json)


def verify(store: options.StoreFolder = options.STORE, json: options.Json = False) -> None:
    """Read every file again and compare it with what was written; exit 1 if one differs."""
    from xharness import housekeeping
    from xharness.store import Store

    found = housekeeping.verified(Store(store))
    session.show(found.view, json=json)
    if found.problems:
        raise typer.Exit(1)


def gc(
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=0, help="Plans to keep, latest first; otherwise all."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Really remove; otherwise only show what would go.")
    ] = False,
    store: options.StoreFolder = options.STORE,
    json: options.Json = False,
) -> None:
    """Remove phases that no kept plan needs, and what dead processes left behind."""
    from xharness import housekeeping
    from xharness.store import Store

    session.show(housekeeping.collected(Store(store), keep, really=yes), json=json)


def why(
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
    config: options.Config = None,
    store: options.StoreFolder = options.STORE,
    data_root: options.DataRoot = None,
    plugin: options.Plugins = None,
    offline: options.Offline = False,
    json: options.Json = False,
) -> None:
    """Say why a comparison's phases are not in the store: the nearest ones, and what differs."""
    from xharness import housekeeping

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
        config=config,
    )
    place = session.place(store, data_root, plugin, strict=False, offline=offline)
    planned = session.planned(flags, place)
    session.show(housekeeping.missing(planned.plan, planned.store), json=json)
