"""How to read a leaderboard: the lines below it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from xharness.metrics.metric import one_signature
from xharness.report.caveats import SAME_DATA, caveat_lines
from xharness.report.wording import DAGGER, count, percent

if TYPE_CHECKING:
    # Lists are printed without results, and start sooner without what results need.
    from xharness.analysis.caveats import Caveats
    from xharness.analysis.results import Summary
    from xharness.planning.contrasts import TargetEntry


def notes(
    summaries: Sequence[Summary],
    failed: Collection[TargetEntry],
    caveats: Caveats | None,
    *,
    without_leakage: bool,
) -> Iterator[str]:
    """Yield what the numbers mean, why some are missing, and what each column is based on.

    Args:
        summaries: At most one per strategy, arm and target.
        failed: The cells without a mean that lack it because a phase failed.
        caveats: The cells to mark.
        without_leakage: Whether averages leave out same-data supervision.

    Raises:
        DataError: If one target's scores have different signatures.
    """
    yield from _how_to_read(summaries)
    yield from _gaps(summaries, failed)
    yield from _ranks(summaries)
    yield from caveat_lines(caveats)
    if without_leakage and caveats is not None:
        yield from left_out_lines(caveats.leaks.cells)
    for target in dict.fromkeys(s.target for s in summaries):
        yield _about(target, summaries)


def left_out_lines(same: Collection[TargetEntry]) -> list[str]:
    """Return what averages are without same-data supervision."""
    if not same:
        return []
    line = f"Averages leave out cells with {SAME_DATA}: their rows have no mean"
    return [f"{line}, only points ahead of none on the other targets."]


def _how_to_read(summaries: Sequence[Summary]) -> list[str]:
    """Return what the numbers mean, one sentence a line."""
    lines = ["Percent: mean over all languages | mean without the source language."]
    if any(s.mean is not None and s.mean == s.mean_non_english for s in summaries):
        lines[0] += " One number: there are no test rows in the source language."
    if any(s.xtreme_differs for s in summaries):
        lines.append("XTREME: the same means, but of (EM + F1) / 2; averages are of these.")
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
    """Return what the dagger means, how small a difference would be found, and who wins."""
    tested = [s for s in differences if s.p_holm is not None]
    if not tested:
        return []
    targets = dict.fromkeys(s.target for s in tested)
    least = [_least(target, [s for s in tested if s.target == target]) for target in targets]
    # benchmarks/collapsed_seeds.py: two seeds say little about the variance over seeds.
    power = "with a chance of 80 %" + (
        " (two seeds: 75 %)" if min(s.seeds for s in tested) == 2 else ""
    )
    lines = [
        f"{DAGGER}: significant at 5 %, corrected for all contrasts that the plan declares (Holm).",
        f"Smallest true difference found {power}, uncorrected, in points: {'; '.join(least)}.",
    ]
    if len(targets) > 1:
        lines.append(f"Wins, ties and losses by {DAGGER}: {'; '.join(_records(tested))}.")
    return lines


def _least(target: str, tested: Sequence[Summary]) -> str:
    """Return "xnli 2.1 to 2.4 (1.0 needs 11 to 14 seeds)"."""
    differences = [s.detectable for s in tested if s.detectable is not None]
    seeds = [s.seeds_needed for s in tested if s.seeds_needed is not None]
    needs = "more items, or over 100 seeds"
    if len(seeds) == len(tested):
        needs = f"{_span(f'{min(seeds)}', f'{max(seeds)}')} seeds"
    points = _span(percent(min(differences)), percent(max(differences)))
    return f"{target} {points} (1.0 needs {needs})"


def _records(tested: Sequence[Summary]) -> list[str]:
    """Return "english mnli 2, 1, 0" for each row."""
    from xharness import stats

    lines = []
    for row in dict.fromkeys(s.on_target.entry for s in tested):
        mine = [s for s in tested if s.on_target.entry == row]
        record = stats.record([s.delta or 0.0 for s in mine], [s.p_holm for s in mine])
        lines.append(f"{' '.join(row.names)} {record.wins}, {record.ties}, {record.losses}")
    return lines


def _ranks(summaries: Sequence[Summary]) -> list[str]:
    """Return each row's rank with its interval, one line per target with more than two rows."""
    lines = []
    for target in dict.fromkeys(s.target for s in summaries):
        shown = [
            f"{' '.join(s.on_target.entry.names)} {s.rank}"
            f" ({_span(str(s.rank_low), str(s.rank_high))})"
            for s in summaries
            if s.target == target and s.rank is not None
        ]
        if len(shown) > 2:
            lines.append(f"Ranks on {target}, with 95 % intervals: {', '.join(shown)}.")
    return lines


def _span(low: str, high: str) -> str:
    """Return "2.1", or "2.1 to 3.4" where cells differ."""
    return low if low == high else f"{low} to {high}"


def _gaps(summaries: Sequence[Summary], failed: Collection[TargetEntry]) -> list[str]:
    """Return why cells have no mean or no interval, one line each."""
    lines = []
    if failed:
        lines.append("failed: a phase that the cell needs failed; the same command tries again.")
    for s in summaries:
        where = f"{' '.join(s.on_target.entry.names)}, {s.target}"
        if s.missing and s.n:
            lines.append(f"{where}: no mean, {count(s.missing, 'score')} missing.")
        elif s.delta is not None and s.low is None and s.seeds > 1:
            lines.append(f"{where}: interval not estimable.")
    return lines


def _about(target: str, summaries: Iterable[Summary]) -> str:
    """Return what a target's column is based on: signature, languages, examples and seeds."""
    signature = one_signature(target, (s.signature for s in summaries if s.target == target))
    scored = [s for s in summaries if s.target == target and s.mean is not None]
    whose = next((f"@{s.rows}" for s in summaries if s.target == target and s.rows), "")
    named = f"{target}{whose}"
    if not scored:
        return f"{named}: {signature}, no scores"
    languages = _range([s.languages for s in scored], "language")
    examples = _range([s.n for s in scored], "example")
    return f"{named}: {signature}, {languages}, {examples} in all, " + _range(
        [s.seeds for s in scored], "seed"
    )


def _range(values: Sequence[int], noun: str) -> str:
    """Return "3 seeds", or "1 to 3 seeds" where cells differ."""
    low, high = min(values), max(values)
    return count(high, noun) if low == high else f"{low:,} to {count(high, noun)}"
