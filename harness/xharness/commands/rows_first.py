"""Looks at the rows that a plan will read before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from xharness.commands.session import Paths
from xharness.errors import DataError, StudyError
from xharness.phases import Phase, Texts, Translate
from xharness.planning.reads import rows_read
from xharness.planning.unresolved import STAND_IN
from xharness.tasks import Task, find_task


def refuse(phases: Sequence[Phase], tasks: Mapping[str, Task], paths: Paths) -> None:
    """Refuse rows that phases will read and that a look shows to be unusable.

    Args:
        phases: Those of a plan that the store has not.
        tasks: Every loaded task.
        paths: Where the rows are.

    Raises:
        StudyError: If there are such rows; all problems at once.
    """
    # Where all is stored the libraries that read rows are not even loaded.
    if phases and (found := problems(phases, tasks, paths)):
        raise StudyError("rows to be read", found)


def problems(phases: Sequence[Phase], tasks: Mapping[str, Task], paths: Paths) -> tuple[str, ...]:
    """Return what is wrong with rows and translations that phases will read, one line each.

    Args:
        phases: What is missing in them, by its digest, is passed over.
        tasks: Every loaded task.
        paths: Where the rows are.
    """
    found = (*_of_rows(phases, tasks, paths), *_of_translations(phases))
    # Each once, as several languages may be in one file.
    return tuple(dict.fromkeys(line for problem in found for line in problem.split("\n")))


def _of_rows(phases: Sequence[Phase], tasks: Mapping[str, Task], paths: Paths) -> Iterator[str]:
    """Yield what is wrong with rows of data sets."""
    from xharness.data import early
    from xharness.data.sources import Origin

    for read in rows_read(phases, tasks):
        if read.data == STAND_IN:
            continue
        task = find_task(tasks, read.task, read.version)
        origin = Origin(data_root=paths.data_root, offline=paths.offline, digest=read.data)
        yield from early.problems(task, read.language, read.split, origin)


def _of_translations(phases: Sequence[Phase]) -> Iterator[str]:
    """Yield what is wrong with files of translations."""
    from xharness.data.translations import read_translations

    used = (p.translator for p in phases if isinstance(p, Translate))
    for texts in dict.fromkeys(t for t in used if isinstance(t, Texts)):
        if texts.digest == STAND_IN:
            continue
        try:
            read_translations(Path(texts.location))
        except DataError as wrong:
            yield str(wrong)
