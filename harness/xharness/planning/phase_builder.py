"""Makes the phases of a request: trainings, predictions and scores with their data and recipe.

Which of them a comparison needs is decided in `planner` and by strategies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from xharness.errors import StudyError
from xharness.phases import Checkpoint, Predict, Score, Start, Stream, Train
from xharness.planning import checkpoints
from xharness.planning.checkpoints import Chooser
from xharness.planning.definitions import definition
from xharness.planning.plan import DEV_LIMIT
from xharness.planning.request import Request
from xharness.planning.resolve import ResolvedModel
from xharness.planning.resolver_protocol import Resolving
from xharness.planning.used_recipes import UsedRecipes, mixture_names, recipe_names
from xharness.recipes import changed
from xharness.strategies import NO_CHANGES, Changes
from xharness.tasks import RANKED, Kind, Task
from xharness.tuning import chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseBuilder:
    """Makes the phases of one request."""

    request: Request
    tasks: Mapping[str, Task]
    """Every loaded task, by name."""
    resolver: Resolving
    model: ResolvedModel
    precision: str
    used: UsedRecipes
    """Gives out recipes, and notes which of their fields are read."""
    refused: dict[str, None] = field(default_factory=dict)
    """Checkpoints that cannot be chosen as asked, one line each; filled while phases are made."""
    row_limits: Mapping[str, int] = field(default_factory=dict)
    """By task: rows of the smallest data set that it is compared with."""

    @property
    def chooser(self) -> Chooser:
        """What chooses among kept checkpoints."""
        return Chooser(tasks=self.tasks, score=self.dev_score, refused=self.refused)

    def limit(self, task: Task, changes: Changes = NO_CHANGES) -> int | None:
        """Return the largest number of rows of an intermediate task to train on; None for all."""
        return smaller(self.row_limits.get(task.name, self.request.limit_train), changes.limit)

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

    def stream(self, task: Task, limit: int | None, part: tuple[int, int] | None = None) -> Stream:
        """Return the stream of a task's rows in its source language.

        Args:
            task: Whose rows.
            limit: Rows at most.
            part: As in `Changes`.
        """
        return Stream(
            task=task.name,
            version=task.version,
            data=self.resolver.data(task, (task.source_language,), "train"),
            languages=(task.source_language,),
            limit=limit,
            sample_seed=self.request.sample_seed,
            part=None if part == (0, 1) else part,  # which is all rows
        )

    def train(
        self,
        streams: Iterable[Stream],
        *,
        start: Start,
        seed: int,
        target: Task | None = None,
        changes: Changes = NO_CHANGES,
    ) -> Train:
        """Return a training; the order in which its streams are given does not matter.

        Args:
            streams: At least one; those of masked LM have a share.
            start: Weights to start from.
            seed: Of the training.
            target: The target that is trained; its own recipe counts more than that of the task
                whose rows it is trained on.
            changes: Of recipe, heads and tuning.

        Raises:
            StudyError: If a change cannot be made.
        """
        # A mixture is the same in whichever order its tasks are named.
        ordered = sorted((self._fitted(s, target) for s in streams), key=_place)
        tasks = dict.fromkeys(s.task for s in ordered if s.share is None)
        recipe = self.used.recipe(*mixture_names((self.tasks[n] for n in tasks), target))
        if changes.recipe is not None:
            recipe = changed(recipe, changes.recipe)
        if changes.keep_heads and not isinstance(start, Checkpoint):
            problem = "keep_heads: the model has no heads; a training as `start` would be right"
            raise StudyError("strategies", [problem])
        tuning = changes.tuning
        return Train(
            start=start,
            streams=tuple(ordered),
            recipe=recipe,
            seed=seed,
            load="weights" if changes.keep_heads else "encoder",
            precision=self.precision,
            tuning=None if tuning is None else chosen(tuning, self.request.tunings),
        )

    def _fitted(self, stream: Stream, target: Task | None) -> Stream:
        """Return a stream with the window lengths of its task.

        Its sample seed is 0 where all rows are taken, so that equal rows have equal keys.
        """
        task = self.tasks[stream.task]
        drawn = stream.limit is not None or stream.part is not None
        return replace(
            stream,
            definition=definition(task),
            sample_seed=stream.sample_seed if drawn else 0,
            **self.used.lengths(task, *recipe_names(task, target)),
        )

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
        trained = self.tasks[task.trains_on] if task.trains_on else task
        names = recipe_names(trained, task)
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
            sample_seed=0 if limit is None else self.request.sample_seed,
            **self.used.lengths(task, *names),
            pooling=pooling,
            ranked=task.kind in RANKED and split == "test",
            precision=self.precision,
            definition=definition(task),
            excluded=task.excluded.digest if task.excluded and split == "dev" else "",
            micro_tokens=self.used.micro_tokens(*names),
        )


def smaller(*limits: int | None) -> int | None:
    """Return the smallest of several limits; None if there is none."""
    return min((n for n in limits if n is not None), default=None)


def _place(stream: Stream) -> tuple[bool, str, tuple[int, ...], tuple[str, ...]]:
    """Return where a stream stands among the others of its training."""
    return (stream.share is not None, stream.task, stream.part or (), stream.languages)
