"""Times samples of a plan's work in one worker process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from statistics import fmean

from xharness.commands.session import Complain
from xharness.execution import run
from xharness.execution.events import Event, Finished
from xharness.keys import key
from xharness.phases import Phase, Pretrain, Score, Train, Translate, inputs
from xharness.planning import measured, samples
from xharness.planning.measured import Speed, line
from xharness.planning.samples import Sample, Target
from xharness.store.store import Store
from xharness.tasks import Task

_TRAINING, _PREDICTION = 3.0, 0.5
"""Seconds that the larger of a sample's two trainings, or predictions, should take: long against
what one alone takes more or less, short enough for six tasks in a minute."""
_UPDATES = 2
"""Of the smaller training."""
_FEW = 16
"""Rows of the smaller prediction or translation."""
_FORWARD = 1 / 3
"""Of the time of an update: going backward takes twice as long as forward."""


@dataclass(kw_only=True, slots=True)
class Bench:
    """One worker, and what was measured in it."""

    tasks: Mapping[str, Task]
    store: Store
    """An empty one, for what the samples make."""
    runner: run.Runner
    settings: run.RunSettings
    complain: Complain
    speeds: dict[str, Speed] = field(default_factory=dict)
    openings: list[float] = field(default_factory=list)
    """Seconds until the worker could begin its first phase."""
    networks: list[float] = field(default_factory=list)
    """Seconds to open a network for its first prediction."""
    at: str = ""
    """What is being timed."""

    def work(self, waiting: SimpleQueue[Sample]) -> None:
        """Time samples until none waits, or the settings say to stop; in the worker's thread."""
        while not self.settings.should_stop():
            try:
                sample = waiting.get_nowait()
            except Empty:
                break
            self.at = sample.name
            try:
                self._sample(sample)
            except KeyboardInterrupt:
                break
            except _NotTimedError as error:
                self.complain(f"{sample.name}: not timed; {error}")
        self.at = ""

    def _sample(self, sample: Sample) -> None:
        """Time one sample."""
        if sample.translate is not None:
            self._translate(sample.translate)
        trained, per_row = None, 0.0
        if sample.train is not None:
            trained, per_row = self._train(sample.train)
        for target in sample.targets:
            self._predict(target, trained, per_row)

    def _train(self, sample: Train) -> tuple[Train, float]:
        """Time two trainings; return the larger, and the seconds of a row."""
        most = samples.most_rows(sample, self.tasks)
        few = min(_UPDATES * sample.recipe.batch, most)
        small = samples.training(sample, few)
        took = self._small(small)
        many = min(most, max(3 * few, round(few * _TRAINING / took)))
        large = samples.training(sample, many)
        longer = self._took(large) if many > few else took
        if longer < _TRAINING / 2 and many < most:  # the smaller one was held up by something else
            many = min(most, round(many * _TRAINING / longer))
            large = samples.training(sample, many)
            longer = self._took(large)
        fixed, per_row = line((few, took), (many, longer))
        self.speeds[measured.sort(large)] = Speed(
            fixed=fixed,
            per_row=per_row,
            tokens=self._count(large, "tokens") / many,
            fixed_bytes=self._bytes(large),
        )
        return large, per_row

    def _predict(self, target: Target, trained: Train | None, trained_row: float) -> None:
        """Time predictions of one task, and their score."""
        most = samples.most_rows(target.phases[0], self.tasks)
        few = min(_FEW, most)
        small = samples.prediction(target.phases[0], trained, few)
        opened = self._took(small)
        took = self._again(small)
        if trained is None and not self.openings:
            self.openings.append(opened - took)
        else:
            self.networks.append(max(opened - took, 0.0))
        row = trained_row * _FORWARD or took / few
        many = min(most, max(3 * few, round(_PREDICTION / max(row, 1e-9))))
        large = [samples.prediction(p, trained, many) for p in target.phases]
        each = [self._took(p) for p in large]
        first = max(each[-1] - self._again(large[-1]), 0.0)
        fixed, per_row = line((few, took), (many, fmean(each) - first))
        size = fmean(self._bytes(p) for p in large)
        fixed_bytes, row_bytes = line((few, self._bytes(small)), (many, size))
        self.speeds[measured.sort(small)] = Speed(
            fixed=fixed,
            per_row=per_row,
            first=first / many,
            fixed_bytes=fixed_bytes,
            row_bytes=row_bytes,
        )
        if target.score is not None:
            self._score(
                samples.score(target.score, small),
                samples.score(target.score, large[-1]),
                few,
                many,
            )

    def _score(self, small: Score, large: Score, few: int, many: int) -> None:
        """Time the scores of a prediction of few and of one of many rows."""
        self._took(small)
        took = self._again(small), self._took(large)
        fixed, per_row = line((few, took[0]), (many, took[1]))
        fixed_bytes, row_bytes = line((few, self._bytes(small)), (many, self._bytes(large)))
        self.speeds[measured.sort(small)] = Speed(
            fixed=fixed, per_row=per_row, fixed_bytes=fixed_bytes, row_bytes=row_bytes
        )

    def _translate(self, sample: Translate) -> None:
        """Time two translations of different rows, since translated sentences are remembered."""
        most = samples.most_rows(sample, self.tasks)
        few = min(_FEW, most)
        small = samples.translation(sample, few, 0)
        took = self._small(small, samples.translation(sample, few, 1))
        many = min(most, max(3 * few, round(few * _TRAINING / took)))
        large = samples.translation(sample, many, 2)
        fixed, per_row = line((few, took), (many, self._took(large)))
        fixed_bytes, row_bytes = line((few, self._bytes(small)), (many, self._bytes(large)))
        self.speeds[measured.sort(large)] = Speed(
            fixed=fixed, per_row=per_row, fixed_bytes=fixed_bytes, row_bytes=row_bytes
        )

    def _small(self, phase: Phase, then: Phase | None = None) -> float:
        """Return the shorter time of two runs of a phase, or of it and one like it.

        The first phase of a worker also opens it, which is kept as its opening.
        """
        first = self._took(phase)
        second = self._again(phase) if then is None else self._took(then)
        if not self.openings:
            self.openings.append(max(first - second, 0.0))
        return min(first, second)

    def _again(self, phase: Phase) -> float:
        """Return the seconds of a phase that this worker has just run."""
        shutil.rmtree(self.store.folder_of(key(phase)))
        return self._took(phase)

    def _took(self, phase: Phase) -> float:
        """Return how long a phase takes; an encoder that it needs is made, and timed, before.

        Raises:
            KeyboardInterrupt: If the settings said to stop.
            _NotTimedError: If it fails.
        """
        for parent in inputs(phase):
            if isinstance(parent, Pretrain) and not self.store.find(key(parent)):
                seconds = self._took(parent)
                self.speeds[measured.sort(parent)] = Speed(
                    fixed=seconds, fixed_bytes=self._bytes(parent)
                )
        took: list[float] = []

        def listen(event: Event) -> None:
            if isinstance(event, Finished):
                took.append(event.seconds)

        outcome = run.run([phase], self.store, self.runner, self.settings, listen)
        if not took:
            causes = [e.cause for e in outcome.failed] + [e.cause for e in outcome.skipped]
            raise _NotTimedError("; ".join(causes))
        return took[0]

    def _bytes(self, phase: Phase) -> int:
        """Return the size of a phase's files."""
        folder = self.store.folder_of(key(phase))
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    def _count(self, phase: Phase, name: str) -> float:
        """Return one of the counts that a phase has written; 0 if it has not."""
        path = self.store.folder_of(key(phase)) / "counts.json"
        return float(json.loads(path.read_text("utf-8")).get(name, 0)) if path.exists() else 0.0


class _NotTimedError(Exception):
    """A sample failed."""
