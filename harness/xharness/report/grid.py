"""The summary as a grid of plain cells, to be written as Markdown or LaTeX."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.report.averages import Average, averages
from xharness.report.leaderboard import DAGGER, best, one_signature
from xharness.report.leakage import MARK, leak_lines
from xharness.report.winmap import opponent
from xharness.report.wording import MINUS, bracketed, count, names_of, percent, signed

if TYPE_CHECKING:
    from xharness.analysis.leakage import Leaks
    from xharness.analysis.results import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell: lines below each other, the first one perhaps bold."""

    lines: tuple[str, ...]
    bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table without any mark-up; names may hold any character."""

    title: str
    subtitle: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    """As many cells as `head`; the first of each is its name."""
    notes: tuple[str, ...]


def grid(
    summaries: Sequence[Summary],
    *,
    title: str,
    subtitle: str,
    leaks: Leaks,
    without_leakage: bool = False,
) -> Grid:
    """Return the summary: strategies as rows, targets as columns, the average last.

    Args:
        summaries: At most one per strategy, arm and target.
        title: Names suite and model.
        subtitle: Recipe, limits, seeds.
        leaks: The cells of same-data supervision, which are marked.
        without_leakage: Leave these cells out of averages.

    Raises:
        DataError: If one target's scores have different signatures.
    """
    targets = list(dict.fromkeys(s.target for s in summaries))
    cells = {(s.strategy, s.intermediates, s.target): s for s in summaries}
    means = averages(summaries, leaks.cells if without_leakage else ())
    top = best(summaries)
    several = len(targets) > 1
    rows = tuple(
        (
            Cell(lines=names_of(*row)),
            *(_cell(cells.get((*row, t)), (*row, t), top, leaks.cells) for t in targets),
            *([_average(means[row])] if several else []),
        )
        for row in dict.fromkeys((s.strategy, s.intermediates) for s in summaries)
    )
    return Grid(
        title=title,
        subtitle=subtitle,
        head=("strategy", *targets, *(["average"] if several else [])),
        rows=rows,
        notes=tuple(_notes(summaries, targets, leaks, without_leakage=without_leakage)),
    )


def _cell(
    summary: Summary | None,
    place: tuple[str, str, str],
    top: Collection[tuple[str, str, str]],
    same: Collection[tuple[str, str, str]],
) -> Cell:
    """Return a mean, and below it the difference and its interval."""
    if summary is None or summary.mean is None:
        return Cell(lines=("-",))
    lines = [f"{percent(summary.mean)}{MARK if place in same else ''}"]
    if summary.delta is not None:
        lines.append(signed(summary.delta))
    if summary.low is not None and summary.high is not None:
        held = DAGGER if summary.significant else ""
        lines.append(f"{bracketed(summary.low, summary.high)}{held}")
    return Cell(lines=tuple(lines), bold=place in top)


def _average(average: Average) -> Cell:
    """Return a row's mean over targets, and below it the difference."""
    lines = ["-" if average.mean is None else percent(average.mean)]
    return Cell(lines=(*lines, *([] if average.delta is None else [signed(average.delta)])))


def _notes(
    summaries: Sequence[Summary], targets: Sequence[str], leaks: Leaks, *, without_leakage: bool
) -> list[str]:
    """Return how to read the table: what the numbers are, and what each column rests on."""
    lines = [
        "Percent: mean over all languages and seeds; best of each target in bold.",
        f"Below: points ahead of {opponent(summaries)} (+) or behind ({MINUS}).",
    ]
    if any(s.significant is not None for s in summaries):
        lines.append(f"{DAGGER}: holds at 5 %, all contrasts of the plan taken together (Holm).")
    if any(s.low is not None for s in summaries):
        lines.append("In brackets: 95 % interval; seeds and items vary, languages are fixed.")
    if any(s.xtreme and s.xtreme.mean != s.mean for s in summaries):
        lines.append("Average: of (EM + F1) / 2 where the target is question answering.")
    lines += leak_lines(leaks)
    if without_leakage and leaks.cells:
        lines.append(f"Averages leave {MARK} out.")
    for target in targets:
        mine = [s for s in summaries if s.target == target]
        most = max(mine, key=lambda s: s.n)
        lines.append(
            f"{target}: {one_signature(target, (s.signature for s in mine))}, "
            f"{count(most.languages, 'language')}, {count(most.n, 'example')} in all, "
            f"{count(most.seeds, 'seed')}"
        )
    return lines
