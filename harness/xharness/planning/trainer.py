"""The `strategies.Trainer` that strategies get: it turns what they ask for into trainings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xharness.errors import StudyError
from xharness.phases import Start, Stream, Train
from xharness.planning import counterparts, mlm_text, translated_rows
from xharness.planning.phase_builder import PhaseBuilder, smaller
from xharness.strategies import NO_CHANGES, Cell, Changes, TextMix, Translation
from xharness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTrainer:
    """The Trainer of one cell."""

    builder: PhaseBuilder
    cell: Cell
    strategy: str
    """Label of the strategy, for messages."""

    def on(
        self,
        *tasks: Task,
        start: Train | None = None,
        mixing: str = "proportional",
        cap: int | None = None,
        temperature: float | None = None,
        matched: bool = False,
        text: TextMix | None = None,
        changes: Changes = NO_CHANGES,
    ) -> Train:
        """Return the training on intermediate tasks; see Trainer."""
        builder, request = self.builder, self.builder.request
        streams = [builder.stream(t, builder.limit(t, changes), changes.part) for t in tasks]
        budget = "examples"
        if text is not None:
            streams.append(mlm_text.stream(text, request, builder.tasks, builder.resolver))
            # Where all updates are masked LM, there are no others for them to come on top of.
            budget = "updates" if text.share == 1 else request.match
        elif matched and request.match == "updates" and len(tasks) > 1:
            budget = "mean"
        train = self._train(streams, start, changes)
        return replace(train, mixing=mixing, cap=cap, temperature=temperature, budget=budget)

    def translated(
        self,
        *tasks: Task,
        how: Translation,
        start: Train | None = None,
        changes: Changes = NO_CHANGES,
    ) -> Train:
        """Return the training on translated rows; see Trainer."""
        builder = self.builder
        if changes.part is not None:
            problem = "part: each language has its own part of translated rows; None would be right"
            raise StudyError(f"strategy {self.strategy}", [problem])
        streams = [
            stream
            for task in tasks
            for stream in translated_rows.streams(
                replace(builder.request, limit_train=builder.limit(task, changes)),
                builder.tasks,
                builder.resolver,
                (task,),
                how,
            )
        ]
        return self._train(streams, start, changes)

    def counterparts(
        self, *tasks: Task, language: str, named: Sequence[str] = ()
    ) -> tuple[Task, ...]:
        """Return each task's counterpart in a language; see Trainer."""
        return counterparts.find(tasks, language, named, self.builder.tasks)

    def on_target(
        self, *, start: Train | None = None, changes: Changes = NO_CHANGES
    ) -> Train | None:
        """Return the target's own training; see Trainer."""
        name = self.cell.target.trains_on
        if name is None:
            return start
        # Not `builder.limit`: a target keeps all its rows where the same task, as an intermediate
        # one, is cut to the size of the data sets that it is compared with.
        limit = smaller(self.builder.request.limit_train, changes.limit)
        stream = self.builder.stream(self.builder.tasks[name], limit, changes.part)
        return self._train([stream], start, changes, self.cell.target)

    def _train(
        self,
        streams: Sequence[Stream],
        start: Train | None,
        changes: Changes,
        target: Task | None = None,
    ) -> Train:
        """Return a training with its changes; see `PhaseBuilder.train`.

        Raises:
            StudyError: If a change cannot be made; names the strategy.
        """
        try:
            return self.builder.train(
                streams,
                start=self._weights(start),
                seed=self.cell.seed,
                target=target,
                changes=changes,
            )
        except StudyError as wrong:
            raise StudyError(f"strategy {self.strategy}", wrong.problems) from wrong

    def _weights(self, start: Train | None) -> Start:
        """Return the weights to start from: a training's chosen checkpoint, or the model."""
        if start is None:
            return self.cell.model
        return self.builder.chooser.by_source(start, self.builder.request.recipes.selection)
