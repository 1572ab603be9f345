"""What a plan reads: rows, models and translators; whoever needs to know takes it from here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from xharness.keys import key
from xharness.phases import (
    Model,
    Phase,
    Predict,
    Pretrain,
    Seq2SeqModel,
    Train,
    Translate,
    translator,
)
from xharness.planning.plan import PlannedTranslation
from xharness.tasks import Kind, Task, find_task


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRead:
    """One language of one split of a task."""

    task: str
    version: int
    language: str
    split: str
    data: str
    """Digest of the rows' source."""


def rows_read(phases: Iterable[Phase], tasks: Mapping[str, Task]) -> tuple[RowsRead, ...]:
    """Return the rows that phases read from data sets, each once, in the order of the phases.

    These are rows to train on, text among them, rows to translate and the pairs that a translator
    is measured on, and rows to predict, those that a threshold is tuned on among them.

    Args:
        phases: Of a plan.
        tasks: Every loaded task.

    Raises:
        PluginError: If the task of reference pairs is not loaded.
    """
    return tuple(dict.fromkeys(rows for phase in phases for rows in _rows(phase, tasks)))


def _rows(phase: Phase, tasks: Mapping[str, Task]) -> Iterator[RowsRead]:
    """Yield the rows that one phase reads."""
    if isinstance(phase, Train):
        for s in (s for s in phase.streams if s.translated is None):
            for language in s.languages:
                yield _one(s.task, s.version, language, s.split, s.data)
    elif isinstance(phase, Translate):
        yield _one(phase.task, phase.version, phase.language, phase.split, phase.data)
        if (pairs := phase.references) is not None:
            yield _one(pairs.task, pairs.version, phase.into, pairs.split, pairs.data_into)
            # A pair of sentences has both languages in one row; other items have a row in each.
            if find_task(tasks, pairs.task, pairs.version).kind is not Kind.RETRIEVAL:
                yield _one(pairs.task, pairs.version, phase.language, pairs.split, pairs.data)
    elif isinstance(phase, Predict):
        yield _one(phase.task, phase.version, phase.language, phase.split, phase.data)


def _one(task: str, version: int, language: str, split: str, data: str) -> RowsRead:
    """Return one language of one split."""
    return RowsRead(task=task, version=version, language=language, split=split, data=data)


def tasks_read(phases: Iterable[Phase]) -> tuple[str, ...]:
    """Return the names of the tasks whose rows phases read: first those that are tested."""
    tested: dict[str, None] = {}
    others: dict[str, None] = {}
    for phase in phases:
        if isinstance(phase, Train):
            others.update((s.task, None) for s in phase.streams)
        elif isinstance(phase, Translate):
            others[phase.task] = None
            if phase.references is not None:
                others[phase.references.task] = None
        elif isinstance(phase, Predict):
            (tested if phase.split == "test" else others)[phase.task] = None
    return tuple(tested | others)


def models_read(phases: Iterable[Phase]) -> tuple[Model | Pretrain, ...]:
    """Return the models that trainings, predictions and translations start from, each once."""
    starts: dict[Model | Pretrain, None] = {}
    for phase in phases:
        start: object = None
        if isinstance(phase, (Train, Predict)):
            start = phase.start
        elif isinstance(phase, Translate) and isinstance(phase.translator, Seq2SeqModel):
            start = phase.translator.start
        if isinstance(start, (Model, Pretrain)):
            starts[start] = None
    return tuple(starts)


def translations(phases: Iterable[Phase]) -> tuple[PlannedTranslation, ...]:
    """Return the translations among phases, each with its translator."""
    return tuple(
        PlannedTranslation(key=key(p), translator=translator(p))
        for p in phases
        if isinstance(p, Translate)
    )
