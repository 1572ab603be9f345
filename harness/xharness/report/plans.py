"""A plan as a table: every phase once, what the store has, and what the rest would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType

from xharness.keys import Key, key
from xharness.phases import Phase, Predict, Score
from xharness.planning import cost
from xharness.planning.cost import Resources
from xharness.planning.measured import Calibration
from xharness.planning.plan import Plan
from xharness.planning.resolve import ResolvedModel
from xharness.report.document import other_sources
from xharness.report.outcome import source_lines
from xharness.report.table import Column, table
from xharness.report.wording import count, duration
from xharness.store.phase_diff import described
from xharness.store.store import Store
from xharness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One phase of a plan, as lists show it."""

    key: Key
    kind: str
    phase: str
    stored: bool
    seconds: float | None
    """Expected; 0 when it is stored, None when no phase like it was ever timed in this store."""
    bytes: int
    """Expected; 0 when it is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Every phase of a plan once, parents first, and what those take that are left."""

    rows: tuple[Listed, ...]
    left: Resources


def listed(
    plan: Plan,
    store: Store,
    tasks: Mapping[str, Task],
    model: ResolvedModel,
    workers: int = 1,
    calibration: Calibration | None = None,
) -> Listing:
    """Return the phases of a plan.

    Args:
        plan: With its phases.
        store: Where it would run.
        tasks: Every loaded task, by name.
        model: The encoder.
        workers: How many phases would run at once.
        calibration: Of this encoder on this machine; None if there was none.
    """
    size = cost.relative(model.width, model.depth)
    expected = cost.estimator(plan.phases, tasks, store, size, calibration)
    weights = cost.weight_bytes(model.start, model.width, model.depth)

    def on_disk(phase: Phase) -> int:
        return cost.disk(phase, weights, tasks, calibration)

    rows, lacking = [], []
    names, there = described(plan.phases), set(store.keys())
    for phase in plan.phases:
        name = key(phase)
        stored = name in there and store.find(name) is not None
        took = expected(phase)
        if not stored:
            lacking.append(phase)
        rows.append(
            Listed(
                key=name,
                kind=type(phase).__name__.lower(),
                phase=names[name],
                stored=stored,
                seconds=0.0 if stored else round(took.seconds, 1) if took.measured else None,
                bytes=0 if stored else on_disk(phase),
            )
        )
    return Listing(
        rows=tuple(rows), left=cost.left(lacking, expected, on_disk, workers, calibration)
    )


def document(plan: Plan, listing: Listing) -> dict[str, Any]:
    """Return what `plan --json` prints."""
    rows, left = listing.rows, listing.left
    return {
        "schema": 1,
        "suite": plan.suite,
        "model": plan.model,
        "asked": plan.asked,
        "planned": len(rows),
        "stored": sum(r.stored for r in rows),
        "seconds": _seconds(rows),
        "wall_seconds": None if left.seconds is None else round(left.seconds, 1),
        "workers": left.workers,
        "memory": left.memory,
        "calibrated": left.calibration.when if left.calibration else None,
        "bytes": left.bytes,
        **other_sources(plan),
        "phases": [{name: getattr(r, name) for name in Listed.__slots__} for r in rows],
    }


def shown(plan: Plan, listing: Listing) -> RenderableType:
    """Return a plan as a table; predictions and scores of one model and task share a line."""
    rows = listing.rows
    grouped: dict[tuple[str, str], list[Listed]] = {}
    for phase, row in zip(plan.phases, rows, strict=True):
        grouped.setdefault(_line(phase, row), []).append(row)
    timed = _seconds(rows) is not None
    body = [
        [kind, name, len(group), sum(r.stored for r in group), *([_time(group)] if timed else [])]
        for (kind, name), group in grouped.items()
    ]
    columns = [
        Column(name="phase"),
        Column(name="what"),
        Column(name="count", number=True),
        Column(name="stored", number=True),
        *([Column(name="about", number=True)] if timed else []),
    ]
    shared = plan.asked - len(rows)
    lines = [
        (
            f"{count(len(rows), 'phase')}; if chains did not share their beginnings, it would be "
            f"{plan.asked:,} ({100 * shared / plan.asked:.0f} % saved)."
        ),
        (
            f"In the store: {sum(r.stored for r in rows):,}. To do: "
            f"{sum(not r.stored for r in rows):,}, {listing.left.bytes / 1e6:,.0f} MB, "
            f"{_duration(listing.left)}."
        ),
        *_origin(listing.left),
        *source_lines(plan),
    ]
    title = f"plan of {plan.suite}: {plan.model}, recipe {plan.recipe}"
    return table(columns, body, title=title, notes=lines)


def _seconds(rows: Sequence[Listed]) -> float | None:
    """Return the expected seconds of some phases; None if those of any phase are unknown."""
    known = [r.seconds for r in rows if r.seconds is not None]
    return round(sum(known), 1) if len(known) == len(rows) else None


def _duration(left: Resources) -> str:
    """Return how long what is left will take, in words, and how much memory."""
    if left.seconds is None:
        return "time unknown until a phase of each kind has run here"
    memory = "" if left.memory is None else f", up to {left.memory / 1e9:,.1f} GB of memory"
    here = "" if left.calibration is not None else ", as phases like them took here"
    return f"about {duration(left.seconds)} with {count(left.workers, 'worker')}{memory}{here}"


def _origin(left: Resources) -> list[str]:
    """Return where the figures come from, in a line; none if nothing is left."""
    if left.calibration is not None and left.seconds is not None:
        speeds = left.calibration.speeds.values()
        known = [s.tokens_per_second for s in speeds if s.tokens_per_second]
        speed = f": {min(known):,.0f} to {max(known):,.0f} trained tokens/s" if known else ""
        return [
            (
                f"Measured on {left.calibration.when} by a calibration{speed}. "
                "Memory of GPUs is not among it."
            )
        ]
    if left.seconds is None:
        return ["xharness plan --calibrate measures here in under a minute."]
    return []


def _line(phase: Phase, row: Listed) -> tuple[str, str]:
    """Return which line of the table a phase belongs to."""
    if isinstance(phase, Predict):
        return row.kind, row.phase.replace(f" {phase.language} ", " ", 1).removeprefix("predict ")
    if isinstance(phase, Score):
        return row.kind, "every prediction"
    return row.kind, row.phase.partition(" ")[2]


def _time(group: Sequence[Listed]) -> str:
    """Return the expected time of some phases."""
    left = _seconds(group)
    return duration(left) if left else "-"
