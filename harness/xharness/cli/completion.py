"""Names that a shell completes: of tasks, models, strategies, suites, languages and recipes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import typer

from xharness.cli import stdout

if TYPE_CHECKING:
    from xharness.plugin.registry import Registry

Names = Callable[["Registry"], Mapping[str, str]]
"""Returns name to a line about it, for all names of one kind."""


def one(names: Names) -> Callable[[typer.Context, str], list[tuple[str, str]]]:
    """Return a function that completes one name."""

    def complete(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        return _beginning(names(_registry(context)).items(), "", incomplete)

    return complete


def several(names: Names, between: str = ",") -> Callable[..., list[tuple[str, str]]]:
    """Return a function that completes the last of several names.

    Args:
        names: The names to choose from.
        between: All characters that separate names.
    """

    def complete(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        at = max(incomplete.rfind(sign) for sign in between) + 1
        found = names(_registry(context)).items()
        return _beginning(found, incomplete[:at], incomplete[at:])

    return complete


def suites(registry: Registry) -> dict[str, str]:
    """Return the suites of tasks.yaml."""
    from xharness.planning import settings

    return {name: block.title for name, block in settings.suites().items()}


def models(registry: Registry) -> dict[str, str]:
    """Return the models that plugins offer."""
    return {name: m.summary for name, m in registry.offers.models.items()}


def strategies(registry: Registry) -> dict[str, str]:
    """Return the strategies that plugins offer."""
    return {name: s.summary for name, s in registry.offers.strategies.items()}


def intermediates(registry: Registry) -> dict[str, str]:
    """Return the tasks that can be trained on first."""
    return _tasks(registry, target=False)


def targets(registry: Registry) -> dict[str, str]:
    """Return the tasks that can be tested."""
    return _tasks(registry, target=True)


def languages(registry: Registry) -> dict[str, str]:
    """Return the languages that a task has."""
    codes = dict.fromkeys(c for t in registry.tasks.values() for c in t.languages)
    return {c: known.name if (known := registry.languages.get(c)) else "" for c in codes}


def settings(registry: Registry) -> dict[str, str]:
    """Return the recipes, as `--set` takes them."""
    return {f"recipe={name}": source for name, source in _recipes().items()}


def anything(registry: Registry) -> dict[str, str]:
    """Return all that `show` knows by name."""
    tasks = {name: t.summary for name, t in registry.tasks.items()}
    tunings = {name: method.summary for name, method in registry.tunings.items()}
    return {**_recipes(), **tunings, **models(registry), **strategies(registry), **tasks}


def _recipes() -> dict[str, str]:
    """Return the recipes of tasks.yaml."""
    from xharness.planning import settings

    return {name: block.source for name, block in settings.recipes().items()}


def _tasks(registry: Registry, *, target: bool) -> dict[str, str]:
    """Return the tasks of one role."""
    return {n: t.summary for n, t in registry.tasks.items() if (t.role.value == "target") == target}


def _registry(context: typer.Context) -> Registry:
    """Return what the plugins offer, the files of `--plugin` among them.

    A plugin that cannot be loaded has no names; the command itself will say so.
    """
    from xharness.commands import session

    with stdout.ours():
        return session.loaded(context.params.get("plugins") or (), lambda _: None)


def _beginning(names: Iterable[tuple[str, str]], before: str, begun: str) -> list[tuple[str, str]]:
    """Return the names that start with `begun`, each after `before`, with the line about it."""
    return [(before + name, about) for name, about in names if name.startswith(begun)]
