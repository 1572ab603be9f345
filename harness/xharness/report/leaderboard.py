"""The leaderboard as a terminal shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from xharness.report.best_arm import best_arms
from xharness.report.grid import Cell, Grid, Style
from xharness.report.table import Block, heading, name_lines, note, safe, stacked

if TYPE_CHECKING:
    from xharness.analysis.best_arm import BestArm
    from xharness.analysis.caveats import Caveats

_STYLES: dict[Style, str] = {"": "", "bold": "bold", "ahead": "green", "behind": "red"}


def leaderboard(
    grid: Grid, *, width: int, best: Sequence[BestArm] = (), caveats: Caveats | None = None
) -> RenderableType:
    """Return a leaderboard with its notes below, and the best arms of strategies with several.

    Args:
        grid: The leaderboard.
        width: Columns of text there are; targets that do not fit stand in a table below.
        best: The arms that were chosen on development rows.
        caveats: Which rows are marked.
    """
    above = [heading(grid.title)]
    if grid.subtitle:
        above.append(Text(safe(grid.subtitle), style="italic", overflow="fold"))
    if not grid.rows:
        return Group(*above, Text(), Text("no results yet"))
    first, *others = (
        Block(heading=name_lines(name), cells=[_text(row[i]) for row in grid.rows])
        for i, name in enumerate(grid.head)
    )
    tables = stacked(first, others, width=width, spaced=True)
    below = [best_arms(best, width=width, caveats=caveats)] if best else []
    return Group(*above, Text(), *tables, *map(note, grid.notes), *below)


def _text(cell: Cell) -> Text:
    """Return a cell's lines below each other."""
    lines = (
        Text.assemble(*((safe(piece.text), _STYLES[piece.style]) for piece in line))
        for line in cell.lines
    )
    return Text("\n").join(lines)
