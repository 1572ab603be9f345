"""`xharness data`: is it as declared, is it here, and is text of tests in what is trained on."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from xharness.cli import options, output, signatures
from xharness.commands import session


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    data_app = typer.Typer(
        name="data",
        help="Check data, fetch it, find text of tests in it.",
        no_args_is_help=True,
    )
    signatures.add(data_app, "check", check, "xharness data check lab_xnli lab_nli")
    signatures.add(data_app, "fetch", fetch, "xharness data fetch --suite lab")
    signatures.add(data_app, "overlap", overlap, "xharness data overlap --suite lab")
    app.add_typer(data_app)


@signatures.shared("suite", "store", "data_root", "plugins", "offline")
def check(
    shared: session.SharedFlags,
    tasks: Annotated[
        list[str] | None,
        typer.Argument(metavar="TASKS", help="Tasks; otherwise all that the suite uses."),
    ] = None,
    xtreme_files: options.XtremeFiles = None,
    json: options.Json = False,
) -> None:
    """Compare rows, labels, columns and languages with what tasks declare.

    Every difference is listed; exit 1 if there is one that no data set card accounts for. With
    --xtreme-files, test rows are also compared with XTREME's own.
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
    with output.working("reading") as step:
        checked = data.check(chosen, place, step, xtreme_files)
    output.show(checked.view, json=json)
    if not checked.sound:
        raise typer.Exit(1)


@signatures.shared(but=("limit_train", "limit_eval", "match", "against", "strict", "offline"))
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
    with output.working("fetching") as step:
        view = data.fetch(planned.plan, planned.registry.tasks, step)
    output.show(view, json=json)


@signatures.shared()
def overlap(
    shared: session.SharedFlags,
    json: options.Json = False,
) -> None:
    """Count the test items whose text stands in the rows that a comparison trains on.

    Whole texts, and runs of 13 words, or of 50 characters in scripts without spaces. What was
    counted is kept in the store and cited below the leaderboard. The model need not be there.
    """
    from xharness.commands import overlap as commands

    place = shared.paths
    registry = session.loaded(place.plugins, output.complain, strict=place.strict)
    with output.working("reading") as step:
        view = commands.look(shared, registry, output.complain, step)
    output.show(view, json=json)
