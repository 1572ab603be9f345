"""Looks at the rows that a plan will read before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from xharness.commands.session import Paths
from xharness.errors import StudyError, XHarnessError
from xharness.keys import key
from xharness.phases import Phase
from xharness.planning.reads import RowsRead, rows_read
from xharness.planning.request import Request
from xharness.planning.resolve import Resolver
from xharness.planning.unresolved import outline
from xharness.store.store import Store
from xharness.tasks import Task, find_task


def refuse(phases: Iterable[Phase], store: Store, tasks: Mapping[str, Task], paths: Paths) -> None:
    """Refuse rows that phases will read and that a look shows to be unusable.

    Args:
        phases: Of a plan; what the store has already reads nothing.
        store: Of finished phases.
        tasks: Every loaded task.
        paths: Where the rows are.

    Raises:
        StudyError: If there are such rows; all problems at once.
    """
    lacking = [phase for phase in phases if not store.find(key(phase))]
    if problems := _lines(_problems(rows_read(lacking, tasks), tasks, paths)):
        raise StudyError("rows to be read", problems)


def missing(
    request: Request, tasks: Mapping[str, Task], resolver: Resolver, paths: Paths
) -> tuple[str, ...]:
    """Return what is wrong with rows that a request's plan will read, as far as a look shows.

    Args:
        request: What to compare.
        tasks: Every loaded task.
        resolver: Knows which rows are there; those that are not are passed over.
        paths: Where the rows are.
    """
    there = []
    try:
        wanted = rows_read(outline(request, tasks).phases, tasks)
    except XHarnessError:
        return ()  # said already by what asks whether the plan lacks anything
    for read in wanted:
        try:
            digest = resolver.data(tasks[read.task], (read.language,), read.split)
        except XHarnessError:
            continue  # likewise
        there.append(replace(read, data=digest))
    return _lines(_problems(there, tasks, paths))


def _lines(problems: Iterable[str]) -> tuple[str, ...]:
    """Return the lines of problems, each once: several languages may be in one file."""
    return tuple(dict.fromkeys(line for problem in problems for line in problem.split("\n")))


def _problems(wanted: Iterable[RowsRead], tasks: Mapping[str, Task], paths: Paths) -> Iterator[str]:
    """Yield what is wrong with rows."""
    from xharness.data import early
    from xharness.data.sources import Origin

    for read in wanted:
        task = find_task(tasks, read.task, read.version)
        origin = Origin(data_root=paths.data_root, offline=paths.offline, digest=read.data)
        yield from early.problems(task, read.language, read.split, origin)
