"""The phases that a calibration times: like those of a plan, on few rows and from its encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from xharness.phases import Checkpoint, Model, Phase, Predict, Pretrain, Score, Start, Train
from xharness.phases import Translate as Translation
from xharness.planning import measured, workload
from xharness.tasks import Task

_LANGUAGES = 4
"""Languages of a target that are timed: rows differ in length between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The predictions of one task."""

    phases: tuple[Predict, ...]
    """One for each language that is timed."""
    score: Score | None
    """Of the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one worker times in one go: a training and the predictions made with it."""

    name: str
    train: Train | None
    """On its first stream alone; None for predictions of the encoder as it is."""
    targets: tuple[Target, ...]
    translate: Translation | None = None


def of_plan(phases: Sequence[Phase]) -> tuple[Sample, ...]:
    """Return what to time for a plan, each kind of work once."""
    trainings: dict[str, Train] = {}
    predictions: dict[str, list[Predict]] = {}
    scores: dict[str, Score] = {}
    translations: dict[str, Translation] = {}
    for phase in phases:
        if isinstance(phase, Train):
            for stream in phase.streams:
                if stream.translated is None:
                    alone = replace(stream, share=None, part=None, exponent=None)
                    recipe = replace(phase.recipe, keep=1, steps_at_least=0)
                    trainings.setdefault(
                        measured.of_stream(phase, stream),
                        Train(
                            start=base(phase.start),
                            streams=(alone,),
                            recipe=recipe,
                            seed=phase.seed,
                            precision=phase.precision,
                        ),
                    )
        elif isinstance(phase, Predict):
            predictions.setdefault(measured.sort(phase), []).append(phase)
        elif isinstance(phase, Score):
            scores.setdefault(phase.predictions.task, phase)
        elif isinstance(phase, Translation) and not measured.is_file(phase):
            translations.setdefault(measured.sort(phase), phase)
    targets = {name: _target(of, scores) for name, of in predictions.items()}
    found = []
    for name, train in trainings.items():
        of = tuple(t for t in targets.values() if _head(t.phases[0]) == name)
        found.append(Sample(name=name, train=train, targets=of))
    plain = tuple(t for t in targets.values() if not isinstance(t.phases[0].start, Checkpoint))
    if plain:
        found.append(Sample(name="predict with the encoder", train=None, targets=plain))
    found += [
        Sample(name=name, train=None, targets=(), translate=phase)
        for name, phase in translations.items()
    ]
    return tuple(found)


def base(start: Start) -> Model | Pretrain:
    """Return the encoder that a chain of trainings began with."""
    while isinstance(start, Checkpoint):
        start = start.train.start
    return start


def training(sample: Train, rows: int) -> Train:
    """Return a training of one pass over so many rows."""
    stream = replace(sample.streams[0], limit=rows)
    recipe = replace(sample.recipe, epochs=1.0, steps=None)
    return replace(sample, streams=(stream,), recipe=recipe)


def prediction(sample: Predict, trained: Train | None, rows: int) -> Predict:
    """Return a prediction of so many rows, with a training's network or the encoder as it is."""
    start = base(sample.start) if trained is None else Checkpoint(train=trained)
    return replace(sample, start=start, limit=rows)


def score(sample: Score, predictions: Predict) -> Score:
    """Return the score of a prediction."""
    tuned_on = None if sample.tuned_on is None else predictions
    return replace(sample, predictions=predictions, tuned_on=tuned_on)


def translation(sample: Translation, rows: int, number: int) -> Translation:
    """Return a translation of so many rows; another number draws others."""
    return replace(
        sample,
        limit=rows,
        part=(0, 1),
        sample_seed=sample.sample_seed + number,
        references=None,
    )


def most_rows(phase: Phase, tasks: Mapping[str, Task]) -> int:
    """Return how many rows the plan's own phase works on, a training in one pass."""
    if isinstance(phase, Train):
        stream = phase.streams[0]
        return int(workload.rows_there(tasks[stream.task], stream.limit, stream.split))
    return int(workload.rows_of(phase, tasks))


def _target(phases: Sequence[Predict], scores: Mapping[str, Score]) -> Target:
    """Return which of a task's predictions to time: of some languages, evenly spread."""
    fewest = [p for p in phases if not isinstance(p.start, Checkpoint)]
    of = {p.language: p for p in (fewest or phases) if p.split == phases[0].split}
    names = list(of)
    number = min(_LANGUAGES, len(names))
    spread = dict.fromkeys(names[i * (len(names) - 1) // max(number - 1, 1)] for i in range(number))
    return Target(phases=tuple(of[n] for n in spread), score=scores.get(phases[0].task))


def _head(phase: Predict) -> str:
    """Return which speed the training has whose network predicts; "" for no training."""
    if not isinstance(phase.start, Checkpoint):
        return ""
    return measured.sort(phase.start.train)
