"""`xharness data`: whether the data is as declared, and bringing it onto this machine."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from xharness.cli import options, session


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    data_app = typer.Typer(
        name="data", help="Compare data with what tasks declare; fetch it.", no_args_is_help=True
    )
    data_app.command("check")(check)
    data_app.command("fetch")(fetch)
    app.add_typer(data_app)


def check(
    tasks: Annotated[
        list[str] | None,
        typer.Argument(help="Tasks; otherwise all that the suite uses."),
    ] = None,
    suite: options.Suite = None,
    store: options.StoreFolder = options.STORE,
    data_root: options.DataRoot = None,
    plugin: options.Plugins = None,
    offline: options.Offline = False,
    json: options.Json = False,
) -> None:
    """Compare rows, labels, columns and languages with what tasks declare.

    Every difference is listed; exit 1 if there is one that no data set card accounts for.
    """
    from xharness import datacheck, settings
    from xharness.resolve import Lock, Resolver
    from xharness.store import Store

    os.environ.setdefault("TQDM_DISABLE", "1")
    registry = session.loaded(plugin or ())
    flags = session.flags(suite=suite, wishes=None)
    if tasks:
        chosen = datacheck.named(tasks, registry)
    else:
        chosen = datacheck.of_suite(settings.load(flags).suite, registry)
    known = Store(store).resolved()
    resolver = Resolver(lock=Lock(known=known), data_root=data_root, offline=offline)
    with session.notes().status("reading") as status:
        found = datacheck.check(chosen, resolver, status.update)
    session.show(found.view, json=json)
    if not found.sound:
        raise typer.Exit(1)


def fetch(
    suite: options.Suite = None,
    model: options.Model = None,
    strategies: options.Strategies = None,
    intermediate: options.Intermediate = None,
    targets: options.Targets = None,
    languages: options.Languages = None,
    seeds: options.Seeds = None,
    wishes: options.Set = None,
    config: options.Config = None,
    store: options.StoreFolder = options.STORE,
    data_root: options.DataRoot = None,
    plugin: options.Plugins = None,
    json: options.Json = False,
) -> None:
    """Bring everything that a comparison needs onto this machine, so that --offline works.

    What the hub's names stand for is locked in the store.
    """
    from xharness import fetching

    flags = session.flags(
        suite=suite,
        model=model,
        strategies=strategies,
        intermediate=intermediate,
        targets=targets,
        languages=languages,
        seeds=seeds,
        wishes=wishes,
        config=config,
    )
    place = session.place(store, data_root, plugin, strict=False, offline=False)
    planned = session.planned(flags, place)
    planned.store.remember(planned.lock.new)
    with session.notes().status("fetching") as status:
        view = fetching.everything(planned.plan, planned.registry.tasks, status.update)
    session.show(view, json=json)
