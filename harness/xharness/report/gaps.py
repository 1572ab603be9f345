"""Differences between groups of languages, below the table of the groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from xharness.planning.contrasts import TargetEntry
from xharness.report.caveats import row_name
from xharness.report.table import Block, heading, note, stacked
from xharness.report.wording import bracketed, count, signed

if TYPE_CHECKING:
    from xharness.analysis.caveats import Caveats
    from xharness.analysis.gaps import Estimate, Gap, Gaps


def gaps(
    of_target: Gaps, *, what: str, width: int, caveats: Caveats | None = None
) -> Sequence[RenderableType]:
    """Return one target's tables of group differences and transfer gaps, or why there are none.

    Args:
        of_target: Of the target.
        what: What languages are grouped by.
        width: Columns of text there are.
        caveats: Which rows are marked.
    """
    parts: list[RenderableType] = []
    for rows, title in ((of_target.groups, f"by {what}"), (of_target.transfer, "transfer gap")):
        if rows:
            one, other = rows[0].one, rows[0].other
            parts += [heading(f"{of_target.target}, {title}: {one} minus {other}"), Text()]
            parts += _table(rows, width, caveats)
            parts += [note(line) for line in _notes(rows)] + [Text()]
    return [*parts, *(note(f"{reason}.") for reason in of_target.reasons)]


def _table(rows: Sequence[Gap], width: int, caveats: Caveats | None) -> Sequence[RenderableType]:
    """Return one table: strategies as rows."""
    names = [row_name(TargetEntry.of(r), caveats) for r in rows]
    columns = {
        "score": [_cell(r.apart, r.apart.reason) for r in rows],
        "gain": ["-" if r.gained is None else _cell(r.gained, r.gained.reason) for r in rows],
    }
    if any(_estimated(r.at_large) for r in rows):
        large = ["-" if r.at_large is None else _large(r.at_large) for r in rows]
        columns["gain, at large"] = large
    blocks = [Block(heading=Text(n), cells=[Text(c) for c in cs]) for n, cs in columns.items()]
    return stacked(Block(heading=Text("strategy"), cells=names), blocks, width=width)


def _estimated(estimate: Estimate | None) -> bool:
    """Return whether there is an interval."""
    return estimate is not None and estimate.low is not None


def _cell(estimate: Estimate, reason: str) -> str:
    """Return points and, below them, their interval."""
    if estimate.low is None or estimate.high is None:
        return f"{signed(estimate.value)}\n{reason}"
    return f"{signed(estimate.value)}\n{bracketed(estimate.low, estimate.high)}"


def _large(estimate: Estimate) -> str:
    """Return the interval alone: the points are those of the column before."""
    if estimate.low is None or estimate.high is None:
        return f"not estimable\n{estimate.reason}"
    return f"\n{bracketed(estimate.low, estimate.high)}"


def _notes(rows: Sequence[Gap]) -> list[str]:
    """Return how to read a table."""
    first = rows[0]
    one, other = first.one, first.other
    opponents = dict.fromkeys(r.against for r in rows if r.against is not None)
    sizes = " and ".join(count(n, "language") for n in first.languages)
    lines = [f"Score: mean in {one} minus mean in {other} ({sizes}), in points."]
    if opponents:
        lines.append(
            f"Gain: points ahead of {', '.join(opponents)} in {one} minus those in {other}."
        )
    if any(r.apart.low is not None for r in rows):
        lines.append("In brackets: 95 % interval, not corrected; seeds and items vary.")
    large = [r.at_large for r in rows if r.at_large is not None]
    if any(map(_estimated, large)):
        lines.append(
            "At large: for languages like these, so language families vary too; each group needs "
            "4 families."
        )
    elif large:
        reasons = ", ".join(dict.fromkeys(estimate.reason for estimate in large))
        lines.append(f"Gain, at large (for languages like these): not estimable, {reasons}.")
    return lines
