"""Same-data supervision: arms with the very rows that a target itself is trained on.

MNLI before XNLI, or SQuAD before XQuAD, is more of the target's own training, not transfer from
another task. Tasks share rows if they have the same name, a source in common (ANLI+ reads MNLI's)
or one is in the other's `Task.contains` (SQuAD v2.0 has the questions of v1.1).

Masked LM on the text from which a target was made is reported too, but without a mark: it is no
supervision, and how much of the target's text it contains is not known.
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
    texts: Mapping[TargetEntry, tuple[str, ...]] = field(default_factory=dict)
    """Cell to the corpora, such as Wikipedia, that both its masked LM and its target are from."""


def find(plan: Plan, tasks: Mapping[str, Task]) -> Leaks:
    """Return the cells of a plan whose arm shares training rows, or text, with the target.

    Args:
        plan: What was compared.
        tasks: Every loaded task.
    """
    places = dict.fromkeys(a.on_target for a in plan.answers)
    trained = {(t.strategy, t.intermediates): t for t in plan.trained}
    cells, texts = {}, {}
    for place in places:
        of_row = trained.get((place.strategy, place.intermediates))
        if place.target not in tasks or of_row is None:
            continue
        target = tasks[place.target]
        if common := shared(list(of_row.tasks), target, tasks):
            cells[place] = common
        read = {what for name in of_row.texts if name in tasks for what in tasks[name].made_of}
        if both := tuple(what for what in target.made_of if what in read):
            texts[place] = both
    with_arm = {place.target for place in places if place.intermediates != "-"}
    unknown = [t.name for t in plan.targets if t.name not in tasks and t.name in with_arm]
    return Leaks(cells=cells, unknown=tuple(unknown), texts=texts)


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
