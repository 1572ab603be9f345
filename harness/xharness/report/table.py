"""Tables as wide as the terminal: names wrap, numbers do not, and further columns go below."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

_GAP = 2
"""Blanks between columns."""
_NARROWEST = 12
"""Smallest width of a column of names; below it, names and headings would be hard to read."""
_PROSE = 18
"""Smallest width of a column of sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    number: bool = False
    """Right-aligned and never wrapped."""
    prose: bool = False
    """Sentences, which may be narrow; other columns hold names, which wrap between words only."""
    room: int = 0
    """Shown only where there is room, 1 before 2 and so on; 0 is always shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A column for `stacked`; heading and cells may have several lines."""

    heading: Text
    cells: Sequence[Text]


def safe(name: object) -> str:
    """Return a name on one line, with control characters shown as a question mark."""
    return "".join(c if _harmless(c) else "\N{REPLACEMENT CHARACTER}" for c in str(name))


def _harmless(character: str) -> bool:
    """Return whether a character is safe to print; joiners and wide spaces are: words have them."""
    return (
        character.isprintable()
        or unicodedata.category(character) == "Zs"
        or character in "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
    )


def name_lines(*names: str) -> Text:
    """Return names below each other."""
    return Text("\n".join(safe(n) for n in names))


def table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[object]],
    *,
    title: str | None = None,
    notes: Sequence[str] = (),
) -> RenderableType:
    """Return a table of plain values that fits where it is printed; nothing is read as markup.

    Columns for which there is no room are named below the table.

    Args:
        columns: One per cell of a row.
        rows: Cells; None is a dash, integers get thousands separators, floats one decimal.
            A `Text` is printed as it is, anything else as `str` says it.
        title: Stands above the table.
        notes: Stand below it, one a line.
    """
    cells = [[_text(row[i]) for row in rows] for i in range(len(columns))]
    fitted = _Fitted(columns=tuple(columns), cells=cells)
    above = [] if title is None else [heading(title), Text()]
    below = [Text(), *map(note, notes)] if notes else []
    return Group(*above, fitted, *below)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    """A table whose columns are chosen and measured when it is printed."""

    columns: Sequence[Column]
    cells: Sequence[Sequence[Text]]
    """By column."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table, and what was left out."""
        widths = _widths(self.columns, self.cells, options.max_width)
        grid = _frame()
        for i, width in widths.items():
            column = self.columns[i]
            grid.add_column(
                Text(safe(column.name)),
                justify="right" if column.number else "left",
                width=width,
                overflow="fold",
            )
        for row in zip(*(self.cells[i] for i in widths), strict=True):
            grid.add_row(*row)
        yield grid
        left_out = [safe(c.name) for i, c in enumerate(self.columns) if i not in widths]
        if left_out:
            yield Text()
            yield note(f"No room for {', '.join(left_out)}; a wider terminal or --json shows it.")


