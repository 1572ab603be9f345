"""Checking data against what tasks declare, and fetching it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xharness import errors
from xharness.commands import rows_again
from xharness.commands.session import Paths
from xharness.errors import StudyError
from xharness.planning import request, settings
from xharness.planning.settings import Flags
from xharness.planning.unresolved import outline
from xharness.plugin.registry import Registry
from xharness.report.table import Column, table
from xharness.report.view import View
from xharness.report.wording import count
from xharness.tasks import Task

if TYPE_CHECKING:
    from xharness.data.validate import Mismatch

COLUMNS = ("task", "source", "split", "language", "what", "declared", "found", "mark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was compared, and whether it is as declared."""

    sound: bool
    """False when data differ from what a task declares, and no card calls them a mirror."""
    view: View


def of_suite(name: str, registry: Registry) -> list[Task]:
    """Return every task whose rows the comparison of a suite reads, each once.

    Raises:
        StudyError: If no suite is called that, or what it compares is not offered.
    """
    wanted = request.build(settings.load(Flags(suite=name)), registry.offers)
    return [registry.tasks[n] for n in outline(wanted, registry.tasks).tasks]


def named(names: Iterable[str], registry: Registry) -> list[Task]:
    """Return tasks by name, each once.

    Raises:
        StudyError: If one is not offered.
    """
    wanted = list(dict.fromkeys(names))
    problems = [
        errors.unknown("task", "task", name, registry.tasks)
        for name in wanted
        if name not in registry.tasks
    ]
    if problems:
        raise StudyError("data check", problems)
    return [registry.tasks[name] for name in wanted]


def check(
    tasks: Sequence[Task],
    paths: Paths,
    progress: Callable[[str], None],
    xtreme_files: Path | None = None,
) -> Checked:
    """Read all rows of some tasks; return how they differ from what the tasks declare.

    Args:
        tasks: Whose rows.
        paths: Where they are; without a data root, where the store's comparisons read them.
        progress: Told what is read next.
        xtreme_files: Folder of XTREME's download script, whose test files are compared with the
            test rows; None compares with none.

    Raises:
        StudyError: If a comparison in the store predicted other rows.
    """
    mismatches = [m for task in tasks for m in _mismatches(task, paths, progress, xtreme_files)]
    rows = [asdict(d) for d in mismatches]
    unmarked = sum(not d.mark for d in mismatches)
    columns = [Column(name=name) for name in COLUMNS]
    line = (
        f"{count(len(tasks), 'task')} compared, {count(len(mismatches), 'difference')}, "
        f"{unmarked:,} of them in data that no card calls a mirror."
    )
    return Checked(
        sound=not unmarked,
        view=View(
            draw=lambda _: table(
                columns, [[r[n] for n in COLUMNS] for r in rows], title="data", notes=[line]
            ),
            document={"tasks": [t.name for t in tasks], "differences": rows},
        ),
    )


def _mismatches(
    task: Task, paths: Paths, progress: Callable[[str], None], xtreme_files: Path | None
) -> Iterator[Mismatch]:
    """Yield how the rows of one task differ from what it declares, and from XTREME's files."""
    from xharness.data import validate
    from xharness.data.sources import Origin

    again = rows_again.of(task, paths, anew=True)
    origin = Origin(data_root=again.paths.data_root, offline=paths.offline, digest="")
    yield from validate.mismatches(task, again.digest, origin, progress)
    if xtreme_files is not None:
        yield from validate.against_xtreme(task, again.digest, origin, xtreme_files, progress)
