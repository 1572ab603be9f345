"""The leaderboard as a grid of cells that the terminal, Markdown, LaTeX and HTML are made from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from xharness.report.caveats import mark
from xharness.report.notes import notes
from xharness.report.wording import DAGGER, bracketed, percent, signed

if TYPE_CHECKING:
    # Lists are printed without results, and start sooner without what results need.
    from xharness.analysis.averages import Average
    from xharness.analysis.caveats import Caveats
    from xharness.analysis.results import Summary
    from xharness.planning.contrasts import TargetEntry

Style = Literal["", "bold", "ahead", "behind"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text in one style."""

    text: str
    style: Style = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: lines below each other."""

    lines: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table without any mark-up; names are not escaped yet and may hold any character."""

    title: str
    subtitle: str
    head: tuple[str, ...]
    """Name of every column."""
    rows: tuple[tuple[Cell, ...], ...]
    """As many cells as `head`; the first of each is its name."""
    notes: tuple[str, ...]


def grid(
    summaries: Sequence[Summary],
    *,
    title: str,
    subtitle: str = "",
    failed: Collection[TargetEntry] = (),
    about: Sequence[str] = (),
    caveats: Caveats | None = None,
    without_leakage: bool = False,
) -> Grid:
    """Return the leaderboard, the average over targets last, with notes on how to read it.

    Strategies, arms and targets stand in the order in which they first appear.

    Args:
        summaries: At most one per strategy, arm and target.
        title: Names suite and model.
        subtitle: Stands below the title, such as "fictional languages, not XTREME".
        failed: The cells that lack a mean because a phase failed.
        about: Further notes about the numbers, one line each.
        caveats: The cells to mark.
        without_leakage: Leave same-data supervision out of averages.

    Raises:
        DataError: If one target's scores have different signatures.
    """
    from xharness.analysis.averages import averages

    cells = {s.on_target: s for s in summaries}
    rows = list(dict.fromkeys(place.entry for place in cells))
    targets = list(dict.fromkeys(s.target for s in summaries))
    top = best(summaries)
    means = averages(summaries, caveats.leaks.cells if caveats and without_leakage else ())
    return Grid(
        title=title,
        subtitle=subtitle,
        head=("strategy", *targets, *(["average"] if len(targets) > 1 else [])),
        rows=tuple(
            (
                names(*row.names),
                *(
                    _cell(
                        cells.get(place := row.on(target)),
                        failed=place in failed,
                        bold=place in top,
                        marks=mark(place, caveats),
                    )
                    for target in targets
                ),
                *([_average(means[row])] if len(targets) > 1 else []),
            )
            for row in rows
        ),
        notes=tuple(notes(summaries, failed, caveats, without_leakage=without_leakage))
        + tuple(about),
    )


def names(*lines: str) -> Cell:
    """Return names below each other."""
    return Cell(tuple((Piece(line),) for line in lines))


def best(summaries: Iterable[Summary]) -> set[TargetEntry]:
    """Return the cells with the highest mean of each target, as rounded for the table.

    A target with only one mean has no best.
    """
    means: dict[str, dict[TargetEntry, str]] = {}
    for s in summaries:
        if s.mean is not None:
            means.setdefault(s.target, {})[s.on_target] = percent(s.mean)
    return {
        place
        for shown in means.values()
        for place, mean in shown.items()
        if len(shown) > 1 and mean == max(shown.values(), key=float)
    }


def _cell(summary: Summary | None, *, failed: bool, bold: bool, marks: str) -> Cell:
    """Return one cell: both means, and below them the points ahead of the row's opponent."""
    before = (Piece(f"{marks} "),) if marks else ()
    if summary is None or summary.mean is None:
        return Cell(((*before, Piece("failed" if failed else "-")),))
    mean = Piece(percent(summary.mean), "bold" if bold else "")
    lines = [(*before, mean, Piece(_beside(summary.mean, summary.mean_non_english)))]
    if summary.delta is not None:
        lines.append(_ahead(summary))
    if summary.xtreme is not None and summary.xtreme_differs:
        both = summary.xtreme
        beside = _beside(both.mean, both.mean_non_english)
        lines.append((Piece(f"XTREME {percent(both.mean)}{beside}"),))
    return Cell(tuple(lines))


def _ahead(summary: Summary) -> tuple[Piece, ...]:
    """Return "+2.1 [+0.4, +3.8]†", the interval in the colour of its side of zero."""
    line = [Piece(signed(summary.delta or 0.0))]
    if summary.low is not None and summary.high is not None:
        style: Style = "ahead" if summary.low > 0 else "behind" if summary.high < 0 else ""
        line.append(Piece(f" {bracketed(summary.low, summary.high)}", style))
    return (*line, Piece(DAGGER)) if summary.significant else tuple(line)


def _average(average: Average) -> Cell:
    """Return a row's means over targets and the difference; a dash where there is none."""
    first = "-"
    if average.mean is not None:
        first = f"{percent(average.mean)}{_beside(average.mean, average.mean_non_english)}"
    lines = [first, *([] if average.delta is None else [signed(average.delta)])]
    return names(*lines)


def _beside(mean: float, without_source: float | None) -> str:
    """Return " | " and the mean without the source language, to stand beside the mean.

    It is empty if the two are the same: the target then has no rows in the source language.
    """
    if mean == without_source:
        return ""
    return f" | {'-' if without_source is None else percent(without_source)}"
