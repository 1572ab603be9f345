"""Who has a name that several plugins offer: xharness, or else nobody.

A name that several offer would otherwise mean whatever happened to be loaded first. What does not
get it is offered under a qualified name, `package:name`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xharness import languages as tables
from xharness.languages import Language
from xharness.models import ModelSource
from xharness.plugin.loading import FILE, PluginStatus
from xharness.tasks import Task
from xharness.translators import Files, Seq2Seq

OURS = "xharness"
"""The distribution of the plugins that come with xharness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A value that a plugin offers."""

    noun: str
    value: Any
    plugin: PluginStatus

    @property
    def name(self) -> str:
        """Its name."""
        return str(name_of(self.value))

    @property
    def package(self) -> str:
        """The distribution that it comes with; of a file or an object in memory the plugin."""
        plugin = self.plugin
        return plugin.name if plugin.version in {FILE, ""} else plugin.distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Every name with its one value."""

    offered: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By noun and name."""
    origin: dict[str, str] = field(default_factory=dict)
    """"task xnli" to the name of the plugin that offers it."""
    clashes: tuple[str, ...] = ()
    """One line for each name that several plugins offer."""


def name_of(value: Any) -> Any:
    """Return the name of an offered value, or the code of a language."""
    return value.code if isinstance(value, Language) else getattr(value, "name", None)


def settle(claimed: Mapping[str, Sequence[Claim]]) -> Settled:
    """Return what is offered under which name, where each plugin has a name only once.

    Args:
        claimed: By noun, what plugins offer, in the order in which they were loaded.
    """
    settled, clashes = Settled(), list[str]()
    for noun, several in claimed.items():
        names: dict[str, list[Claim]] = {}
        for claim in several:
            names.setdefault(claim.name, []).append(claim)
        known = dict(tables.table()) if noun == "language" else {}
        given = {n: c for n, group in names.items() for n, c in _given(n, group, known, clashes)}
        for name, claim in given.items():
            settled.origin[f"{noun} {name}"] = claim.plugin.name
        values = {name: claim.value for name, claim in given.items()}
        settled.offered[noun] = {**known, **values} if known else dict(sorted(values.items()))
    tasks = _own_references(settled)
    settled.offered["task"] = tasks
    return replace(settled, clashes=tuple(clashes))


def _given(
    name: str, group: list[Claim], known: Mapping[str, Any], clashes: list[str]
) -> list[tuple[str, Claim]]:
    """Return what those who claim one name get: name and claim each."""
    noun, first = group[0].noun, group[0]
    if noun == "language":
        return _language(name, group, known, clashes)
    if len(group) == 1:
        return [(name, first)]
    ours = first.plugin.distribution == OURS
    losers = group[1:] if ours else group
    packages = Counter(c.package for c in losers)
    qualified = [
        (f"{c.package if packages[c.package] == 1 else c.plugin.name}:{name}", c)
        for c in losers
        if not _is_made(c.value)
    ]
    who = " and ".join(c.plugin.name for c in group)
    gets = f"{first.plugin.name}, which comes with xharness, has it" if ours else "neither has it"
    cure = f"write {' or '.join(q for q, _ in qualified)}" if qualified else "one can be left out"
    clashes.append(
        f"{noun} {name!r} is offered by {len(group)} plugins, {who}: {gets}; {cure} "
        f"(XHARNESS_DISABLE={group[-1].plugin.name} leaves a plugin out)"
    )
    renamed = [(q, replace(c, value=_renamed(c.value, q))) for q, c in qualified]
    return [(name, first), *renamed] if ours else renamed


def _is_made(value: Any) -> bool:
    """Return whether a plugin makes the weights itself; it knows them by the plain name only."""
    return isinstance(value, ModelSource | Seq2Seq) and value.pretrain is not None


def _renamed(value: Any, name: str) -> Any:
    """Return a value with another name, where the name is in keys or tables."""
    if isinstance(value, Task | ModelSource | Seq2Seq | Files):
        return replace(value, name=name)
    return value


def _language(
    name: str, group: list[Claim], known: Mapping[str, Any], clashes: list[str]
) -> list[tuple[str, Claim]]:
    """Return who describes a language: the table, or those who agree; else nobody does."""
    others = [c for c in group if c.value != known.get(name, group[0].value)]
    if others:
        table = name in known
        who = " and ".join([*(["xharness"] if table else []), *(c.plugin.name for c in group)])
        gets = "xharness's row stays" if table else "neither row is used"
        clashes.append(f"language {name!r} is described differently by {who}: {gets}")
    return [] if others or name in known else [(name, group[0])]


def _own_references(settled: Settled) -> dict[str, Task]:
    """Return the tasks; one that names a task of its own plugin means that, qualified or not."""
    tasks: Mapping[str, Task] = settled.offered.get("task", {})
    renamed: dict[str, dict[str, str]] = {}
    for name in tasks:
        if ":" in name:
            own = renamed.setdefault(settled.origin[f"task {name}"], {})
            own[name.rpartition(":")[2]] = name
    return {
        name: _referring(task, renamed.get(settled.origin[f"task {name}"], {}))
        for name, task in tasks.items()
    }


def _referring(task: Task, names: Mapping[str, str]) -> Task:
    """Return a task that names other tasks by their new names."""
    if not names:
        return task

    def new(name: str | None) -> str | None:
        return None if name is None else names.get(name, name)

    return replace(
        task,
        trains_on=new(task.trains_on),
        counterpart_of=new(task.counterpart_of),
        references=new(task.references),
        contains=tuple(names.get(n, n) for n in task.contains),
    )
