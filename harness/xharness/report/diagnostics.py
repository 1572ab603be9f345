"""Diagnostics as a few lines of warnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xharness.execution.diagnostics import KINDS, SEEDS
from xharness.report.wording import count

if TYPE_CHECKING:
    # Lists are printed without diagnostics, and start sooner without what these need.
    from xharness.analysis.diagnostics import PlanDiagnostic
    from xharness.execution.diagnostics import Diagnostic
    from xharness.planning.contrasts import Entry
    from xharness.planning.plan import Plan

MOST = 8
"""Largest number of warnings below a leaderboard."""
ALL = "xharness leaderboard --diagnostics"
"""The command that prints every warning."""

_SCORES = {"pieces", "baseline"}
"""Kinds of diagnostics whose numbers are not percentages."""


def diagnostic_line(note: Diagnostic) -> str:
    """Return one line: 'warning: xnli sw: predictions collapsed to "neutral" (97 %)'."""
    where = _where(note.task, [note.language] if note.language else [])
    return f"warning: {where}: {_worded(note.kind, note.text, [note.value])}"


def _worded(kind: str, text: str, values: Sequence[float]) -> str:
    """Return what is wrong, with its numbers."""
    numbers = _range(kind, values)
    return f"has {numbers} of the published rows" if kind == "short" else f"{text} ({numbers})"


def diagnostic_lines(
    diagnostics: Sequence[PlanDiagnostic], plan: Plan, most: int | None = MOST
) -> list[str]:
    """Return a line for each suspicious thing, the gravest first; equal ones share a line.

    Args:
        diagnostics: All diagnostics of the plan.
        plan: What was compared. A warning about all rows or languages does not list them.
        most: Largest number of lines, and one more that counts the others; None for all lines.
    """
    everywhere = tuple(dict.fromkeys(a.on_target.entry for a in plan.answers))
    languages = {t.name: t.languages for t in plan.targets}
    lines = []
    for (kind, text, rows), tasks in _grouped(diagnostics, everywhere).items():
        if kind == SEEDS:
            lines.append(f"warning: {text}")
            continue
        where = "; ".join(
            _where(task, _all(list(by_language), languages.get(task, ())))
            for task, by_language in tasks.items()
        )
        values = [v for by_language in tasks.values() for vs in by_language.values() for v in vs]
        cells = ", ".join(" ".join(row.names) for row in rows)
        lines.append(
            f"warning: {where}: {_worded(kind, text, values)}"
            + ("" if rows == everywhere else f"; {cells}")
        )
    if most is None or len(lines) <= most:
        return lines
    more = f"warning: {count(len(lines) - most, 'more line')}; all of it: {ALL}"
    return [*lines[:most], more]


def _all(named: Sequence[str], languages: Sequence[str]) -> list[str]:
    """Return languages, or "all 15 languages"; none of a training."""
    codes = [language for language in named if language]
    whole = len(codes) > 2 and set(codes) >= set(languages)
    return [f"all {len(codes)} languages"] if whole else codes


Group = tuple[str, str, tuple["Entry", ...]]
"""Kind, text and rows of equal notes."""


def _grouped(
    diagnostics: Sequence[PlanDiagnostic], everywhere: Sequence[Entry]
) -> dict[Group, dict[str, dict[str, list[float]]]]:
    """Return the numbers of equal notes, task by task and language by language."""
    rows: dict[tuple[str, str, str, str], set[Entry]] = defaultdict(set)
    numbers: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    for one in sorted(diagnostics, key=lambda d: KINDS.index(d.diagnostic.kind)):
        note = one.diagnostic
        same = (note.kind, note.text, note.task, note.language)
        rows[same] |= set(one.rows)
        numbers[same].append(note.value)
    grouped: dict[Group, dict[str, dict[str, list[float]]]] = defaultdict(dict)
    for same, concerned in rows.items():
        kind, text, task, language = same
        ordered = tuple(row for row in everywhere if row in concerned)
        # A training has a line of its own: its notes concern all languages, or none.
        place = grouped[kind, text, ordered].setdefault(task if language else f" {task}", {})
        place[language] = numbers[same]
    return grouped


def _where(task: str, languages: Sequence[str]) -> str:
    """Return "xnli sw, th", or "training on mnli" without a language."""
    return f"{task} {', '.join(languages)}" if languages else f"training on {task.strip()}"


def _range(kind: str, values: Sequence[float]) -> str:
    """Return "97 %", or "96 to 100 %" where numbers differ."""
    unit = "" if kind in _SCORES else " %"
    low, high = (_written(v, whole=bool(unit)) for v in (min(values), max(values)))
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"


def _written(value: float, *, whole: bool) -> str:
    """Return a number with one decimal, or none where it says enough; never 100 for less."""
    if 99 < value < 100:
        return f"{int(value * 10) / 10:.1f}"
    return f"{value:.0f}" if whole and value >= 10 else f"{value:.1f}"
