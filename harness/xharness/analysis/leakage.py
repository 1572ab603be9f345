"""Same-data supervision: arms with the very rows that a target itself is trained on.

MNLI before XNLI, or SQuAD before XQuAD, is more of the target's own training, not transfer from
another task. Tasks share rows if they have the same name, a source in common (ANLI+ reads MNLI's)
or one is in the other's `Task.contains` (SQuAD v2.0 has the questions of v1.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xharness.planning.contrasts import TargetEntry
from xharness.planning.plan import Plan
from xharness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaks:
    """The cells of a comparison that have same-data supervision."""

    cells: Mapping[TargetEntry, tuple[str, ...]] = field(default_factory=dict)
    """Cell to the tasks of its arm that share rows with the target's training."""
    unknown: tuple[str, ...] = ()
    """Targets whose task is not loaded, so that sharing cannot be known."""


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
    """Return the tasks of an arm that share rows with the training of a target.

    Args:
        arm: Names of intermediate tasks.
        target: The target; if it is not trained, nothing is shared.
        tasks: Every loaded task; a task that is not loaded shares rows by its name only.
    """
    if target.trains_on is None:
        return ()
    own = _rows(target.trains_on, tasks)
    return tuple(name for name in arm if own & _rows(name, tasks))


def _rows(name: str, tasks: Mapping[str, Task]) -> frozenset[tuple[str, str]]:
    """Return what identifies a task's rows: its name and sources, and those of what it contains."""
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
