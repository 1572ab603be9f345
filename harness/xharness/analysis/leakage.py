"""Same-data supervision: arms that hold the rows which a target is itself trained on.

MNLI before XNLI, or SQuAD before XQuAD, is more of the target's own training and no transfer
from another task. Which tasks share rows is what tasks declare: the same name, a source in
common (ANLI+ reads MNLI's), or `Task.contains` (SQuAD v2.0 has the questions of v1.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xharness.planning.contrasts import TargetEntry
from xharness.planning.plan import Plan
from xharness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaks:
    """Where a comparison has same-data supervision."""

    cells: Mapping[TargetEntry, tuple[str, ...]] = field(default_factory=dict)
    """Cells to the tasks of their arm that share rows with the target's training."""
    unknown: tuple[str, ...] = ()
    """Targets whose task is not loaded, so that nothing can be said of them."""


def find(plan: Plan, tasks: Mapping[str, Task]) -> Leaks:
    """Return the cells of a plan whose arm shares training rows with the target.

    Args:
        plan: What was compared.
        tasks: Every loaded task.
    """
    places = dict.fromkeys(a.on_target for a in plan.answers)
    other = {(s.strategy, s.intermediates, s.task): s.rows for s in plan.sourced}
    cells = {
        place: common
        for place in places
        if place.target in tasks
        and (
            common := shared(
                [other.get((*place.entry, name), name) for name in place.intermediates.split("+")],
                tasks[place.target],
                tasks,
            )
        )
    }
    with_arm = {place.target for place in places if place.intermediates != "-"}
    unknown = [t.name for t in plan.targets if t.name not in tasks and t.name in with_arm]
    return Leaks(cells=cells, unknown=tuple(unknown))


def shared(arm: list[str], target: Task, tasks: Mapping[str, Task]) -> tuple[str, ...]:
    """Return the tasks of an arm that have rows of what a target is trained on.

    Args:
        arm: Names of intermediate tasks.
        target: Which; one that is not trained shares nothing.
        tasks: Every loaded task; of one that is not there only the name is known.
    """
    if target.trains_on is None:
        return ()
    own = _rows(target.trains_on, tasks)
    return tuple(name for name in arm if own & _rows(name, tasks))


def _rows(name: str, tasks: Mapping[str, Task]) -> frozenset[tuple[str, str]]:
    """Return what tells the rows of a task: names, its own and those it contains, and sources."""
    marks: set[tuple[str, str]] = set()
    waiting = [name]
    while waiting:
        name = waiting.pop()
        if ("task", name) not in marks:
            marks.add(("task", name))
            if name in tasks:
                marks |= {(source.path, source.config) for source in tasks[name].sources}
                waiting += tasks[name].contains
    return frozenset(marks)
