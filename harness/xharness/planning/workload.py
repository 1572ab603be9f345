"""How many rows a phase works on, and how long they usually are, before any is read."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from xharness.phases import Phase, Pretrain, Score, Stream, Train, Translate
from xharness.tasks import Kind, Task

_ROWS = 1000
"""Rows of a split, where neither a limit nor the source says how many there are."""
_SENTENCE = 40
"""Tokens of a usual sentence pair; passages fill `max_length`."""
_CHOICES = 4
"""Choices of a usual question. Each is read with the whole question, so tokens multiply."""


def trained_rows(phase: Train, tasks: Mapping[str, Task]) -> list[tuple[Stream, float]]:
    """Return the streams of a training, and how many rows of each it trains on in all."""
    recipe, free = phase.recipe, [s for s in phase.streams if s.share is None]
    part = sum(s.share for s in phase.streams if s.share is not None)
    there = [
        rows_there(tasks[s.task], s.limit, "train") / (s.part[1] if s.part else 1) for s in free
    ]
    in_all = {"examples": sum(there) / max(1 - part, 1e-9), "updates": sum(there)}
    read = in_all.get(phase.budget, fmean(there)) * (recipe.epochs or 1.0)
    read = max(read, recipe.steps_at_least * recipe.batch)
    if recipe.steps is not None:
        read = recipe.steps * recipe.batch
    of_free = iter(read * (1 - part) * n / sum(there) for n in there)
    return [(s, next(of_free) if s.share is None else read * s.share) for s in phase.streams]


def rows_of(phase: Phase, tasks: Mapping[str, Task]) -> float:
    """Return how many rows a phase works on, as far as its task tells; 0 for none."""
    if isinstance(phase, Train):
        return sum(rows for _, rows in trained_rows(phase, tasks))
    if isinstance(phase, Score):
        return rows_of(phase.predictions, tasks)
    if isinstance(phase, Pretrain):
        return 0.0
    rows = rows_there(tasks[phase.task], phase.limit, phase.split)
    return rows / phase.part[1] if isinstance(phase, Translate) else rows


def rows_there(task: Task, limit: int | None, split: str) -> float:
    """Return the published number of rows in one language, or a usual number."""
    published = sum(
        count for source in task.sources for name, count in source.expected.items() if name == split
    )
    there = published or _ROWS
    return min(limit, there) if limit else there


def tokens_of_row(task: Task, max_length: int) -> float:
    """Return the tokens of a usual row."""
    if task.kind is Kind.MASKED_LM:
        return max_length
    if task.kind is Kind.SPAN_QA:
        return 0.7 * max_length
    texts = _CHOICES if task.kind is Kind.MULTIPLE_CHOICE else 1
    return texts * min(_SENTENCE, max_length)
