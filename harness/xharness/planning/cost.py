"""Roughly how long a phase will take and how much disk it needs, before it is run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from xharness.keys import Key, key
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
    inputs,
)
from xharness.planning import measured, workload
from xharness.planning.measured import Calibration
from xharness.store.store import Store
from xharness.tasks import Task

SECONDS_PER_MILLION = {"train": 600.0, "predict": 180.0, "translate": 20_000.0}
"""Seconds per million tokens of an encoder of 22 M parameters on two processor cores, measured in
benchmarks/README.md. Used until finished phases in the store give better figures."""
_PASSAGE = 256
"""Tokens of a usual passage that is translated."""
_HARDLY = 1.0
"""Seconds up to which a guess is good enough: the phase adds nothing to the total."""
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
    phases: Sequence[Phase],
    tasks: Mapping[str, Task],
    store: Store,
    size: float = 1.0,
    calibration: Calibration | None = None,
) -> Cost:
    """Return a function from a phase to what it is expected to take.

    If the store has finished phases like it, it is their mean duration. Otherwise it is what a
    calibration says. If that has not come to its task, or there was none and the store has others
    of the same `work`, it is the guess (rows times tokens times a usual speed), corrected by how
    far the guess was off for those. Otherwise it is the guess alone.

    Args:
        phases: Those of the plan.
        tasks: Every loaded task, by name.
        store: Its finished phases are looked at.
        size: Of the encoder; see `relative`.
        calibration: Of this encoder on this machine; None if there was none.
    """
    taken: dict[tuple[str, ...], list[float]] = defaultdict(list)
    spent: dict[str, list[tuple[float, float]]] = defaultdict(list)
    there = set(store.keys())  # one look at the folder, instead of one for each phase
    stored = [(p, store.find(k) if (k := key(p)) in there else None) for p in phases]
    left = not all(artifact for _, artifact in stored)
    calibrated = measured.seconds([p for p, a in stored if a is None], tasks, calibration)
    for phase, artifact in stored:
        if artifact is not None and not left:
            artifact.file("provenance.json")  # damage is found even where nothing is expected
        elif artifact is not None:
            seconds = artifact.json("provenance.json")["seconds"]
            taken[_like(phase)].append(seconds)
            spent[work(phase)].append((seconds, guess(phase, tasks)))
        if (found := calibrated.get(key(phase))) is not None:
            spent[_calibrated(phase)].append((found, guess(phase, tasks)))

    def expected(phase: Phase) -> Expected:
        if known := taken.get(_like(phase)):
            return Expected(seconds=fmean(known), measured=True)
        if (seconds := calibrated.get(key(phase))) is not None:
            return Expected(seconds=seconds, measured=True)
        guessed = guess(phase, tasks)
        if pairs := spent.get(_calibrated(phase)) or spent.get(work(phase)):
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


def _calibrated(phase: Phase) -> str:
    """Return under which name the times of a calibration correct guesses."""
    return f"calibrated {type(phase).__name__}"


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
        tokens = (
            workload.rows_there(task, phase.limit, phase.split)
            * workload.tokens_of_row(task, _PASSAGE)
            / phase.part[1]
        )
        return tokens / 1e6 * SECONDS_PER_MILLION["translate"]
    task = tasks[phase.task]
    tokens = workload.rows_there(task, phase.limit, phase.split) * workload.tokens_of_row(
        task, phase.max_length
    )
    return tokens / 1e6 * SECONDS_PER_MILLION["predict"]


def _trained(phase: Train, tasks: Mapping[str, Task]) -> float:
    """Return the tokens that a training reads."""
    return sum(
        rows
        * (
            s.max_length
            if s.share is not None
            else workload.tokens_of_row(tasks[s.task], s.max_length)
        )
        for s, rows in workload.trained_rows(phase, tasks)
    )


def wall(
    phases: Sequence[Phase], cost: Cost, workers: int, calibration: Calibration | None
) -> float:
    """Return the seconds until the last of some phases is done.

    Args:
        phases: Those that are still to run, parents first.
        cost: Of each.
        workers: How many run at once. They share the work; the longest chain of phases, each of
            which waits for the one before, takes its time whatever their number.
        calibration: Tells how long a worker takes to begin; None for no time.
    """
    if not phases:
        return 0.0
    ends: dict[Key, float] = {}
    for phase in phases:
        begins = max((ends.get(key(parent), 0.0) for parent in inputs(phase)), default=0.0)
        ends[key(phase)] = begins + cost(phase).seconds
    total = sum(cost(phase).seconds for phase in phases)
    opening = calibration.opening if calibration else 0.0
    return opening + max(total / workers, *ends.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What all that is left of a plan will take."""

    seconds: float | None
    """Until the last phase is done; None where it would be a mere guess."""
    bytes: int
    """On disk."""
    memory: int | None
    """Largest resident memory of all processes together, in bytes; None if it was not measured."""
    workers: int
    calibration: Calibration | None = None
    """Where it comes from, as far as phases in the store do not tell."""


def left(
    phases: Sequence[Phase],
    cost: Cost,
    disk: Callable[[Phase], int],
    workers: int,
    calibration: Calibration | None = None,
) -> Resources:
    """Return what some phases will take together.

    Args:
        phases: Those that are still to run, parents first.
        cost: Of each.
        disk: Its bytes on disk.
        workers: How many run at once.
        calibration: Of this encoder on this machine; None if there was none.
    """
    known = all(cost(phase).measured for phase in phases)
    memory = None
    if phases and calibration is not None and calibration.worker_bytes:
        memory = calibration.caller_bytes + workers * calibration.worker_bytes
    return Resources(
        seconds=wall(phases, cost, workers, calibration) if known else None,
        bytes=sum(map(disk, phases)),
        memory=memory,
        workers=workers,
        calibration=calibration,
    )


def disk(
    phase: Phase, weights: int, tasks: Mapping[str, Task], calibration: Calibration | None = None
) -> int:
    """Return the bytes a phase's artifact will take, roughly.

    Args:
        phase: Any phase.
        weights: Bytes of the model's weights.
        tasks: Every loaded task, by name.
        calibration: Of this encoder on this machine; None if there was none.
    """
    speed = calibration.speeds.get(measured.sort(phase)) if calibration else None
    if speed is not None:
        kept = phase.recipe.keep if isinstance(phase, Train) else 1
        return round(kept * speed.fixed_bytes + workload.rows_of(phase, tasks) * speed.row_bytes)
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
