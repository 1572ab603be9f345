"""Tables that fit: names wrap, numbers do not, and columns that do not fit go below."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

_GAP = 2
"""Blanks between columns."""
_NARROWEST = 12
"""Columns of text that a wrapped name or heading is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    number: bool = False
    """Right-aligned and never wrapped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A column for `stacked`; heading and cells may have several lines."""

    heading: Text
    cells: Sequence[Text]


def safe(name: object) -> str:
    """Return a name on one line, with control characters shown as a question mark."""
    return "".join(c if _harmless(c) else "\N{REPLACEMENT CHARACTER}" for c in str(name))


def _harmless(character: str) -> bool:
    """Return whether a character only prints: joiners and wide spaces are part of real text."""
    return (
        character.isprintable()
        or unicodedata.category(character) == "Zs"
        or character in "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
    )


def name_lines(*names: str) -> Text:
    """Return names below each other."""
    return Text("\n".join(safe(n) for n in names))


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[object]], *, title: str | None = None
) -> RenderableType:
    """Return a table of plain values; nothing in it is read as markup.

    Args:
        columns: One per cell of a row.
        rows: Cells; None is a dash, integers get thousands separators, floats one decimal.
            A `Text` is printed as it is, anything else as `str` says it.
        title: Stands above the table.
    """
    made = _frame()
    cells = [[_text(cell) for cell in row] for row in rows]
    for i, column in enumerate(columns):
        head = Text(safe(column.name))
        made.add_column(
            head,
            justify="right" if column.number else "left",
            width=_width_of_numbers(head, [row[i] for row in cells]) if column.number else None,
            overflow="fold",
        )
    for row in cells:
        made.add_row(*row)
    return made if title is None else Group(heading(title), Text(), made)


def heading(title: str) -> Text:
    """Return a title as it stands above a table."""
    return Text(safe(title), style="bold", overflow="fold")


def note(text: str) -> Text:
    """Return a line as it stands below a table."""
    return Text(safe(text), style="dim", overflow="fold")


def stacked(
    first: Block, others: Sequence[Block], *, width: int, spaced: bool = False
) -> Sequence[RenderableType]:
    """Return one table, or several below each other when the columns do not fit side by side.

    Every table is followed by an empty line.

    Args:
        first: The names of the rows, repeated in every table; they wrap.
        others: Columns of numbers; their lines never wrap, their headings do.
        width: Columns of text there are.
        spaced: Whether rows are set apart, for cells of several lines.
    """
    widths = [_width_of_numbers(b.heading, b.cells) for b in others]
    names = min(_width([first.heading, *first.cells]), max(width // 3, _NARROWEST))
    groups: list[list[int]] = []
    used = width
    for i, w in enumerate(widths):
        if used + _GAP + w > width:
            groups.append([])
            used = names
        groups[-1].append(i)
        used += _GAP + w
    tables = (
        _side_by_side(first, names, [(others[i], widths[i]) for i in g], spaced) for g in groups
    )
    return [part for made in tables for part in (made, Text())]


def _side_by_side(
    first: Block, width: int, others: Sequence[tuple[Block, int]], spaced: bool
) -> Table:
    """Return one table with exactly these widths."""
    made = _frame(spaced=spaced)
    made.add_column(first.heading, width=width, overflow="fold")
    for block, w in others:
        made.add_column(block.heading, width=w, justify="right", overflow="fold")
    for i, name in enumerate(first.cells):
        made.add_row(name, *(block.cells[i] for block, _ in others))
    return made


def _frame(*, spaced: bool = False) -> Table:
    """Return an empty table with `_GAP` blanks between columns, one of which is the box's."""
    return Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        padding=(0, _GAP - 1, 0, 0),
        leading=int(spaced),
    )


def _width_of_numbers(head: Text, cells: Sequence[Text]) -> int:
    """Return the width at which no cell wraps, though a long heading may."""
    return max(_width(cells), min(_width([head]), _NARROWEST))


def _width(cells: Sequence[Text]) -> int:
    """Return the width of the widest line."""
    return max((line.cell_len for cell in cells for line in cell.split("\n")), default=0)


def _text(cell: object) -> Text:
    """Return one plain value as it is printed."""
    if isinstance(cell, Text):
        return cell
    if cell is None:
        return Text("-")
    if isinstance(cell, float):
        return Text(f"{cell:,.1f}")
    if isinstance(cell, int) and not isinstance(cell, bool):
        return Text(f"{cell:,}")
    return Text(safe(cell))
