"""`xharness data`: whether the data is as declared, and bringing it onto this machine."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from xharness.cli import options, output
from xharness.commands import session


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    data_app = typer.Typer(
        name="data", help="Compare data with what tasks declare; fetch it.", no_args_is_help=True
    )
    data_app.command("check")(check)
    data_app.command("fetch")(fetch)
    app.add_typer(data_app)


@options.shared("suite", "store", "data_root", "plugins", "offline")
def check(
    shared: session.SharedFlags,
    tasks: Annotated[
        list[str] | None,
        typer.Argument(help="Tasks; otherwise all that the suite uses."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Compare rows, labels, columns and languages with what tasks declare.

    Every difference is listed; exit 1 if there is one that no data set card accounts for.
    """
    from xharness.commands import data
    from xharness.planning import settings

    os.environ.setdefault("TQDM_DISABLE", "1")
    place = shared.paths
    registry = session.loaded(place.plugins, output.complain)
    if tasks:
        chosen = data.named(tasks, registry)
    else:
        chosen = data.of_suite(settings.load(shared.flags).suite, registry)
    resolver = session.resolver_of(place)
    with output.notes().status("reading") as status:
        checked = data.check(chosen, resolver, status.update)
    output.show(checked.view, json=json)
    if not checked.sound:
        raise typer.Exit(1)


@options.shared(but=("limit_train", "limit_eval", "match", "against", "strict", "offline"))
def fetch(
    shared: session.SharedFlags,
    json: options.Json = False,
) -> None:
    """Bring everything that a comparison needs onto this machine, so that --offline works.

    What the hub's names stand for is locked in the store.
    """
    from xharness.commands import data

    planned = session.planned(shared, output.complain)
    planned.store.remember(planned.lock.new)
    with output.notes().status("fetching") as status:
        view = data.fetch(planned.plan, planned.registry.tasks, status.update)
    output.show(view, json=json)
