"""Two runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from xharness.planning.contrasts import TargetEntry
from xharness.report.table import Column, heading, note, table
from xharness.report.wording import MINUS, count, signed

if TYPE_CHECKING:
    from xharness.analysis.run_diff import RunDifference, ScoreChange

SHOWN = 12
"""Largest number of differences between phases that is printed."""


def differences(
    names: tuple[str, str],
    whole: Sequence[RunDifference],
    phases: Sequence[RunDifference],
    moved: Sequence[ScoreChange],
    equal_keys: int,
) -> RenderableType:
    """Return three tables: differences of the runs, of their phases, and of their scores.

    Args:
        names: Names of the runs, as the user wrote them.
        whole: What differs between the runs as a whole.
        phases: What differs in how paired phases were made, the most frequent first.
        moved: How far scores moved.
        equal_keys: Number of scores that are the same phase in both.
    """
    parts: list[RenderableType] = [heading(f"A: {names[0]}"), heading(f"B: {names[1]}"), Text()]
    columns = [Column(name="what differs"), Column(name="A"), Column(name="B")]
    if whole:
        parts += [table(columns, [(d.what, d.ours, d.theirs) for d in whole]), Text()]
    if phases:
        parts.append(
            table(
                [*columns, Column(name="scores", number=True)],
                [(d.what, d.ours, d.theirs, d.phases) for d in phases[:SHOWN]],
                title="how phases were made",
            )
        )
        parts.append(Text())
    if len(phases) > SHOWN:
        rest = count(len(phases) - SHOWN, "more difference")
        parts += [note(f"{rest}; all of them: --json"), Text()]
    if not whole and not phases:
        parts += [Text("No difference in settings, versions, numerics or phases."), Text()]
    parts += [_numbers(moved), Text(), *map(note, _how_to_read(moved, equal_keys))]
    return Group(*parts)


def _numbers(moved: Sequence[ScoreChange]) -> RenderableType:
    """Return the table of how far scores moved."""
    numbers = ("A", "B", "B - A", "moved most", "equal")
    columns = [Column(name="strategy"), Column(name="target")]
    columns += [Column(name=name, number=True) for name in numbers]
    rows = [
        (
            " ".join(TargetEntry.of(m).entry.names),
            m.target,
            m.before,
            m.after,
            Text("-" if m.mixed else signed(m.after - m.before)),
            Text("-" if m.mixed else f"{m.most[0]} {signed(m.most[1])}"),
            Text(f"{m.equal} of {m.languages}"),
        )
        for m in moved
    ]
    return table(columns, rows, title="how far the numbers moved")


def _how_to_read(moved: Sequence[ScoreChange], same: int) -> list[str]:
    """Return how to read the table of scores."""
    lines = [
        "Percent, mean over seeds and the languages that both have.",
        f"B ahead of A (+) or behind ({MINUS}); no interval.",
        "Equal: languages whose mean is the same number.",
        f"{count(same, 'score')} of A and B are one and the same phase.",
    ]
    for m in moved:
        if m.mixed:
            text = f"{m.target}: {m.signatures[0]} and {m.signatures[1]} do not compare"
            lines += [text] if text not in lines else []
    return lines
