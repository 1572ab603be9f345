"""Roughly how long a phase will take and how much disk it needs, before it is run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from statistics import fmean

from xharness.canonical import key
from xharness.phases import (
    Model,
    Phase,
    Predict,
    Pretrain,
    Score,
    Start,
    Texts,
    Train,
    Translate,
)
from xharness.store import Store
from xharness.tasks import Kind, Task

SECONDS_PER_MILLION = {"train": 600.0, "predict": 180.0, "translate": 20_000.0}
"""Per million tokens, for an encoder of 22 M parameters on two processor cores (measured, in
benchmarks/README.md); a guess that the first finished phases correct."""
_ROWS = 1000
"""Where neither a limit nor the source says how many rows there are."""
_SENTENCE = 40
"""Tokens of a usual sentence pair; passages fill `max_length`."""
_PASSAGE = 256
"""Tokens of a usual passage that is translated."""
_CHOICES = 4
"""Of a usual question; each is read with all that it answers."""

Cost = Callable[[Phase], float]


def estimator(phases: Iterable[Phase], tasks: Mapping[str, Task], store: Store) -> Cost:
    """Return a function from a phase to its expected seconds.

    What phases of the same task took in this store counts most; without any, it is rows times
    tokens times the speed of a small encoder on two cores.

    Args:
        phases: Those of the plan.
        tasks: Every loaded task, by name.
        store: Its finished phases are looked at.
    """
    taken: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for phase in phases:
        artifact = store.find(key(phase))
        if artifact is not None:
            taken[_like(phase)].append(artifact.json("provenance.json")["seconds"])

    def seconds(phase: Phase) -> float:
        known = taken.get(_like(phase))
        return fmean(known) if known else guess(phase, tasks)

    return seconds


def _like(phase: Phase) -> tuple[str, ...]:
    """Return what phases that take about equally long have in common."""
    if isinstance(phase, Train):
        return ("train", *(s.task for s in phase.streams), str(phase.recipe.epochs))
    if isinstance(phase, Predict):
        return ("predict", phase.task, phase.language)
    if isinstance(phase, Translate):
        return ("translate", phase.task, str(phase.part[1]), str(phase.limit))
    return (type(phase).__name__,)


def guess(phase: Phase, tasks: Mapping[str, Task]) -> float:
    """Return the expected seconds of a phase that nothing like it was ever timed of."""
    if isinstance(phase, Score):
        return 0.05
    if isinstance(phase, Pretrain):
        return 30.0
    if isinstance(phase, Train):
        return _trained(phase, tasks) / 1e6 * SECONDS_PER_MILLION["train"]
    if isinstance(phase, Translate):
        if isinstance(phase.translator, Texts):
            return 1.0
        task = tasks[phase.task]
        tokens = _rows(task, phase.limit, phase.split) * _tokens(task, _PASSAGE) / phase.part[1]
        return tokens / 1e6 * SECONDS_PER_MILLION["translate"]
    task = tasks[phase.task]
    tokens = _rows(task, phase.limit, phase.split) * _tokens(task, phase.max_length)
    return tokens / 1e6 * SECONDS_PER_MILLION["predict"]


def _trained(phase: Train, tasks: Mapping[str, Task]) -> float:
    """Return the tokens that a training reads."""
    length, held = phase.recipe.max_length, phase.budget == "updates"
    free = [s for s in phase.streams if s.share is None]
    part = sum(s.share for s in phase.streams if s.share is not None)
    rows = [_rows(tasks[s.task], s.limit, "train") / (s.part[1] if s.part else 1) for s in free]
    usual = sum(n * _tokens(tasks[s.task], length) for s, n in zip(free, rows, strict=True))
    read = sum(rows[: phase.reference]) if held else sum(rows) / (1 - part)
    of_text, of_others = read * part * length, read * (1 - part) * usual / sum(rows)
    return (of_text + of_others) * (phase.recipe.epochs or 1.0)


def _rows(task: Task, limit: int | None, split: str) -> float:
    """Return how many rows of one language there are, as far as the source says."""
    published = sum(
        count for source in task.sources for name, count in source.expected.items() if name == split
    )
    there = published or _ROWS
    return min(limit, there) if limit else there


def _tokens(task: Task, max_length: int) -> float:
    """Return the tokens of a usual row."""
    if task.kind is Kind.SPAN_QA:
        return 0.7 * max_length
    texts = _CHOICES if task.kind is Kind.MULTIPLE_CHOICE else 1
    return texts * min(_SENTENCE, max_length)


def disk(phase: Phase, weights: int) -> int:
    """Return the bytes a phase's artifact will take, roughly.

    Args:
        phase: Any phase.
        weights: Bytes of the model's weights.
    """
    if isinstance(phase, Train):
        return weights * phase.recipe.keep
    if isinstance(phase, Pretrain):
        return weights
    return 200_000 if isinstance(phase, Predict) else 50_000


def weight_bytes(start: Start, width: int, depth: int) -> int:
    """Return the bytes of a model's weights: of its files, or guessed from its size."""
    if isinstance(start, Model):
        from pathlib import Path

        files = list(Path(start.location).glob("*.safetensors"))
        if files:
            return sum(f.stat().st_size for f in files)
    # 12 width² per block (attention and feed-forward), and a vocabulary of 250,000.
    return 4 * (12 * width * width * depth + (250_000 * width if isinstance(start, Model) else 0))
