"""Means over targets, the last column of a leaderboard."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from xharness.analysis.results import Summary
from xharness.planning.contrasts import Entry, TargetEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """The unweighted mean of one row over its targets; see `Result.averaged` for what is averaged.

    Means over different targets cannot be compared, so a row lacks one if a target was left out.
    """

    mean: float | None = None
    """Percent; None where a score is missing or a target was left out."""
    mean_non_english: float | None = None
    """The same without the source language; None also where a target has no other language."""
    delta: float | None = None
    """Points ahead of `none` on the same targets, without those that were left out."""
    targets: int
    """Number of targets averaged; 0 if there is no average."""


def averages(
    summaries: Sequence[Summary], without: Collection[TargetEntry] = ()
) -> Mapping[Entry, Average]:
    """Return the average of every row over all targets.

    Args:
        summaries: At most one per strategy, arm and target.
        without: Cells to leave out of the averages.
    """
    cells = {s.on_target: s for s in summaries}
    targets = list(dict.fromkeys(s.target for s in summaries))
    means = {}
    for row in dict.fromkeys(place.entry for place in cells):
        kept = [t for t in targets if row.on(t) not in without]
        scored = [s for t in kept if (s := cells.get(row.on(t))) and s.mean is not None]
        whole = bool(kept) and len(scored) == len(kept)
        means[row] = _average(scored, everywhere=kept == targets) if whole else Average(targets=0)
    return means


def _average(scored: Sequence[Summary], *, everywhere: bool) -> Average:
    """Return the average of one row's cells, all of which have a mean.

    Args:
        scored: The cells.
        everywhere: Whether they are all of the row's targets.
    """
    parts = [s.xtreme or s for s in scored]
    means = [p.mean for p in parts if p.mean is not None]
    others = [p.mean_non_english for p in parts if p.mean_non_english is not None]
    deltas = [p.delta for p in parts if p.delta is not None]
    return Average(
        mean=fmean(means) if everywhere else None,
        mean_non_english=fmean(others) if everywhere and len(others) == len(parts) else None,
        delta=fmean(deltas) if len(deltas) == len(parts) else None,
        targets=len(parts),
    )
