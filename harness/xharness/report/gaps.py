"""How far groups of languages are apart, below the table of the groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from xharness.planning.contrasts import TargetEntry
from xharness.report.leakage import row_name
from xharness.report.table import Block, heading, note, stacked
from xharness.report.wording import bracketed, count, signed

if TYPE_CHECKING:
    from xharness.analysis.gaps import Estimate, Gap, Gaps
    from xharness.analysis.leakage import Leaks


def gaps(
    found: Gaps, *, what: str, width: int, leaks: Leaks | None = None
) -> Sequence[RenderableType]:
    """Return the tables of one target's groups and of its transfer gap, or why there is none.

    Args:
        found: Of the target.
        what: What languages are grouped by.
        width: Columns of text there are.
        leaks: The cells of same-data supervision, which are marked.
    """
    parts: list[RenderableType] = []
    for rows, title in ((found.groups, f"by {what}"), (found.transfer, "transfer gap")):
        if rows:
            one, other = rows[0].one, rows[0].other
            parts += [heading(f"{found.target}, {title}: {one} minus {other}"), Text()]
            parts += _table(rows, width, leaks)
            parts += [note(line) for line in _notes(rows)] + [Text()]
    return [*parts, *(note(f"{reason}.") for reason in found.reasons)]


def _table(rows: Sequence[Gap], width: int, leaks: Leaks | None) -> Sequence[RenderableType]:
    """Return one table: strategies as rows."""
    same = leaks.cells if leaks else {}
    names = [row_name(TargetEntry.of(r), same) for r in rows]
    columns = {
        "score": [_cell(r.apart, r.apart.reason) for r in rows],
        "gain": ["-" if r.gained is None else _cell(r.gained, r.gained.reason) for r in rows],
    }
    if any(_estimated(r.at_large) for r in rows):
        large = ["-" if r.at_large is None else _large(r.at_large) for r in rows]
        columns["gain, at large"] = large
    blocks = [Block(heading=Text(n), cells=[Text(c) for c in cs]) for n, cs in columns.items()]
    return stacked(Block(heading=Text("strategy"), cells=names), blocks, width=width)


def _estimated(found: Estimate | None) -> bool:
    """Return whether there is an interval."""
    return found is not None and found.low is not None


def _cell(found: Estimate, reason: str) -> str:
    """Return points and, below them, their interval."""
    if found.low is None or found.high is None:
        return f"{signed(found.value)}\n{reason}"
    return f"{signed(found.value)}\n{bracketed(found.low, found.high)}"


def _large(found: Estimate) -> str:
    """Return the interval alone: the points are those of the column before."""
    if found.low is None or found.high is None:
        return f"not estimable\n{found.reason}"
    return f"\n{bracketed(found.low, found.high)}"


def _notes(rows: Sequence[Gap]) -> list[str]:
    """Return how to read a table."""
    first = rows[0]
    one, other = first.one, first.other
    opponents = dict.fromkeys(r.against for r in rows if r.against is not None)
    sizes = " and ".join(count(n, "language") for n in first.languages)
    lines = [f"Score: mean in {one} less mean in {other} ({sizes}), in points."]
    if opponents:
        lines.append(
            f"Gain: points ahead of {', '.join(opponents)} in {one} less those in {other}."
        )
    if any(r.apart.low is not None for r in rows):
        lines.append("In brackets: 95 % interval, not corrected; seeds and items vary.")
    large = [r.at_large for r in rows if r.at_large is not None]
    if any(map(_estimated, large)):
        lines.append(
            "At large: for languages like these, so families vary too; it needs 4 families "
            "in a group."
        )
    elif large:
        reasons = ", ".join(dict.fromkeys(found.reason for found in large))
        lines.append(f"Gain, at large (for languages like these): not estimable, {reasons}.")
    return lines
