"""Chooses which of a training's kept checkpoints is used, by a selection rule.

The rules of a request never change what is trained: a further training always starts from the
checkpoint that the recipe's own rule chooses. Another rule therefore costs predictions and scores,
but no training. Keung et al. 2020, Don't Use English Dev, show how far rules differ.
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
"""Returns the score of weights on a task's development rows in one language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    """Chooses checkpoints for one plan."""

    tasks: Mapping[str, Task]
    score: DevScore
    refused: dict[str, None] = field(default_factory=dict)
    """Choices that could not be made as asked, one line each; filled while choosing."""

    def by_source(self, train: Train, rule: str) -> Checkpoint:
        """Return the checkpoint that a rule chooses without seeing the target.

        Args:
            train: The training that kept the checkpoints.
            rule: Any but `TARGET_DEV`.
        """
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
    """Return the tasks of a training whose development scores can choose, with source languages.

    Each task is there once, however many languages its rows are in. Masked LM is left out: it has
    no scores. Nothing is left where masked LM has all updates, because the tasks' heads are then
    not trained.
    """
    if any(s.share == 1 for s in train.streams):
        return ()
    named = dict.fromkeys(s.task for s in train.streams if s.share is None)
    return tuple((tasks[name], tasks[name].source_language) for name in named)


def has_dev(task: Task, language: str, resolver: Resolving) -> bool:
    """Return whether a task has development rows in a language."""
    return _lacking(task, language, resolver) is None


def _lacking(task: Task, language: str, resolver: Resolving) -> str | None:
    """Return why a task has no development rows in a language; None where it has them.

    The reason continues a sentence, in brackets; it is empty where the task never has such rows.
    """
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
        languages: By target: those that are compared.
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
