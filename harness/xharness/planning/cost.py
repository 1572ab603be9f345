"""Roughly how long a phase will take and how much disk it needs, before it is run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from xharness.keys import key
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
from xharness.store.store import Store
from xharness.tasks import Kind, Task

SECONDS_PER_MILLION = {"train": 600.0, "predict": 180.0, "translate": 20_000.0}
"""Seconds per million tokens of an encoder of 22 M parameters on two processor cores, measured in
benchmarks/README.md. Used until finished phases in the store give better figures."""
_ROWS = 1000
"""Rows of a split, where neither a limit nor the source says how many there are."""
_SENTENCE = 40
"""Tokens of a usual sentence pair; passages fill `max_length`."""
_PASSAGE = 256
"""Tokens of a usual passage that is translated."""
_HARDLY = 1.0
"""Seconds up to which a guess is good enough: the phase adds nothing to the total."""
_CHOICES = 4
"""Choices of a usual question. Each is read with the whole question, so tokens multiply."""

_REFERENCE = 12 * 384**2
"""Blocks times squared width of the encoder that the seconds per token were measured with."""
_LEAST = 0.1
"""Smallest `relative`: a token has costs, such as its embedding, that do not shrink with the
encoder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How long a phase will take."""

    seconds: float
    measured: bool
    """True if such phases were timed in this store, or take almost no time. Otherwise `seconds` is
    a guess: compare it with other phases of the same `work`, but do not read it as a duration."""


Cost = Callable[[Phase], Expected]


def estimator(
    phases: Iterable[Phase], tasks: Mapping[str, Task], store: Store, size: float = 1.0
) -> Cost:
    """Return a function from a phase to what it is expected to take.

    If the store has finished phases like it, it is their mean duration. If it has only others of
    the same `work`, it is the guess (rows times tokens times a usual speed), corrected by how far
    the guess was off for those. Otherwise it is the guess alone.

    Args:
        phases: Those of the plan.
        tasks: Every loaded task, by name.
        store: Its finished phases are looked at.
        size: Of the encoder; see `relative`.
    """
    taken: dict[tuple[str, ...], list[float]] = defaultdict(list)
    spent: dict[str, list[tuple[float, float]]] = defaultdict(list)
    there = set(store.keys())  # one look at the folder, instead of one for each phase
    stored = [(p, store.find(k) if (k := key(p)) in there else None) for p in phases]
    left = not all(artifact for _, artifact in stored)
    for phase, artifact in stored:
        if artifact is not None and not left:
            artifact.file("provenance.json")  # damage is found even where nothing is expected
        elif artifact is not None:
            seconds = artifact.json("provenance.json")["seconds"]
            taken[_like(phase)].append(seconds)
            spent[work(phase)].append((seconds, guess(phase, tasks)))

    def expected(phase: Phase) -> Expected:
        if known := taken.get(_like(phase)):
            return Expected(seconds=fmean(known), measured=True)
        guessed = guess(phase, tasks)
        if pairs := spent.get(work(phase)):
            factor = sum(s for s, _ in pairs) / max(sum(g for _, g in pairs), 1e-9)
            return Expected(seconds=guessed * factor, measured=True)
        if work(phase) == "encoder":
            return Expected(seconds=guessed * size, measured=False)
        return Expected(seconds=guessed, measured=guessed <= _HARDLY)

    return expected


def relative(width: int, depth: int) -> float:
    """Return the time per token of an encoder of this size, relative to the measured one."""
    return max(depth * width**2 / _REFERENCE, _LEAST)


def work(phase: Phase) -> str:
    """Return what a phase's speed depends on: the encoder, the translator, or its kind."""
    return "encoder" if isinstance(phase, Train | Predict) else type(phase).__name__


def _like(phase: Phase) -> tuple[str, ...]:
    """Return what is equal for phases that take about equally long."""
    if isinstance(phase, Train):
        parts = (f"{s.task} 1/{s.part[1] if s.part else 1} {s.limit}" for s in phase.streams)
        how = "" if phase.tuning is None else phase.tuning.words
        return ("train", *parts, f"{phase.recipe.epochs} {phase.recipe.steps}", how)
    if isinstance(phase, Predict):
        return ("predict", phase.task, phase.language)
    if isinstance(phase, Translate):
        return ("translate", phase.task, str(phase.part[1]), str(phase.limit))
    return (type(phase).__name__,)


def guess(phase: Phase, tasks: Mapping[str, Task]) -> float:
    """Return the expected seconds of a phase of a kind that has never been timed."""
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
    free = [s for s in phase.streams if s.share is None]
    part = sum(s.share for s in phase.streams if s.share is not None)
    rows = [_rows(tasks[s.task], s.limit, "train") / (s.part[1] if s.part else 1) for s in free]
    usual = sum(n * _tokens(tasks[s.task], s.max_length) for s, n in zip(free, rows, strict=True))
    in_all = {"examples": sum(rows) / max(1 - part, 1e-9), "updates": sum(rows)}
    read = in_all.get(phase.budget, fmean(rows))
    length = max((s.max_length for s in phase.streams if s.share is not None), default=0)
    of_text, of_others = read * part * length, read * (1 - part) * usual / sum(rows)
    if phase.recipe.steps is None:
        return (of_text + of_others) * (phase.recipe.epochs or 1.0)
    return (of_text + of_others) * phase.recipe.steps * phase.recipe.batch / read


def _rows(task: Task, limit: int | None, split: str) -> float:
    """Return the published number of rows in one language, or a usual number."""
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
