"""The leaderboard: strategies as rows, targets as columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from math import isclose
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from xharness.errors import DataError
from xharness.report.averages import Average, averages
from xharness.report.leakage import MARK, leak_lines
from xharness.report.table import Block, heading, name_lines, note, safe, stacked
from xharness.report.wording import bracketed, count, names_of, percent, signed

if TYPE_CHECKING:
    # Lists are printed without results, and start sooner without what results need.
    from xharness.analysis.leakage import Leaks
    from xharness.analysis.results import Summary

DAGGER = "\N{DAGGER}"
"""After a difference that holds with all contrasts of the plan taken together."""

Place = tuple[str, str, str]
"""Strategy, arm and target."""


def leaderboard(
    summaries: Sequence[Summary],
    *,
    title: str,
    subtitle: str = "",
    width: int,
    failed: Collection[Place] = (),
    harm: Sequence[str] = (),
    leaks: Leaks | None = None,
    without_leakage: bool = False,
) -> RenderableType:
    """Return the leaderboard with notes below on how to read it.

    Strategies, arms and targets stand in the order in which they first appear.

    Args:
        summaries: At most one per strategy, arm and target.
        title: Names suite and model.
        subtitle: Stands below the title, such as "fictional languages, not XTREME".
        width: Columns of text there are; targets that do not fit stand in a table below.
        failed: The cells without a mean that lack it because a phase failed.
        harm: What is suspicious about the numbers, one line each.
        leaks: The cells of same-data supervision, which are marked.
        without_leakage: Leave these cells out of averages.

    Raises:
        DataError: If one target's scores have different signatures.
    """
    if not summaries:
        return Group(*_headings(title, subtitle), Text("no results yet"))
    rows = list(dict.fromkeys((s.strategy, s.intermediates) for s in summaries))
    targets = list(dict.fromkeys(s.target for s in summaries))
    cells = {(s.strategy, s.intermediates, s.target): s for s in summaries}
    same = leaks.cells if leaks else {}
    top = best(summaries)
    columns = [
        Block(
            heading=name_lines(target),
            cells=[
                _marked(
                    _cell(cells.get((*row, target)), (*row, target) in failed),
                    bold=(*row, target) in top,
                    same_data=(*row, target) in same,
                )
                for row in rows
            ],
        )
        for target in targets
    ]
    if len(targets) > 1:
        means = averages(summaries, same if without_leakage else ())
        columns.append(Block(heading=Text("average"), cells=[_average(means[row]) for row in rows]))
    names = [name_lines(*names_of(*row)) for row in rows]
    first = Block(heading=Text("strategy"), cells=names)
    tables = stacked(first, columns, width=width, spaced=True)
    notes = [
        *_how_to_read(summaries),
        *_gaps(summaries, failed),
        *_ranks(summaries),
        *(leak_lines(leaks) if leaks else ()),
        *(_left_out(same) if without_leakage else ()),
        *(_about(target, summaries) for target in targets),
        *harm,
    ]
    return Group(*_headings(title, subtitle), *tables, *(note(n) for n in notes))


def _headings(title: str, subtitle: str) -> list[Text]:
    """Return what stands above the table."""
    lines = [heading(title)]
    if subtitle:
        lines.append(Text(safe(subtitle), style="italic", overflow="fold"))
    return [*lines, Text()]


def one_signature(where: str, signatures: Iterable[str]) -> str:
    """Return the signature that all scores of a column have.

    Args:
        where: What the scores are of.
        signatures: One per score, at least one.

    Raises:
        DataError: If they differ.
    """
    found = sorted(set(signatures))
    if len(found) > 1:
        raise DataError(
            f"{where}: scores with different signatures, {' and '.join(found)}, do not compare; "
            "score all of them again with one metric"
        )
    return found[0]


def _cell(summary: Summary | None, failed: bool) -> Text:
    """Return both means, and below them the difference to what the row is compared with."""
    if summary is None or summary.mean is None:
        return Text("failed" if failed else "-")
    text = Text(f"{percent(summary.mean)}{_beside(summary.mean_non_english)}")
    if summary.delta is not None:
        text.append(f"\n{signed(summary.delta)}")
    if summary.low is not None and summary.high is not None:
        style = "green" if summary.low > 0 else "red" if summary.high < 0 else ""
        text.append(f" {bracketed(summary.low, summary.high)}", style=style)
    if summary.significant:
        text.append(DAGGER)
    xtreme = summary.xtreme
    if xtreme is not None and differs(summary):
        text.append(f"\nXTREME {percent(xtreme.mean)}{_beside(xtreme.mean_non_english)}")
    return text


def differs(summary: Summary) -> bool:
    """Return whether XTREME averages something else than the score: (EM + F1) / 2."""
    if summary.xtreme is None or summary.mean is None:
        return False
    # The same numbers are added in another order.
    return not isclose(summary.xtreme.mean, summary.mean)


def best(summaries: Iterable[Summary]) -> set[Place]:
    """Return the cell with the highest mean of each target, and its equals as tables show them.

    A target with one mean only has no best.
    """
    means: dict[str, dict[Place, str]] = {}
    for s in summaries:
        if s.mean is not None:
            place = (s.strategy, s.intermediates, s.target)
            means.setdefault(s.target, {})[place] = percent(s.mean)
    return {
        place
        for found in means.values()
        for place, shown in found.items()
        if len(found) > 1 and shown == max(found.values(), key=float)
    }


def _marked(cell: Text, *, bold: bool, same_data: bool) -> Text:
    """Return a cell with its first number bold, and with the mark before it."""
    if bold:
        cell.stylize("bold", 0, cell.plain.index(" |") if " |" in cell.plain else None)
    return Text.assemble(f"{MARK} ", cell) if same_data else cell


def _average(average: Average) -> Text:
    """Return a row's means over targets and the difference; a dash where there is none."""
    if average.mean is None:
        text = Text("-")
    else:
        text = Text(f"{percent(average.mean)}{_beside(average.mean_non_english)}")
    return text if average.delta is None else text.append(f"\n{signed(average.delta)}")


