"""Brings what a plan reads from the hub onto this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from xharness.data import sources
from xharness.data.sources import Origin
from xharness.engine.encoder.loading import open_location, to_come
from xharness.phases import Model, Phase
from xharness.planning.reads import models_read, rows_read
from xharness.tasks import Task, find_task, slice_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One model or split that a plan reads from the hub."""

    kind: str
    """"model" or "rows"."""
    name: str
    """"repository@revision", or repository, config and split."""
    fetch: Callable[[], object]
    """Fetches it, unless it is on this machine already."""
    to_come: Callable[[], Mapping[str, int]]
    """Returns the files that would be fetched, with their bytes; asks the hub."""


def wanted(
    phases: Sequence[Phase], tasks: Mapping[str, Task], *, offline: bool = False
) -> list[Wanted]:
    """Return what some phases read from the hub, each once: models first, then rows.

    Args:
        phases: Those of a plan.
        tasks: Every loaded task.
        offline: Whether `fetch` may open no connection, and so raises OfflineError for what is
            not on this machine.

    Raises:
        PluginError: If a phase's task is not loaded.
    """
    models = [m for m in models_read(phases) if isinstance(m, Model)]
    needed = [
        Wanted(
            kind="model",
            name=model.location,
            fetch=partial(open_location, model.location, offline=offline),
            to_come=partial(to_come, model.location),
        )
        for model in models
        if model.weights.startswith("hub:")
    ]
    for rows in rows_read(phases, tasks):
        task = find_task(tasks, rows.task, rows.version)
        origin = Origin(data_root=None, offline=offline, digest=rows.data)
        needed += _splits(task, rows.language, rows.split, origin)
    return list({w.name: w for w in needed}.values())


def _splits(task: Task, language: str, split: str, origin: Origin) -> Iterator[Wanted]:
    """Yield the rows of one language and split, from those of a task's sources on the hub."""
    commits = sources.revisions(origin.digest, len(task.sources))
    for source, commit in zip(task.sources, commits, strict=True):
        if commit is None:
            continue
        part = slice_of(task, source, language, split)
        yield Wanted(
            kind="rows",
            name=f"{source.path}@{commit} {part.config} {part.split}",
            fetch=partial(sources.whole_split, source, part, language, commit, origin),
            to_come=partial(sources.to_come, source, part, language, commit, origin),
        )
