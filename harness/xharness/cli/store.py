"""`xharness store`: what is in it, whether it is whole, what can go, why something is missing."""

from __future__ import annotations

from typing import Annotated

import typer

from xharness.cli import options, output, signatures
from xharness.commands import session


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    store_app = typer.Typer(
        name="store", help="Look after the folder of finished phases.", no_args_is_help=True
    )
    signatures.add(store_app, "ls", ls, "xharness store ls")
    signatures.add(store_app, "verify", verify, "xharness store verify")
    signatures.add(store_app, "gc", gc, "xharness store gc --keep 3")
    signatures.add(
        store_app, "why", why, "xharness store why", "xharness store why --strategies translate"
    )
    app.add_typer(store_app)


def ls(store: options.StoreFolder = options.STORE, json: options.Json = False) -> None:
    """List every finished phase."""
    from xharness.commands import store as commands
    from xharness.store.store import Store

    output.show(commands.listing(Store(store)), json=json)


def verify(store: options.StoreFolder = options.STORE, json: options.Json = False) -> None:
    """Read every file again and compare it with what was written; exit 1 if one differs."""
    from xharness.commands import store as commands
    from xharness.store.store import Store

    verified = commands.verified(Store(store))
    output.show(verified.view, json=json)
    if verified.problems:
        raise typer.Exit(1)


def gc(
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep", min=0, metavar="N", help="Comparisons to keep, latest first; otherwise all."
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Really remove; otherwise only show what would go.")
    ] = False,
    store: options.StoreFolder = options.STORE,
    json: options.Json = False,
) -> None:
    """Remove what no kept plan needs, and dead processes' files.

    Phases go, and what others than those kept have added to the memory of translations.
    """
    from xharness.commands import store as commands
    from xharness.store.store import Store

    output.show(commands.collected(Store(store), keep, really=yes), json=json)


@signatures.shared(but=("against", "strict"))
def why(
    shared: session.SharedFlags,
    json: options.Json = False,
) -> None:
    """Say why phases of a comparison are not in the store: what differs from the nearest ones.

    Without flags it is the comparison that was asked for last.
    """
    from xharness.commands import plans
    from xharness.commands import store as commands
    from xharness.planning.settings import Flags
    from xharness.store.store import Store

    if shared.flags == Flags():
        shared = plans.latest(Store(shared.paths.store), shared)
    planned = session.planned(shared, output.complain)
    output.show(commands.missing(planned.plan, planned.store), json=json)
