"""`xharness data`: is it as declared, is it here, and is text of tests in what is trained on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Annotated

import typer

from xharness.cli import depth, options, output, signatures
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LikeCompare:
    """Flags of `compare` that decide nothing about what is fetched: its line can be used again."""

    device: options.Device = "auto"
    executor: options.Executor = "local"
    workers: options.Workers = None
    track: options.Track = None
    details: depth.Details = False
    diagnostics: depth.Diagnostics = False


@signatures.shared()
@signatures.grouped(LikeCompare)
@signatures.grouped(options.Told)
def fetch(
    shared: session.SharedFlags,
    like: LikeCompare,
    told: options.Told,
    check_only: Annotated[
        bool,
        options.option(
            options.OUTPUT, "--check-only", None, "Say what is to come, and fetch nothing."
        ),
    ] = False,
    dry_run: Annotated[
        bool, options.option(options.OUTPUT, "--dry-run", None, "The same as --check-only.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Bring everything that a comparison needs onto this machine, so that --offline works.

    It takes the flags of compare, says how much is to come, and goes on where it was stopped.
    What the hub's names stand for is locked in the store. With --check-only or --offline nothing
    is fetched, and the exit status is 1 if anything is not here.
    """
    from xharness.commands import fetch as commands

    say = (lambda _: None) if told.quiet else output.complain
    planned = session.planned(
        shared, output.complain, like.device, executor=like.executor, track=like.track or ()
    )
    planned.store.remember(planned.lock.new)
    plan, tasks, offline = planned.plan, planned.registry.tasks, shared.paths.offline
    with output.working("fetching", quiet=told.quiet) as step:
        if check_only or dry_run or offline:
            fetched = commands.check(plan, tasks, step, offline=offline)
        else:
            fetched = commands.fetch(plan, tasks, step, say)
    output.show(fetched.view, json=json)
    if not fetched.complete:
        raise typer.Exit(1)


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
