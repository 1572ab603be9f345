"""All diagnostics of a comparison, counted and grouped in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from xharness.execution.diagnostics import KINDS, SEEDS
from xharness.report.points import row_names, short
from xharness.report.table import safe
from xharness.report.wording import count

if TYPE_CHECKING:
    from xharness.analysis.diagnostics import PlanDiagnostic
    from xharness.analysis.results import Summary
    from xharness.planning.contrasts import Entry

_T = TypeVar("_T", str, "Entry")

_WHAT = {
    "collapsed": "with one answer",
    "baseline": "at chance",
    "unknown": "with unknown pieces",
    "pieces": "in too many pieces",
    "lost": "with rows lost",
    "cut": "cut short",
    "short": "with rows missing",
}
"""Kind of diagnostic to what a cell with it is."""
_NAMED = 3
"""Largest number of languages, or of tasks, that "mostly" names."""


class _Place(NamedTuple):
    """A row of the leaderboard, a task and a language of it; no language is a training."""

    row: Entry
    task: str
    language: str


def warning_line(diagnostics: Sequence[PlanDiagnostic], summaries: Sequence[Summary]) -> str:
    """Return "12 cells at chance (mostly none on qad, qah); 3 cut short"; nothing without any.

    A cell is one row on one task in one language, whatever the number of its seeds. Collapsed runs
    come first, then what most cells have.

    Args:
        diagnostics: All diagnostics of the plan.
        summaries: Cells of the leaderboard, which name rows and targets.
    """
    places: dict[str, set[_Place]] = {}
    for one in diagnostics:
        note = one.diagnostic
        places.setdefault(note.kind, set()).update(
            _Place(row, note.task, note.language) for row in one.rows
        )
    runs = len(places.pop(SEEDS, ()))
    groups = sorted(places.items(), key=lambda g: (-len(g[1]), KINDS.index(g[0])))
    parts = [count(runs, "collapsed run")] if runs else []
    rows = row_names(list(dict.fromkeys(s.on_target.entry for s in summaries)))
    targets = short(list(dict.fromkeys(s.target for s in summaries)))
    for kind, cells in groups:
        mostly = _mostly(cells, rows, targets) if kind == groups[0][0] else ""
        number = count(len(cells), "cell") if kind == groups[0][0] else f"{len(cells):,}"
        parts.append(f"{number} {_WHAT[kind]}{mostly}")
    return "; ".join(parts)


def _mostly(
    cells: Collection[_Place], rows: Mapping[Entry, str], targets: Mapping[str, str]
) -> str:
    """Return " (mostly none on qad, qah)" if that is true of more than half; else nothing.

    Languages are named rather than tasks, and few of either or none.
    """
    row = _most([c.row for c in cells], half := len(cells) / 2, most=1)
    left = [c for c in cells if not row or c.row in row]
    languages = _most([c.language for c in left if c.language], half)
    tasks = _most([targets.get(c.task, c.task) for c in left], half)
    named = [rows[r] for r in row]
    if where := languages or tasks:
        named.append(f"on {safe(', '.join(where))}")
    return f" (mostly {' '.join(named)})" if named else ""


def _most(values: Sequence[_T], half: float, most: int = _NAMED) -> list[_T]:
    """Return the most frequent values that together are more than `half`; none if too many."""
    chosen: list[_T] = []
    number = 0
    for value, times in sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))[
        :most
    ]:
        chosen.append(value)
        number += times
        if number > half:
            return sorted(chosen)
    return []
