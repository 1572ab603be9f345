"""Checks that a strategy keeps every promise that strategies make, on small fake tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from xharness import tuning
from xharness.errors import StudyError
from xharness.keys import key
from xharness.phases import Checkpoint, Pretrain, Recipe, Start, Stream, Texts, Train, Translate
from xharness.recipes import changed
from xharness.strategies import (
    NO_CHANGES,
    Cell,
    Changes,
    Strategy,
    TextMix,
    Translation,
    joins_arms,
)
from xharness.tasks import Kind, Role, Task
from xharness.testing.fakes import fake_task
from xharness.testing.promises import admitted, refuse
from xharness.tuning import OfferedTuning, Tuning, TuningMethod

_MODEL = Pretrain(model="fake-model", version=1)
_RECIPE = Recipe(learning_rate=1e-3, batch=2, steps=2)
_FIRST = fake_task(name="first", role=Role.INTERMEDIATE)
_SECOND = fake_task(Kind.SPAN_QA, "second", role=Role.INTERMEDIATE)
_TRAINED = fake_task(name="trained")
_RETRIEVAL = fake_task(Kind.RETRIEVAL, "retrieval")


def assert_strategy_conforms(strategy: Strategy) -> None:
    """Check a strategy on arms of one and two tasks, a trained target and a retrieval target.

    Raises:
        AssertionError: If the strategy breaks a promise; names every problem.
    """
    # What is let in can be asked for its trainings; the rest could only raise.
    problems = admitted("strategy", strategy) or _trainings(strategy)
    refuse("strategy", strategy, problems)


def _trainings(strategy: Strategy) -> Iterator[str]:
    """Yield what is wrong with the trainings of a strategy."""
    arms: tuple[tuple[Task, ...], ...] = ((),)
    if joins_arms(strategy):
        arms = ((_FIRST, _SECOND),)
    elif strategy.uses_intermediates:
        arms = ((_FIRST,), (_SECOND,), (_FIRST, _SECOND))
    chains: dict[str, str] = {}
    refused = []
    for arm in arms:
        for target in (_TRAINED, _RETRIEVAL):
            cell = Cell(model=_MODEL, intermediates=arm, target=target, seed=7)
            where = f"{'+'.join(t.name for t in arm) or 'no task'} before {target.name}"
            try:
                last = strategy.training(cell, _Describer(cell=cell))
                again = strategy.training(cell, _Describer(cell=cell))
            except StudyError as refusal:  # a strategy may refuse an arm that makes no sense
                refused.append(f"{where}: {'; '.join(refusal.problems)}")
                continue
            except Exception as error:  # noqa: BLE001  # whatever it is, the author must see it
                yield f"{where}: raises {type(error).__name__}: {error}"
                continue
            if last != again:
                yield f"{where}: two calls give two trainings"
            yield from (f"{where}: {problem}" for problem in _chain(cell, last))
            chains[where] = "" if last is None else key(last)
    if not chains:
        yield from refused
    if strategy.uses_intermediates and len(chains) > 2 and len(set(chains.values())) == 2:
        yield "uses_intermediates: true, but every arm gives the same training"


def _chain(cell: Cell, last: Train | None) -> Iterator[str]:
    """Yield what is wrong with one chain of trainings."""
    trained = cell.target.trains_on is not None
    if last is None and not trained:
        return
    if not isinstance(last, Train):
        yield f"returns {type(last).__name__}; right would be what the trainer returned"
        return
    if trained and cell.target.name not in [s.task for s in last.streams]:
        yield "does not end with the target's own training; return train.on_target(...)"
    start: Start = Checkpoint(train=last)
    while isinstance(start, Checkpoint):
        if start.train.seed != cell.seed:
            yield f"trains with seed {start.train.seed}; right would be the cell's {cell.seed}"
        start = start.train.start
    if start != cell.model:
        yield "does not begin with the cell's model"


def _translated(stream: Stream, into: str) -> Translate:
    """Return a fake translation of a stream's rows."""
    return Translate(
        task=stream.task,
        version=stream.version,
        data=stream.data,
        language=stream.languages[0],
        into=into,
        translator=Texts(digest="fake"),
    )


def _tuning(method: TuningMethod | None) -> Tuning | None:
    """Return the tuning of a training, as if a plugin offered the method.

    Raises:
        ValueError: If no plugin could.
    """
    if method is None:
        return None
    if problems := admitted("tuning", method):
        raise ValueError(f"tuning: {' / '.join(problems)}")
    return tuning.chosen(method, {method.name: OfferedTuning(method=method)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Describer:
    """A Trainer whose trainings have small fake streams and recipes."""

    cell: Cell

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
        if not tasks:
            raise ValueError("train.on() was given no task")
        streams = tuple(
            Stream(
                task=t.name,
                version=1,
                data="fake",
                languages=(t.source_language,),
                limit=changes.limit,
                part=changes.part,
            )
            for t in tasks
        )
        if text is not None:
            streams += (
                Stream(task="text", version=1, data="fake", languages=(), share=text.share),
            )
        if changes.keep_heads and start is None:
            raise ValueError("keep_heads: there is no start that has heads")
        return Train(
            start=self.cell.model if start is None else Checkpoint(train=start),
            streams=streams,
            recipe=_RECIPE if changes.recipe is None else changed(_RECIPE, changes.recipe),
            load="weights" if changes.keep_heads else "encoder",
            tuning=_tuning(changes.tuning),
            seed=self.cell.seed,
            mixing=mixing,
            cap=cap,
            temperature=temperature,
            budget="updates" if matched or text is not None else "examples",
        )

    def translated(
        self,
        *tasks: Task,
        how: Translation,
        start: Train | None = None,
        changes: Changes = NO_CHANGES,
    ) -> Train:
        """Return the training on translated rows; see Trainer."""
        if changes.part is not None:
            raise ValueError("part: each language has its own part of translated rows")
        plain = self.on(*tasks, start=start, changes=changes)
        into = how.languages or ("de",)
        return replace(
            plain,
            streams=tuple(
                replace(s, languages=(n,), part=(number, len(into)), translated=_translated(s, n))
                for s in plain.streams
                for number, n in enumerate(into)
            ),
        )

    def counterparts(
        self, *tasks: Task, language: str, named: Sequence[str] = ()
    ) -> tuple[Task, ...]:
        """Return fake counterparts; see Trainer."""
        return tuple(
            replace(t, name=f"{t.name}-{language}", source_language=language, counterpart_of=t.name)
            for t in tasks
        )

    def on_target(
        self, *, start: Train | None = None, changes: Changes = NO_CHANGES
    ) -> Train | None:
        """Return the target's own training; see Trainer."""
        if self.cell.target.trains_on is None:
            return start
        return self.on(self.cell.target, start=start, changes=changes)