def _left_out(same: Collection[Place]) -> list[str]:
    """Return how averages read that leave same-data supervision out."""
    if not same:
        return []
    return [
        f"Averages leave {MARK} out: such a row has no mean, only points ahead of none elsewhere."
    ]


def _beside(mean: float | None) -> str:
    """Return the second mean as it stands beside the first."""
    return f" | {'-' if mean is None else percent(mean)}"


def _how_to_read(summaries: Sequence[Summary]) -> list[str]:
    """Return what the numbers are, one sentence a line."""
    lines = ["Percent: mean over all languages | mean without the source language."]
    if any(differs(s) for s in summaries):
        lines.append("XTREME: the same means of (EM + F1) / 2, which the average is taken over.")
    differences = [s for s in summaries if s.delta is not None]
    if differences:
        other = differences[0].against or "none"
        below = f"Below: points ahead of {other} (+) or behind (\N{MINUS SIGN}), over all languages"
        if all(s.seeds == 1 for s in differences):
            lines.append(f"{below}; one seed: no interval.")
        elif all(s.low is None for s in differences):
            lines.append(f"{below}; an interval is not estimable.")
        else:
            lines.append(f"{below}, [95 % interval: seeds and items vary, languages are fixed].")
    return lines + _tests(differences)


def _tests(differences: Sequence[Summary]) -> list[str]:
    """Return what the dagger means, who wins, and how small a difference would be found."""
    tested = [s for s in differences if s.p_holm is not None]
    if not tested:
        return []
    targets = dict.fromkeys(s.target for s in tested)
    least = [_least(target, [s for s in tested if s.target == target]) for target in targets]
    lines = [
        f"{DAGGER}: holds at 5 % with all contrasts that the plan declares taken together (Holm).",
        f"Smallest true difference that is found 4 times in 5, in points: {'; '.join(least)}.",
    ]
    if len(targets) > 1:
        lines.append(f"Wins, ties and losses by {DAGGER}: {'; '.join(_records(tested))}.")
    return lines


def _least(target: str, tested: Sequence[Summary]) -> str:
    """Return "xnli 2.1 to 2.4 (1.0 needs 11 to 14 seeds)"."""
    found = [s.detectable for s in tested if s.detectable is not None]
    seeds = [s.seeds_needed for s in tested if s.seeds_needed is not None]
    needs = "more items, or over 100 seeds"
    if len(seeds) == len(tested):
        needs = f"{_span(f'{min(seeds)}', f'{max(seeds)}')} seeds"
    return f"{target} {_span(percent(min(found)), percent(max(found)))} (1.0 needs {needs})"


def _records(tested: Sequence[Summary]) -> list[str]:
    """Return "english mnli 2, 1, 0" for each row."""
    from xharness import stats

    lines = []
    for row in dict.fromkeys((s.strategy, s.intermediates) for s in tested):
        mine = [s for s in tested if (s.strategy, s.intermediates) == row]
        found = stats.record([s.delta or 0.0 for s in mine], [s.p_holm for s in mine])
        lines.append(f"{' '.join(names_of(*row))} {found.wins}, {found.ties}, {found.losses}")
    return lines


def _ranks(summaries: Sequence[Summary]) -> list[str]:
    """Return each row's rank with its interval, a line a target of more than two rows."""
    lines = []
    for target in dict.fromkeys(s.target for s in summaries):
        shown = [
            f"{' '.join(names_of(s.strategy, s.intermediates))} {s.rank}"
            f" ({_span(str(s.rank_low), str(s.rank_high))})"
            for s in summaries
            if s.target == target and s.rank is not None
        ]
        if len(shown) > 2:
            lines.append(f"Ranks on {target} (and those left open at 95 %): {', '.join(shown)}.")
    return lines


def _span(low: str, high: str) -> str:
    """Return "2.1", or "2.1 to 3.4" where cells differ."""
    return low if low == high else f"{low} to {high}"


def _gaps(summaries: Sequence[Summary], failed: Collection[Place]) -> list[str]:
    """Return why cells have no mean or no interval, one line each."""
    lines = []
    if failed:
        lines.append("failed: a phase that the cell needs failed; the same command tries again.")
    for s in summaries:
        where = f"{' '.join(names_of(s.strategy, s.intermediates))}, {s.target}"
        if s.missing and s.n:
            lines.append(f"{where}: no mean, {count(s.missing, 'score')} missing.")
        elif s.delta is not None and s.low is None and s.seeds > 1:
            lines.append(f"{where}: interval not estimable.")
    return lines


def _about(target: str, summaries: Iterable[Summary]) -> str:
    """Return what a target's column rests on: signature, languages, n and seeds."""
    signature = one_signature(target, (s.signature for s in summaries if s.target == target))
    scored = [s for s in summaries if s.target == target and s.mean is not None]
    if not scored:
        return f"{target}: {signature}, no scores"
    languages = _range([s.languages for s in scored], "language")
    examples = _range([s.n for s in scored], "example")
    return f"{target}: {signature}, {languages}, {examples} in all, " + _range(
        [s.seeds for s in scored], "seed"
    )


def _range(values: Sequence[int], noun: str) -> str:
    """Return "3 seeds", or "1 to 3 seeds" where cells differ."""
    low, high = min(values), max(values)
    return count(high, noun) if low == high else f"{low:,} to {count(high, noun)}"
