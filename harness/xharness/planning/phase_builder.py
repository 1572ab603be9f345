"""Makes the phases of a request: trainings, predictions and scores with their data and recipe.

Which of them a comparison needs is decided in `planner` and by strategies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xharness.phases import Predict, Recipe, Score, Start, Stream, Train
from xharness.planning import checkpoints, counterparts
from xharness.planning.checkpoints import Chooser
from xharness.planning.plan import DEV_LIMIT
from xharness.planning.request import Request
from xharness.planning.resolve import ResolvedModel
from xharness.planning.resolver_protocol import Resolving
from xharness.tasks import RANKED, Kind, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseBuilder:
    """Makes the phases of one request."""

    request: Request
    tasks: Mapping[str, Task]
    """Every loaded task, by name."""
    resolver: Resolving
    model: ResolvedModel
    refused: dict[str, None] = field(default_factory=dict)
    """What cannot be chosen as asked, one line each; filled while phases are made."""
    row_limits: Mapping[str, int] = field(default_factory=dict)
    """Tasks to the rows of the smallest data set that they are compared with."""

    @property
    def chooser(self) -> Chooser:
        """What chooses among kept checkpoints."""
        return Chooser(tasks=self.tasks, score=self.dev_score, refused=self.refused)

    def limit(self, task: Task) -> int | None:
        """Return how many rows of an intermediate task are trained on at most."""
        return self.row_limits.get(task.name, self.request.limit_train)

    def has_dev(self, target: Task) -> bool:
        """Return whether a target has development rows in its source language."""
        return checkpoints.has_dev(target, target.source_language, self.resolver)

    def tested(self, last: Train | None, rule: str, target: Task, language: str) -> Start:
        """Return the weights that are tested on a target in one language.

        Args:
            last: The last training of a cell; None where the model itself is tested.
            rule: Chooses among the checkpoints that the training kept.
            target: What is tested.
            language: In which it is tested.
        """
        if last is None:
            return self.model.start
        return self.chooser.used(last, rule, target, language)

    def test_score(self, start: Start, target: Task, language: str) -> Score:
        """Return the score of weights on test rows."""
        return self._score(start, target, language, "test", self.request.limit_eval)

    def dev_score(self, start: Start, task: Task, language: str) -> Score:
        """Return the score of weights on development rows."""
        return self._score(start, task, language, "dev", DEV_LIMIT)

    def train(
        self, tasks: Sequence[Task], limits: Sequence[int | None], *, start: Start, seed: int
    ) -> Train:
        """Return the training on some tasks' rows; a mixture has the first task's recipe.

        Args:
            tasks: In the order of the streams.
            limits: Of each task's rows.
            start: Weights to start from.
            seed: Of the training.
        """
        return Train(
            start=start,
            streams=tuple(
                Stream(
                    task=task.name,
                    version=task.version,
                    data=self.resolver.data(task, (task.source_language,), "train"),
                    languages=(task.source_language,),
                    limit=limit,
                    sample_seed=self.request.sample_seed,
                )
                for task, limit in zip(tasks, limits, strict=True)
            ),
            recipe=self.recipe(tasks[0].name),
            seed=seed,
        )

    def recipe(self, task: str) -> Recipe:
        """Return a task's recipe for this model."""
        book = counterparts.book(self.request.recipes, self.tasks[task])
        return book.recipe(task, width=self.model.width)

    def _score(
        self, start: Start, task: Task, language: str, split: str, limit: int | None
    ) -> Score:
        """Return the score of one language, its threshold tuned where the task has one."""
        tuned = None
        if task.tuned_on is not None:
            tuned = self._predict(start, task, language, task.tuned_on, limit)
        return Score(
            predictions=self._predict(start, task, language, split, limit),
            metric=task.metric.signature,
            tuned_on=tuned,
        )

    def _predict(
        self, start: Start, task: Task, language: str, split: str, limit: int | None
    ) -> Predict:
        """Return the predictions of one language."""
        recipe = self.recipe(task.name)
        pooling = None
        if task.kind is Kind.RETRIEVAL:
            pooling = self.request.recipes.retrieval(depth=self.model.depth)
        return Predict(
            start=start,
            task=task.name,
            version=task.version,
            data=self.resolver.data(task, (language,), split),
            language=language,
            split=split,
            limit=limit,
            sample_seed=self.request.sample_seed,
            max_length=recipe.max_length,
            stride=recipe.stride,
            pooling=pooling,
            ranked=task.kind in RANKED and split == "test",
            micro_tokens=recipe.micro_tokens,
        )
