"""The part of a task's declaration that decides what its rows mean, for the keys of phases."""

from __future__ import annotations

from functools import cache

from xharness.phases import Definition
from xharness.tasks import Task


def definition(task: Task) -> Definition:
    """Return what decides how a task's rows are read.

    Languages, licences and wording are not in it, so a language can be added and nothing is
    trained anew; a metric is in the key of what it scores.
    """
    columns = {name for source in task.sources for name in source.columns}
    return _one(task.kind.value, tuple(task.labels), tuple(sorted(columns)), task.code)


@cache
def _one(kind: str, labels: tuple[str, ...], columns: tuple[str, ...], code: str) -> Definition:
    """Return a definition; equal ones are one object, whose key is computed once."""
    return Definition(kind=kind, labels=labels, columns=columns, code=code)
