"""Which of the checkpoints that a training kept is used, by a rule and by development scores.

A rule never decides what is trained: a training starts from the checkpoint that the recipe's own
rule chooses, whatever rules a request asks for, so that asking for another one only predicts and
scores (Keung et al. 2020, Don't Use English Dev, on how far rules differ).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from xharness.phases import Checkpoint, Score, Start, Train
from xharness.planning.resolver_protocol import Resolving
from xharness.tasks import Task

TARGET_DEV = "target-dev"
"""Chooses by the target's own development set in the language that is tested."""
ENGLISH_DEV = "english-dev"
"""Chooses by the development sets, in the source language, of what was trained on."""

DevSet = tuple[Task, str]
"""A task and the language of its development rows."""
DevScore = Callable[[Start, Task, str], Score]
"""Weights and a development set to their score on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    """Chooses checkpoints for one plan."""

    tasks: Mapping[str, Task]
    score: DevScore
    refused: dict[str, None] = field(default_factory=dict)
    """Filled while choosing: what could not be chosen as asked, one line each."""

    def by_source(self, train: Train, rule: str) -> Checkpoint:
        """Return the checkpoint that a rule chooses without the target: any but `TARGET_DEV`."""
        if rule != ENGLISH_DEV or train.recipe.keep == 1:
            return self._chosen(train, rule, ())
        sets = trained_on(train, self.tasks)
        for task, _ in sets:
            if "dev" not in task.splits:
                self.refused[
                    f"{rule}: {task.name} has no development set; use last or weight-average, "
                    f"or keep one checkpoint of it: --set recipe.{task.name}.keep=1"
                ] = None
                return Checkpoint(train=train)
        return self._chosen(train, rule, sets)

    def used(self, train: Train, rule: str, target: Task, language: str) -> Checkpoint:
        """Return the checkpoint that is tested on a target in one language."""
        if rule == TARGET_DEV:
            return self._chosen(train, rule, [(target, language)])
        return self.by_source(train, rule)

    def _chosen(self, train: Train, rule: str, sets: Sequence[DevSet]) -> Checkpoint:
        """Return the chosen checkpoint; all development sets count equally."""
        if train.recipe.keep > 1 and rule == "weight-average":
            return Checkpoint(train=train, rule="average")
        if train.recipe.keep == 1 or not sets:
            return Checkpoint(train=train)
        kept = (
            Checkpoint(train=train, rule="kept", index=index) for index in range(train.recipe.keep)
        )
        dev = tuple(tuple(self.score(start, *one) for one in sets) for start in kept)
        return Checkpoint(train=train, rule="best", dev=dev)


def trained_on(train: Train, tasks: Mapping[str, Task]) -> tuple[DevSet, ...]:
    """Return what a training was trained on, each task once, in its source language.

    Text has no scores, and where all updates are text, the tasks' scores mean nothing. Several
    streams of a task are its rows in several languages.
    """
    if any(s.share == 1 for s in train.streams):
        return ()
    named = dict.fromkeys(s.task for s in train.streams if s.share is None)
    return tuple((tasks[name], tasks[name].source_language) for name in named)


def has_dev(task: Task, language: str, resolver: Resolving) -> bool:
    """Return whether a task has development rows in a language."""
    return _lacking(task, language, resolver) is None


def _lacking(task: Task, language: str, resolver: Resolving) -> str | None:
    """Return why a task has no development rows in a language; None where it has."""
    if "dev" not in task.splits or language not in task.languages:
        return ""
    why = resolver.lacking(task, language, "dev")
    return None if why is None else f" ({why})"


def without_dev(
    targets: Iterable[Task], languages: Mapping[str, Sequence[str]], resolver: Resolving
) -> list[str]:
    """Return why `TARGET_DEV` cannot choose for some targets, one line each.

    Args:
        targets: What is compared.
        languages: Of each target.
        resolver: Knows which rows there are.
    """
    problems = []
    for target in targets:
        wanted = languages[target.name]
        reasons = {name: _lacking(target, name, resolver) for name in wanted}
        lacking = {name: why for name, why in reasons.items() if why is not None}
        why = next(iter(lacking.values()), "")
        if len(lacking) == len(wanted):
            problems.append(
                f"{TARGET_DEV}: {target.name} has no development set{why}; leave it out with "
                "--targets, or choose by another rule"
            )
        elif lacking:
            problems.append(
                f"{TARGET_DEV}: {target.name} has no development set in {', '.join(lacking)}{why}; "
                "name the other languages with --languages, or choose by another rule"
            )
    return problems
