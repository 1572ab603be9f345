"""What work costs on one machine, as a calibration measured it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from xharness.keys import Key, key
from xharness.phases import Phase, Predict, Score, Stream, Texts, Train, Translate, translator
from xharness.planning import workload
from xharness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What phases of one kind take: a fixed part, and one for every row."""

    fixed: float
    """Seconds of a phase whatever its rows: loading, writing, hashing."""
    per_row: float = 0.0
    """Seconds of a row."""
    first: float = 0.0
    """Further seconds of a row in a process that has not read and tokenized it before."""
    tokens: float = 0.0
    """Tokens of a row; 0 where they are not counted."""
    fixed_bytes: float = 0.0
    """Bytes on disk of a phase whatever its rows."""
    row_bytes: float = 0.0
    """Bytes on disk of a row."""

    @property
    def tokens_per_second(self) -> float:
        """How many tokens a second are worked through; 0 where it is not known."""
        return self.tokens / self.per_row if self.per_row else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a calibration found for one encoder, on one machine with one number of workers."""

    speeds: Mapping[str, Speed]
    """By `sort`."""
    workers: int
    """How many ran at once."""
    opening: float
    """Seconds until a new worker process can begin its first phase."""
    network: float
    """Seconds to open a trained network for its first prediction."""
    worker_bytes: int
    """Largest resident memory of a worker so far; 0 where the system does not tell."""
    caller_bytes: int
    """The same of the process that the user started."""
    when: str
    """The day, as 2026-11-27."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """All that decides whether a calibration still holds."""

    host: str
    model: str
    """Digest of the encoder, or its name where a plugin makes it."""
    precision: str
    device: str
    workers: int
    threads: int
    versions: tuple[str, ...]
    """"torch 2.13.0" and so on."""

    @property
    def name(self) -> str:
        """Under which the store keeps the calibration."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:16]


def sort(phase: Phase) -> str:
    """Return which speed a phase has; a training on several streams has that of its first."""
    if isinstance(phase, Train):
        return of_stream(phase, phase.streams[0])
    if isinstance(phase, Predict):
        return f"predict {phase.task}, windows of {phase.max_length}"
    if isinstance(phase, Score):
        return f"score {phase.predictions.task}"
    if isinstance(phase, Translate):
        return f"translate {phase.task} by {translator(phase)}"
    return f"pretrain {phase.model}"


def of_stream(training: Train, stream: Stream) -> str:
    """Return which speed the rows of a stream have in a training."""
    return f"train {stream.task}, windows of {stream.max_length} in batches of " + str(
        training.recipe.batch
    )


def text(calibration: Calibration) -> str:
    """Return a calibration as JSON."""
    return json.dumps(asdict(calibration), indent=1, sort_keys=True) + "\n"


def read(content: str) -> Calibration:
    """Return a calibration that was kept as JSON."""
    fields = json.loads(content)
    speeds = {name: Speed(**speed) for name, speed in fields.pop("speeds").items()}
    return Calibration(speeds=speeds, **fields)


def seconds(
    phases: Sequence[Phase], tasks: Mapping[str, Task], calibration: Calibration | None
) -> dict[Key, float]:
    """Return the seconds of phases that a calibration tells of, in the order they will run.

    The first prediction with a network opens it, and the first of a language's rows reads and
    tokenizes them, once in every worker.
    """
    if calibration is None:
        return {}
    found: dict[Key, float] = {}
    opened: set[Key] = set()
    read: Counter[tuple[object, ...]] = Counter()
    for phase in phases:
        speed = calibration.speeds.get(sort(phase))
        if speed is None:
            continue
        rows = workload.rows_of(phase, tasks)
        took = speed.fixed + rows * speed.per_row
        if isinstance(phase, Train):
            took = speed.fixed + _training_seconds(phase, tasks, calibration)
        if isinstance(phase, Predict):
            took += 0.0 if key(phase.start) in opened else calibration.network
            opened.add(key(phase.start))
            name = (phase.task, phase.language, phase.split, phase.limit)
            took += rows * speed.first if read[name] < calibration.workers else 0.0
            read[name] += 1
        found[key(phase)] = took
    return found


def _training_seconds(phase: Train, tasks: Mapping[str, Task], calibration: Calibration) -> float:
    """Return the seconds of a training's updates; an unmeasured stream goes by its tokens."""
    known = calibration.speeds
    own = known[sort(phase)]
    own_task = tasks[phase.streams[0].task]
    usual = workload.tokens_of_row(own_task, phase.streams[0].max_length)
    seconds = 0.0
    for stream, rows in workload.trained_rows(phase, tasks):
        speed = known.get(of_stream(phase, stream))
        tokens = workload.tokens_of_row(tasks[stream.task], stream.max_length)
        seconds += rows * (speed.per_row if speed else own.per_row * tokens / usual)
    return seconds


def is_file(phase: Translate) -> bool:
    """Return whether translations are read from a file, which takes hardly any time."""
    return isinstance(phase.translator, Texts)


def line(few: tuple[float, float], many: tuple[float, float]) -> tuple[float, float]:
    """Return what is fixed and what each row adds, from two pairs of rows and an amount.

    The larger pair is met exactly. Neither part is below 0: where the pairs say so, they are noise,
    and all counts as of the rows.
    """
    (rows, small), (more, large) = few, many
    if more == rows:
        return large, 0.0
    slope = (large - small) / (more - rows)
    if slope <= 0 or rows * slope > small:
        return 0.0, large / more
    return large - more * slope, slope
