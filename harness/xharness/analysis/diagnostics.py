"""What is suspicious about the numbers of a comparison, read from the phases behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING

from xharness.analysis import significance
from xharness.analysis.results import Result, whole
from xharness.analysis.used_phases import UsedPhase
from xharness.execution import diagnostics
from xharness.execution.diagnostics import Diagnostic
from xharness.keys import Key
from xharness.planning.contrasts import Entry, TargetEntry
from xharness.planning.plan import Plan
from xharness.store.store import Store
from xharness.tasks import Task

if TYPE_CHECKING:
    from xharness.stats import Drawn

FEWEST_SEEDS = 3
"""Two seeds that differ do not say which of them collapsed."""
GAP = 3.0
"""Widths of the wider group that lie between two groups of seeds: Dixon's ratio of the gap to the
whole range is then 0.75 at least."""
USUAL = 5.0
"""Standard deviations of the seeds of the target's other rows that lie between the groups; three
seeds of one row are too close to each other by luck once in a while."""
LOST = 0.5
"""Part of the lead over the baseline that a collapsed run has lost."""
ERRORS = 3.0
"""Standard errors, over items, that two groups of seeds are apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiagnostic:
    """What is suspicious about a phase, and which numbers that concerns."""

    diagnostic: Diagnostic
    key: Key
    """Of the phase."""
    rows: tuple[Entry, ...]
    """Rows of the leaderboard with a number behind which the phase stands."""
    seeds: tuple[int, ...]


def collect(phases: Iterable[UsedPhase]) -> tuple[PlanDiagnostic, ...]:
    """Return what is suspicious about some phases.

    Raises:
        CorruptArtifactError: If a stored file was changed.
    """
    return tuple(
        PlanDiagnostic(
            diagnostic=one, key=used.artifact.key, rows=tuple(used.rows), seeds=tuple(used.seeds)
        )
        for used in phases
        for one in diagnostics.read(used.artifact)
    )


def collapsed_runs(
    plan: Plan, results: Sequence[Result], store: Store, tasks: Mapping[str, Task]
) -> tuple[PlanDiagnostic, ...]:
    """Return a diagnostic of each row and target of which some seeds collapsed.

    Args:
        plan: What was compared.
        results: What `results.collect` found; rows that lack a score are not judged.
        store: For predictions, and for the statistics of rows that look suspicious.
        tasks: A target without a task is not judged.

    Raises:
        CorruptArtifactError: If a stored file was changed.
        StoreError: If a score has left the store.
    """
    by_seed: dict[TargetEntry, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        by_seed[result.on_target][result.seed].append(result.score)
    baselines: dict[str, float] = {}
    found: list[PlanDiagnostic] = []
    rows = whole(plan, results)
    # The mean over languages that the leaderboard shows, seed by seed.
    means = {row: [fmean(by_seed[row][seed]) for seed in plan.seeds] for row in rows}
    for row, keys in rows.items():
        scores = means[row]
        others = [x for other, x in means.items() if other.target == row.target and other != row]
        low = lower_group(scores, others)
        if not low or row.target not in tasks:
            continue
        task = tasks[row.target]
        if row.target not in baselines:
            # Gold answers are the same for every row, so the first one says it for all.
            baselines[row.target] = fmean(_baselines(task, keys, store))
        if not collapsed(scores, low, baseline=baselines[row.target], error=0.0):
            continue
        # Resampling takes longest, and hardly any row comes here.
        arm = significance.drawn(plan, {row: keys}, store, {row.target: task.metric})[row]
        if collapsed(scores, low, baseline=baselines[row.target], error=_item_error(arm, low)):
            found.append(
                PlanDiagnostic(
                    diagnostic=_of_seeds(row, plan.seeds, scores, low),
                    key=next(iter(keys.values()))[low[0]],
                    rows=(row.entry,),
                    seeds=tuple(plan.seeds[i] for i in low),
                )
            )
    return tuple(found)


def lower_group(scores: Sequence[float], others: Sequence[Sequence[float]] = ()) -> tuple[int, ...]:
    """Return the positions of the seeds below a gap that is wide beside what is around it.

    Args:
        scores: Of each seed.
        others: The same of the target's other rows.

    Returns:
        No position with fewer than `FEWEST_SEEDS`, or if the widest gap is not above `GAP` times
        the range of either group and `USUAL` times what seeds of other rows vary: the median of
        their standard deviations, which another row's collapse does not move.

    Source:
        Dixon 1950, for judging a gap by the range; the threshold is this project's.
    """
    if len(scores) < FEWEST_SEEDS:
        return ()
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranked = [scores[i] for i in order]
    gap, place = max((high - low, i) for i, (low, high) in enumerate(pairwise(ranked), 1))
    within = max(ranked[place - 1] - ranked[0], ranked[-1] - ranked[place])
    usual = median(map(stdev, others)) if others else 0.0
    return tuple(sorted(order[:place])) if gap > max(GAP * within, USUAL * usual) else ()


def collapsed(
    scores: Sequence[float], low: Sequence[int], *, baseline: float, error: float
) -> bool:
    """Return whether the seeds below a gap did not learn what the others learnt.

    They have lost `LOST` of the others' lead over the baseline, and more than so few items
    explain.

    Args:
        scores: Of each seed, in percent.
        low: Positions of those below, from `lower_group`; at least one, and not all.
        baseline: Score of answers that can be given without reading, in percent.
        error: Standard error, over items, of the difference of the groups' means; in points.
    """
    top = min(score for i, score in enumerate(scores) if i not in low)
    bottom = max(scores[i] for i in low)
    return top - bottom > max(LOST * (top - baseline), ERRORS * error)


def _item_error(arm: Drawn, low: Sequence[int]) -> float:
    """Return the standard error, over items, of the difference of two groups of an arm's seeds."""
    import numpy as np

    on_items = arm.resampled.mean(2)
    below = np.isin(np.arange(on_items.shape[1]), low)
    return float((on_items[:, ~below].mean(1) - on_items[:, below].mean(1)).std(ddof=1))


def _baselines(task: Task, keys: Mapping[str, Sequence[Key]], store: Store) -> Iterator[float]:
    """Yield, by language, the percent of what needs no reading; 0 where there is no such answer."""
    for language, scores in keys.items():
        score = store.find(scores[0])
        predictions = score and store.find(Key(score.manifest["inputs"][0]))
        if predictions is None:
            yield 0.0
            continue
        rows = list(predictions.lines("predictions.jsonl"))
        named = diagnostics.baseline(task, task.metric.signature, rows, language)
        yield 0.0 if named is None else named[1]


def _of_seeds(
    row: TargetEntry, seeds: Sequence[int], scores: Sequence[float], low: Sequence[int]
) -> Diagnostic:
    """Return the sentence about a row's collapsed seeds."""
    below = [scores[i] for i in low]
    others = [score for i, score in enumerate(scores) if i not in low]
    one = len(low) == 1
    text = (
        f"seed{'' if one else 's'} {', '.join(str(seeds[i]) for i in low)} of "
        f"{' '.join(row.entry.names)} on {row.target} scored {_span(below)}; the others "
        f"{_span(others)}: {'a collapsed run' if one else 'collapsed runs'}. "
        f"Look at {'it' if one else 'them'}, or add seeds"
    )
    return Diagnostic(
        kind=diagnostics.SEEDS, task=row.target, language="", text=text, value=min(below)
    )


def _span(scores: Sequence[float]) -> str:
    """Return "33.1", or "71.0 to 72.4"."""
    low, high = f"{min(scores):.1f}", f"{max(scores):.1f}"
    return low if low == high else f"{low} to {high}"
