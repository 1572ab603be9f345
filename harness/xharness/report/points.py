"""The compact table of a comparison: scores of one row, and how far the others are ahead of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from xharness.report.caveats import mark
from xharness.report.grid import best
from xharness.report.table import Block, name_lines, safe, stacked
from xharness.report.wording import DAGGER, percent, signed

if TYPE_CHECKING:
    from xharness.analysis.averages import Average
    from xharness.analysis.caveats import Caveats
    from xharness.analysis.results import Summary
    from xharness.planning.contrasts import Entry, TargetEntry


def points(
    summaries: Sequence[Summary],
    *,
    width: int,
    failed: Collection[TargetEntry] = (),
    caveats: Caveats | None = None,
    without_leakage: bool = False,
) -> Sequence[RenderableType]:
    """Return the table, or several where its columns do not fit side by side.

    A row that is compared with another one has points, any other row has scores. The average over
    targets stands last.

    Args:
        summaries: At most one per strategy, arm and target.
        width: Columns of text there are.
        failed: The cells that lack a mean because a phase failed.
        caveats: The cells to mark.
        without_leakage: Leave same-data supervision out of averages.
    """
    from xharness.analysis.averages import averages

    cells = {s.on_target: s for s in summaries}
    rows = list(dict.fromkeys(place.entry for place in cells))
    targets = list(dict.fromkeys(s.target for s in summaries))
    table = _Table(cells=cells, best=best(summaries), failed=failed, caveats=caveats)
    columns = [
        _column(name_lines(name), [row.on(target) for row in rows], table)
        for target, name in short(targets).items()
    ]
    if len(targets) > 1:
        means = averages(summaries, caveats.leaks.cells if caveats and without_leakage else ())
        columns.append(Block(heading=Text("mean"), cells=_means(means, rows)))
    first = Block(heading=Text("strategy"), cells=[Text(n) for n in row_names(rows).values()])
    return stacked(first, columns, width=width, dense=True)


def row_names(rows: Sequence[Entry]) -> Mapping[Entry, str]:
    """Return how each row is called; without its arm where all rows have the same or none."""
    several = len({row.names[1:] for row in rows} - {()}) > 1
    return {row: safe(" ".join(row.names if several else row.names[:1])) for row in rows}


def short(targets: Sequence[str]) -> Mapping[str, str]:
    """Return how each target is called: without a beginning up to "_" that several share."""
    beginning, line, _ = targets[0].partition("_") if targets else ("", "", "")
    shared = f"{beginning}{line}"
    others = [name.removeprefix(shared) for name in targets]
    if len(targets) < 2 or not line or not all(others) or any(map(str.__eq__, others, targets)):
        return {name: safe(name) for name in targets}
    return {name: safe(other) for name, other in zip(targets, others, strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The cells of a table, and which of them are marked."""

    cells: Mapping[TargetEntry, Summary]
    best: Collection[TargetEntry]
    failed: Collection[TargetEntry]
    caveats: Caveats | None


def _column(heading: Text, places: Sequence[TargetEntry], table: _Table) -> Block:
    """Return a target's column, filled up so that numbers stand below each other before marks."""
    cells = [
        _cell(
            table.cells.get(place),
            failed=place in table.failed,
            bold=place in table.best,
            marks=mark(place, table.caveats),
        )
        for place in places
    ]
    behind = max(len(marks) for _, marks in cells)
    width = max(heading.cell_len, behind + max(number.cell_len for number, _ in cells))
    return Block(
        heading=heading,
        cells=[
            # To the left, because blanks at the end of what stands to the right are stripped.
            Text.assemble(
                " " * (width - behind - number.cell_len),
                number,
                marks.ljust(behind),
                justify="left",
            )
            for number, marks in cells
        ],
    )


def _cell(summary: Summary | None, *, failed: bool, bold: bool, marks: str) -> tuple[Text, str]:
    """Return a cell's number, and the marks that stand behind it."""
    if summary is None or summary.mean is None:
        return Text("failed" if failed else "-"), marks
    if summary.against is None:
        return Text(percent(summary.mean), style="bold" if bold else ""), marks
    if summary.delta is None:
        return Text("-"), marks
    colour = ("green" if summary.delta > 0 else "red") if summary.significant else ""
    style = " ".join(part for part in ("bold" if bold else "", colour) if part)
    dagger = DAGGER if summary.significant else ""
    return Text(signed(summary.delta), style=style), f"{dagger}{marks}"


def _means(means: Mapping[Entry, Average], rows: Sequence[Entry]) -> list[Text]:
    """Return the averages of the rows: points where a row has them, else percent."""
    shown = {row: percent(m) for row in rows if (m := means[row].mean) is not None}
    most = max(shown.values(), key=float, default="")
    cells = []
    for row in rows:
        average = means[row]
        written = shown.get(row, "-")
        if average.delta is not None:
            written = signed(average.delta)
        bold = len(shown) > 1 and shown.get(row) == most
        cells.append(Text(written, style="bold" if bold else ""))
    return cells