def _widths(
    columns: Sequence[Column], cells: Sequence[Sequence[Text]], width: int
) -> dict[int, int]:
    """Return the columns that fit side by side, in order, each with its width."""
    heads = [Text(safe(c.name)) for c in columns]
    least = [_least(c, h, texts) for c, h, texts in zip(columns, heads, cells, strict=True)]
    wide = [_width([h, *texts]) for h, texts in zip(heads, cells, strict=True)]
    chosen = [i for i, c in enumerate(columns) if not c.room]
    for i in sorted((i for i, c in enumerate(columns) if c.room), key=lambda i: columns[i].room):
        if sum(least[j] + _GAP for j in (*chosen, i)) - _GAP <= width:
            chosen.append(i)
    widths = {i: least[i] for i in sorted(chosen)}
    left = width - sum(widths.values()) - _GAP * (len(widths) - 1)
    for words in (
        [i for i in widths if columns[i].prose],
        [i for i in widths if not columns[i].number],
    ):
        while left < 0 and words and max(widths[i] for i in words) > _NARROWEST:
            widths[max(words, key=widths.__getitem__)] -= 1
            left += 1
    by_need = sorted(widths, key=lambda i: wide[i] - least[i])
    for place, i in enumerate(by_need):
        more = max(0, min(wide[i] - widths[i], left // (len(by_need) - place)))
        widths[i] += more
        left -= more
    return widths


def _least(column: Column, head: Text, cells: Sequence[Text]) -> int:
    """Return the smallest width at which no number and no word of a column is broken."""
    if column.number:
        return max(_width(cells), _longest_word([head]))
    word, widest = _longest_word([head, *cells]), _width([head, *cells])
    if column.prose:
        return min(max(word, _PROSE), widest, max(_PROSE, _longest_word([head])))
    return max(word, min(widest, _NARROWEST))


def heading(title: str) -> Text:
    """Return a title as it stands above a table."""
    return Text(safe(title), style="bold", overflow="fold")


def titled(title: str, lines: Sequence[str]) -> RenderableType:
    """Return lines below a title."""
    return Group(heading(title), Text(), *(Text(safe(x), overflow="fold") for x in lines))


def note(text: str) -> Text:
    """Return a line as it stands below a table."""
    return Text(safe(text), style="dim", overflow="fold")


def stacked(
    first: Block, others: Sequence[Block], *, width: int, spaced: bool = False, dense: bool = False
) -> Sequence[RenderableType]:
    """Return one table, or several below each other when the columns do not fit side by side.

    Every table is followed by an empty line.

    Args:
        first: The names of the rows, repeated in every table; they wrap.
        others: Columns of numbers; their lines never wrap, their headings do.
        width: Columns of text there are.
        spaced: Whether rows are set apart, for cells of several lines.
        dense: Whether columns may stand closer to fit side by side; where they still do not, the
            tables are of equal width.
    """
    widths = [
        min(_width_of_numbers(b.heading, b.cells), max(width // 2, _width(b.cells))) for b in others
    ]
    labels = [first.heading, *first.cells]
    # A name is broken only if the widest column would not fit beside it otherwise.
    room = width - _GAP - max(widths, default=0)
    third = max(width // 3, _NARROWEST)
    names = min(_width(labels), max(third, min(_longest_word(labels), room)))
    groups, gap = _packed(widths, width - names), _GAP
    if dense and len(groups) > 1:
        closer = _packed(widths, width - names, 1)
        gap = 1 if len(closer) == 1 else _GAP
        groups = closer if gap == 1 else _evenly(widths, width - names)
    tables = (
        _side_by_side(first, names, [(others[i], widths[i]) for i in g], _frame(spaced, gap))
        for g in groups
    )
    return [part for parts in tables for part in (parts, Text())]


def _packed(widths: Sequence[int], room: int, gap: int = _GAP) -> list[list[int]]:
    """Return the columns of each table, as many as there is room for beside the names."""
    groups: list[list[int]] = []
    left = 0
    for i, width in enumerate(widths):
        if not groups or gap + width > left:
            groups.append([])
            left = room
        groups[-1].append(i)
        left -= gap + width
    return groups


def _evenly(widths: Sequence[int], room: int) -> list[list[int]]:
    """Return as few tables as `_packed` does, none much wider than another."""
    groups = _packed(widths, room)
    for less in range(room - 1, max(widths), -1):
        if len(narrower := _packed(widths, less)) > len(groups):
            break
        groups = narrower
    return groups


def _side_by_side(
    first: Block, width: int, others: Sequence[tuple[Block, int]], grid: Table
) -> Table:
    """Return one table with exactly these widths, made from an empty one."""
    grid.add_column(first.heading, width=width, overflow="fold")
    for block, w in others:
        grid.add_column(block.heading, width=w, justify="right", overflow="fold")
    for i, name in enumerate(first.cells):
        grid.add_row(name, *(block.cells[i] for block, _ in others))
    return grid


def _frame(spaced: bool = False, gap: int = _GAP) -> Table:
    """Return an empty table with so many blanks between columns; the box gives one of them."""
    return Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        padding=(0, gap - 1, 0, 0),
        leading=int(spaced),
    )


def _width_of_numbers(head: Text, cells: Sequence[Text]) -> int:
    """Return a width at which no cell is wrapped and no word broken; a heading may be wrapped."""
    return max(_width(cells), min(_width([head]), max(_NARROWEST, _longest_word([head]))))


def _width(cells: Sequence[Text]) -> int:
    """Return the width of the widest line."""
    return max((line.cell_len for cell in cells for line in cell.split("\n")), default=0)


def _longest_word(cells: Sequence[Text]) -> int:
    """Return the width of the longest word."""
    return max((cell_len(word) for cell in cells for word in cell.plain.split()), default=0)


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
