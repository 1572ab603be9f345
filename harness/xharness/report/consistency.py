"""Agreement between languages, as a table per target and as a matrix per row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from xharness.planning.contrasts import TargetEntry
from xharness.report.caveats import caveat_lines, row_name
from xharness.report.table import Block, heading, name_lines, note, stacked
from xharness.report.wording import count, percent

if TYPE_CHECKING:
    from xharness.analysis.caveats import Caveats
    from xharness.analysis.consistency import Consistency, Pair, PlanConsistency


def consistency(
    measured: PlanConsistency, *, title: str, width: int, caveats: Caveats, matrices: bool
) -> RenderableType:
    """Return one table per parallel target: strategies as rows, agreement as columns.

    Args:
        measured: Targets and rows stand in the order in which they first appear.
        title: Names suite and model.
        width: Columns of text there are; what does not fit stands in a table below.
        caveats: Which rows are marked.
        matrices: Also show every pair of languages, one matrix per row.
    """
    parts: list[RenderableType] = []
    for target in dict.fromkeys(row.target for row in measured.rows):
        rows = [row for row in measured.rows if row.target == target]
        parts += [heading(f"{title}, {target}: agreement between languages"), Text()]
        parts += _table(rows, width, caveats)
        for row in rows if matrices else ():
            parts += [heading(" ".join(TargetEntry.of(row).entry.names)), Text()]
            parts += _matrix(row, width)
        parts += [*map(note, [*_how_to_read(rows), *caveat_lines(caveats, target)]), Text()]
    if not parts:
        parts = [heading(f"{title}: agreement between languages"), Text()]
    parts += [note(f"{name}: left out, {why}.") for name, why in measured.left_out.items()]
    return Group(*parts)


def _table(rows: Sequence[Consistency], width: int, caveats: Caveats) -> Sequence[RenderableType]:
    """Return one target's table."""
    names = [row_name(TargetEntry.of(r), caveats) for r in rows]
    columns = {
        "pairs agree": [percent(r.agreement) for r in rows],
        "kappa": [_kappa(r.kappa) for r in rows],
        **({"RankC": [_kappa(r.rank_c) for r in rows]} if _is_ranked(rows) else {}),
        "all agree": ["-" if r.everywhere is None else percent(r.everywhere) for r in rows],
        "least alike": [_least(r) for r in rows],
    }
    blocks = [Block(heading=Text(n), cells=[Text(c) for c in cs]) for n, cs in columns.items()]
    return stacked(Block(heading=Text("strategy"), cells=names), blocks, width=width)


def _matrix(row: Consistency, width: int) -> Sequence[RenderableType]:
    """Return a matrix of languages: agreement above the diagonal, kappa below it."""
    by_languages: dict[tuple[str, str], Pair] = {p.languages: p for p in row.pairs}
    codes = list(dict.fromkeys(code for pair in by_languages for code in pair))
    columns = [
        Block(
            heading=name_lines(right), cells=[Text(_entry(by_languages, a, right)) for a in codes]
        )
        for right in codes
    ]
    return stacked(
        Block(heading=Text(), cells=[name_lines(c) for c in codes]), columns, width=width
    )


def _entry(by_languages: dict[tuple[str, str], Pair], left: str, right: str) -> str:
    """Return one cell of the matrix."""
    if (above := by_languages.get((left, right))) is not None:
        return percent(above.agreement)
    if (below := by_languages.get((right, left))) is not None:
        return _kappa(below.kappa)
    return "" if left == right else "-"


def _is_ranked(rows: Sequence[Consistency]) -> bool:
    """Return whether a target's labels were ranked."""
    return any(row.rank_c is not None for row in rows)


def _least(row: Consistency) -> str:
    """Return the two languages that agree least."""
    least = min(row.pairs, key=lambda p: p.agreement)
    return f"{'-'.join(least.languages)} {percent(least.agreement)}"


def _kappa(value: float | None) -> str:
    """Return "0.61", or a dash where it is not defined."""
    if value is None:
        return "-"
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "\N{MINUS SIGN}")


def _how_to_read(rows: Sequence[Consistency]) -> list[str]:
    """Return what the columns mean, and how many items and seeds there are."""
    labels = rows[0].compared == "labels"
    what = "labels are equal" if labels else "both answers are right or both wrong"
    seeds = count(max(r.seeds for r in rows), "seed")
    lines = [
        f"Agree: percent of items on which {what}; pairs: mean over pairs of languages.",
        "Kappa: Cohen's, agreement beyond chance, mean over pairs; -: all answers are the same.",
        f"{rows[0].target}: {count(rows[0].n, 'item')} in all languages, {seeds}.",
        "A model may agree with itself and be wrong.",
    ]
    if _is_ranked(rows):
        lines.insert(
            2,
            "RankC: how alike labels are ranked by their scores, 0 to 1, the first weighing most "
            "(Qi et al. 2023), mean over pairs; -: stored without rankings.",
        )
    if not labels:
        lines.insert(1, "Right: the answer scores 100.")
    return lines
