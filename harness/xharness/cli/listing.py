"""`xharness list`: tasks, models, strategies, translators, plugins, suites and languages."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from xharness.cli import options, output, signatures
from xharness.commands import session


class What(Enum):
    """What can be listed."""

    TASKS = "tasks"
    MODELS = "models"
    STRATEGIES = "strategies"
    TRANSLATORS = "translators"
    TUNINGS = "tunings"
    PLUGINS = "plugins"
    SUITES = "suites"
    RECIPES = "recipes"
    METRICS = "metrics"
    TRACKERS = "trackers"
    EXECUTORS = "executors"
    LANGUAGES = "languages"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    signatures.add(
        app,
        "list",
        list_,
        "xharness list tasks",
    )


def list_(
    what: Annotated[
        What | None,
        typer.Argument(metavar="WHAT", help=f"One of {', '.join(w.value for w in What)}."),
    ] = None,
    errors: Annotated[
        bool,
        options.option(
            options.OUTPUT, "--errors", None, "With plugins: the trace of each that failed."
        ),
    ] = False,
    distances: Annotated[
        bool,
        options.option(
            options.OUTPUT, "--distances", None, "With languages: how far each is from English."
        ),
    ] = False,
    plugins: options.Plugins = None,
    strict: options.Strict = False,
    json: options.Json = False,
) -> None:
    """List what can be compared, and what the plugins are."""
    from xharness.commands import listing

    if what is None:
        output.show(listing.everything(), json=json)
        return
    registry = session.loaded(
        plugins or (), output.complain, strict=strict, keep_failed=what is What.PLUGINS
    )
    if what is What.LANGUAGES:
        output.show(listing.languages(registry, distances=distances), json=json)
        return
    view = {
        What.TASKS: listing.tasks,
        What.MODELS: listing.models,
        What.STRATEGIES: listing.strategies,
        What.TRANSLATORS: listing.translators,
        What.TUNINGS: listing.tunings,
        What.PLUGINS: listing.plugins,
        What.SUITES: listing.suites,
        What.RECIPES: listing.recipes,
        What.METRICS: listing.metrics,
        What.TRACKERS: listing.trackers,
        What.EXECUTORS: listing.executors,
    }[what](registry)
    output.show(view, json=json)
    if errors:
        for status in registry.failed():
            typer.echo(f"\n{status.line()}\n{status.trace}", err=True)
