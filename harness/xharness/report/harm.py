"""What is suspicious about numbers, in a few lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xharness.report.wording import count, names_of

if TYPE_CHECKING:
    # Lists are printed without findings, and start sooner without what findings need.
    from xharness.findings import Finding
    from xharness.harm import Note
    from xharness.plan import Plan

MOST = 8
"""Lines below a leaderboard."""

_SCORES = {"pieces", "baseline"}
"""The kinds of notes whose numbers are no shares."""

Row = tuple[str, str]
"""Strategy and arm."""


def note_line(note: Note) -> str:
    """Return one note: 'harm: xnli sw: predictions collapsed to "neutral" (97 %)'."""
    where = _where(note.task, [note.language] if note.language else [])
    return f"harm: {where}: {note.text} ({_range(note.kind, [note.value])})"


def harm_lines(findings: Sequence[Finding], plan: Plan) -> list[str]:
    """Return what is suspicious, equal notes of several languages and seeds in one line.

    Args:
        findings: All of the plan.
        plan: Knows which rows and languages were compared; what concerns all names none.

    Returns:
        At most `MOST` lines, and one more that counts the others.
    """
    everywhere = tuple(dict.fromkeys((a.strategy, a.intermediates) for a in plan.answers))
    languages = {t.name: t.languages for t in plan.targets}
    lines = []
    for (kind, task, text, rows), values in _grouped(findings, everywhere).items():
        named = [language for language in values if language]
        whole = len(named) > 2 and set(named) >= set(languages.get(task, ()))
        where = _where(task, [f"all {len(named)} languages"] if whole else named)
        numbers = _range(kind, [v for found in values.values() for v in found])
        cells = ", ".join(" ".join(names_of(*row)) for row in rows)
        lines.append(
            f"harm: {where}: {text} ({numbers})" + ("" if rows == everywhere else f"; {cells}")
        )
    rest = len(lines) - MOST
    more = f"harm: {count(rest, 'more line')}; all of it: xharness leaderboard --json"
    return [*lines[:MOST], more] if rest > 0 else lines


Group = tuple[str, str, str, tuple[Row, ...]]
"""Kind, task, text and rows of equal notes."""


def _grouped(
    findings: Sequence[Finding], everywhere: Sequence[Row]
) -> dict[Group, dict[str, list[float]]]:
    """Return the numbers of equal notes, language by language."""
    rows: dict[tuple[str, str, str, str], set[Row]] = defaultdict(set)
    numbers: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    for found in findings:
        note = found.note
        same = (note.kind, note.task, note.text, note.language)
        rows[same] |= set(found.rows)
        numbers[same].append(note.value)
    grouped: dict[Group, dict[str, list[float]]] = defaultdict(dict)
    for (kind, task, text, language), concerned in rows.items():
        ordered = tuple(row for row in everywhere if row in concerned)
        grouped[kind, task, text, ordered][language] = numbers[kind, task, text, language]
    return grouped


def _where(task: str, languages: Sequence[str]) -> str:
    """Return "xnli sw, th", or "training on mnli" without a language."""
    return f"{task} {', '.join(languages)}" if languages else f"training on {task}"


def _range(kind: str, values: Sequence[float]) -> str:
    """Return "97 %", or "96 to 100 %" where numbers differ."""
    unit = "" if kind in _SCORES else " %"
    low, high = (f"{v:.0f}" if v >= 10 and unit else f"{v:.1f}" for v in (min(values), max(values)))
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"
