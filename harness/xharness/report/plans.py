"""A plan as a table: every phase once, what the store has, and what the rest would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType

from xharness.keys import Key, key
from xharness.phases import Phase, Predict, Score
from xharness.planning import cost
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


def listed(
    plan: Plan, store: Store, tasks: Mapping[str, Task], model: ResolvedModel
) -> tuple[Listed, ...]:
    """Return every phase of a plan once, parents first."""
    expected = cost.estimator(plan.phases, tasks, store, cost.relative(model.width, model.depth))
    weights = cost.weight_bytes(model.start, model.width, model.depth)
    rows = []
    names, there = described(plan.phases), set(store.keys())
    for phase in plan.phases:
        name = key(phase)
        stored = name in there and store.find(name) is not None
        took = expected(phase)
        rows.append(
            Listed(
                key=name,
                kind=type(phase).__name__.lower(),
                phase=names[name],
                stored=stored,
                seconds=0.0 if stored else round(took.seconds, 1) if took.measured else None,
                bytes=0 if stored else cost.disk(phase, weights),
            )
        )
    return tuple(rows)


def document(plan: Plan, rows: Sequence[Listed]) -> dict[str, Any]:
    """Return what `plan --json` prints."""
    return {
        "schema": 1,
        "suite": plan.suite,
        "model": plan.model,
        "asked": plan.asked,
        "planned": len(rows),
        "stored": sum(r.stored for r in rows),
        "seconds": _seconds(rows),
        "bytes": sum(r.bytes for r in rows),
        **other_sources(plan),
        "phases": [{name: getattr(r, name) for name in Listed.__slots__} for r in rows],
    }


def shown(plan: Plan, rows: Sequence[Listed]) -> RenderableType:
    """Return a plan as a table; predictions and scores of one model and task share a line."""
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
            f"{sum(not r.stored for r in rows):,}, {sum(r.bytes for r in rows) / 1e6:,.0f} MB, "
            f"{_duration(rows)}."
        ),
        *source_lines(plan),
    ]
    title = f"plan of {plan.suite}: {plan.model}, recipe {plan.recipe}"
    return table(columns, body, title=title, notes=lines)


def _seconds(rows: Sequence[Listed]) -> float | None:
    """Return the expected seconds of some phases; None if those of any phase are unknown."""
    known = [r.seconds for r in rows if r.seconds is not None]
    return round(sum(known), 1) if len(known) == len(rows) else None


def _duration(rows: Sequence[Listed]) -> str:
    """Return how long some phases will take, in words."""
    seconds = _seconds(rows)
    if seconds is None:
        return "time unknown until a phase of each kind has run here"
    return f"about {duration(seconds)}, as phases like them took here"


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
