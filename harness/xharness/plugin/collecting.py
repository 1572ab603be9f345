"""Asks every loaded plugin what it offers, and lets in what can be worked with.

A plugin that raises when it is asked is treated like one that does not load; of a plugin that
answers, each value that is wrong is left out alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pluggy

from xharness.plugin import admission, claims, code
from xharness.plugin.claims import Claim
from xharness.plugin.loading import FILE, PluginStatus, failed
from xharness.plugin.patience import named_if_slow
from xharness.tasks import Task

NOUNS: Mapping[str, str] = {
    "task": "xharness_tasks",
    "model": "xharness_models",
    "strategy": "xharness_strategies",
    "translator": "xharness_translators",
    "tuning": "xharness_tunings",
    "executor": "xharness_executors",
    "tracker": "xharness_trackers",
    "language": "xharness_languages",
}
"""What can be offered, and the hook that offers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What all plugins offer together."""

    plugins: tuple[PluginStatus, ...]
    offered: Mapping[str, Mapping[str, Any]]
    """By noun and name; names are sorted, but languages stand as they come."""
    origin: Mapping[str, str]
    """"task xnli" to the name of the plugin that offers it."""
    clashes: tuple[str, ...]
    """One line for each name that several plugins offer."""


def collect(manager: pluggy.PluginManager, plugins: Sequence[PluginStatus]) -> Collected:
    """Return what the loaded plugins offer; a plugin that raises is unloaded.

    Args:
        manager: Plugins are registered with it.
        plugins: The status of each, in the order in which they were loaded.
    """
    statuses: list[PluginStatus] = []
    claimed: dict[str, list[Claim]] = {noun: [] for noun in NOUNS}
    for status in plugins:
        if status.state != "loaded":
            statuses.append(status)
            continue
        try:
            declared = _declared(manager, status)
        except KeyboardInterrupt:
            raise
        except BaseException as wrong:  # noqa: BLE001 - the guard
            manager.unregister(name=status.name)
            statuses.append(failed(status, wrong))
            continue
        problems: list[str] = []
        for noun, values in declared.items():
            sound = _admitted(noun, values, problems)
            claimed[noun] += [Claim(noun=noun, value=v, plugin=status) for v in sound]
        statuses.append(replace(status, problems=tuple(problems)))
    settled = claims.settle(claimed)
    return Collected(
        plugins=tuple(statuses),
        offered=settled.offered,
        origin=settled.origin,
        clashes=settled.clashes,
    )


def _declared(manager: pluggy.PluginManager, status: PluginStatus) -> dict[str, list[Any]]:
    """Return everything that one plugin offers, by noun, as it is."""
    offered: dict[str, list[Any]] = {}
    for noun, hook in NOUNS.items():
        for call in getattr(manager.hook, hook).get_hookimpls():
            if call.plugin_name == status.name:
                with named_if_slow(status.name, hook):
                    offered[noun] = list(call.function())
    return {noun: [_of_file(v, status) for v in values] for noun, values in offered.items()}


def _admitted(noun: str, values: Sequence[Any], problems: list[str]) -> list[Any]:
    """Return the values that are sound; for each other one a line is added to `problems`."""
    sound: list[Any] = []
    for place, value in enumerate(values, 1):
        wrong = admission.problems(noun, value)
        if not wrong and any(claims.name_of(value) == claims.name_of(v) for v in sound):
            wrong = ["name: another of this plugin has it; one of its own would be right"]
        if wrong:
            problems.append(f"{noun} {_called(value, place)} is left out: {' / '.join(wrong)}")
        else:
            sound.append(value)
    return sound


def _called(value: Any, place: int) -> str:
    """Return how a value is called in an error: its name, or else its place in the list."""
    try:
        name = claims.name_of(value)
    except Exception:  # noqa: BLE001 - the value is the plugin's own, with code in it
        name = None
    return repr(name) if isinstance(name, str) and name else f"number {place}"


def _of_file(value: Any, status: PluginStatus) -> Any:
    """Return an offered value; a task of a --plugin file reads data beside it, and has its code."""
    sources = getattr(value, "sources", None)
    if status.version != FILE or not isinstance(value, Task) or not isinstance(sources, tuple):
        return value
    file = Path(status.distribution).resolve()
    folder = str(file.parent)
    return replace(
        value,
        code=code.of_file(file) or "",
        sources=tuple(
            replace(s, folder=folder) if getattr(s, "folder", folder) is None else s
            for s in sources
        ),
    )
