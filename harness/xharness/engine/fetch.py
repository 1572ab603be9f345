"""Brings what a plan reads from the hub onto this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from xharness.data import sources
from xharness.data.sources import Origin
from xharness.engine.encoder.loading import open_location
from xharness.phases import Model, Phase, Predict, Train, Translate
from xharness.tasks import Kind, Task, find_task, slice_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One model or split that a plan reads from the hub."""

    kind: str
    """"model" or "rows"."""
    name: str
    """"repository@revision", or repository, config and split."""
    fetch: Callable[[], object]
    """Fetches it, unless it is on this machine already."""


def wanted(phases: Iterable[Phase], tasks: Mapping[str, Task]) -> list[Wanted]:
    """Return what some phases read from the hub, each once: models first, then rows.

    Raises:
        PluginError: If a phase's task is not loaded.
    """
    several = list(phases)
    found = {w.name: w for phase in several for w in _models(phase)}
    found |= {w.name: w for phase in several for w in _rows(phase, tasks)}
    return list(found.values())


def _models(phase: Phase) -> Iterator[Wanted]:
    """Yield the hub model that a phase starts from."""
    start: object = phase.start if isinstance(phase, (Train, Predict)) else None
    if isinstance(phase, Translate):
        start = getattr(phase.translator, "start", None)
    if isinstance(start, Model) and start.weights.startswith("hub:"):
        place = start.location
        yield Wanted(kind="model", name=place, fetch=partial(open_location, place, offline=False))


def _rows(phase: Phase, tasks: Mapping[str, Task]) -> Iterator[Wanted]:
    """Yield the splits of hub data sets that a phase reads."""
    if isinstance(phase, Train):
        for s in (s for s in phase.streams if s.translated is None):
            for language in s.languages:
                yield from _splits(find_task(tasks, s.task, s.version), language, s.split, s.data)
    elif isinstance(phase, Translate):
        task = find_task(tasks, phase.task, phase.version)
        yield from _splits(task, phase.language, phase.split, phase.data)
        if (pairs := phase.references) is not None:
            task = find_task(tasks, pairs.task, pairs.version)
            yield from _splits(task, phase.into, pairs.split, pairs.data_into)
            if task.kind is not Kind.RETRIEVAL:
                yield from _splits(task, phase.language, pairs.split, pairs.data)
    elif isinstance(phase, Predict):
        task = find_task(tasks, phase.task, phase.version)
        yield from _splits(task, phase.language, phase.split, phase.data)


def _splits(task: Task, language: str, split: str, digest: str) -> Iterator[Wanted]:
    """Yield one language of one split of a task's sources, but for what the hub does not hold."""
    origin = Origin(data_root=None, offline=False, digest=digest)
    commits = sources.revisions(digest, len(task.sources))
    for source, commit in zip(task.sources, commits, strict=True):
        if commit is None:
            continue
        part = slice_of(task, source, language, split)
        yield Wanted(
            kind="rows",
            name=f"{source.path}@{commit} {part.config} {part.split}",
            fetch=partial(sources.whole, source, part, language, commit, origin),
        )
