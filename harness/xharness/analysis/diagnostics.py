"""The diagnostics of a comparison: suspicious facts that its phases recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING

from xharness.analysis import significance
from xharness.analysis.results import Result, whole
from xharness.analysis.significance import Scores
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
"""Standard deviations of seeds that lie between the groups: the median of the target's rows that
have lost nothing. Of three seeds two are very close by luck once in a while."""
LOST = 0.5
"""Part of the lead over the baseline that a collapsed run has lost."""
ERRORS = 3.0
"""Standard errors, over items, that two groups of seeds are apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiagnostic:
    """A diagnostic of one phase, and the rows whose numbers rest on that phase."""

    diagnostic: Diagnostic
    key: Key
    """Key of the phase."""
    rows: tuple[Entry, ...]
    """Rows of the leaderboard whose numbers rest on the phase."""
    seeds: tuple[int, ...]
    """Seeds whose numbers rest on the phase."""


def collect(phases: Iterable[UsedPhase]) -> tuple[PlanDiagnostic, ...]:
    """Return the diagnostics of these phases.

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
    rows = {row: keys for row, keys in whole(plan, results).items() if row.target in tasks}
    # The mean over languages that the leaderboard shows, seed by seed.
    scores = {row: [fmean(by_seed[row][seed]) for seed in plan.seeds] for row in rows}
    below = {row: low for row in rows if (low := lower_group(scores[row]))}
    baselines = _baselines({row: rows[row] for row in below}, store, tasks)
    lost = {
        row: low
        for row, low in below.items()
        if collapsed(scores[row], low, baseline=baselines[row.target])
    }
    found = []
    for row, low in lost.items():
        calm = [stdev(scores[r]) for r in rows if r.target == row.target and r not in lost]
        limits = {"baseline": baselines[row.target], "usual": median(calm) if calm else 0.0}
        if not collapsed(scores[row], low, **limits):
            continue
        # Resampling takes longest, and hardly any row comes here.
        metrics = {row.target: tasks[row.target].metric}
        arm = significance.drawn(plan, {row: rows[row]}, store, metrics)[row]
        if collapsed(scores[row], low, **limits, error=item_error(arm, low)):
            key = next(iter(rows[row].values()))[low[0]]
            found.append(_of_seeds(row, key, plan.seeds, scores[row], low))
    return tuple(found)


def lower_group(scores: Sequence[float]) -> tuple[int, ...]:
    """Return the positions of the seeds below a gap that is wide beside both sides of it.

    Args:
        scores: Of each seed.

    Returns:
        No position with fewer than `FEWEST_SEEDS`, or if the widest gap is at most `GAP` times
        the range of either group.

    Source:
        Dixon 1950, for judging a gap by the range; the threshold is this project's.
    """
    if len(scores) < FEWEST_SEEDS:
        return ()
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranked = [scores[i] for i in order]
    gap, place = max((high - low, i) for i, (low, high) in enumerate(pairwise(ranked), 1))
    within = max(ranked[place - 1] - ranked[0], ranked[-1] - ranked[place])
    return tuple(sorted(order[:place])) if gap > GAP * within else ()


def collapsed(
    scores: Sequence[float],
    low: Sequence[int],
    *,
    baseline: float,
    usual: float = 0.0,
    error: float = 0.0,
) -> bool:
    """Return whether the seeds below a gap did not learn what the others learnt.

    They have lost `LOST` of the others' lead over the baseline, and more than seeds usually vary
    or so few items explain.

    Args:
        scores: Of each seed, in percent.
        low: Positions of those below, from `lower_group`; at least one, and not all.
        baseline: Score of answers that can be given without reading, in percent.
        usual: Standard deviation of the seeds of other rows of the target, in points.
        error: Standard error, over items, of the difference of the groups' means; in points.
    """
    top = min(score for i, score in enumerate(scores) if i not in low)
    bottom = max(scores[i] for i in low)
    return top - bottom > max(LOST * (top - baseline), USUAL * usual, ERRORS * error)


def item_error(arm: Drawn, low: Sequence[int]) -> float:
    """Return the standard error, over items, of the difference of two groups of an arm's seeds."""
    import numpy as np

    on_items = arm.resampled.mean(2)
    below = np.isin(np.arange(on_items.shape[1]), low)
    return float((on_items[:, ~below].mean(1) - on_items[:, below].mean(1)).std(ddof=1))


def _baselines(
    rows: Mapping[TargetEntry, Scores], store: Store, tasks: Mapping[str, Task]
) -> Mapping[str, float]:
    """Return, by target, the mean over languages of what can be scored without reading."""
    # Gold answers are the same for every row, so any one says it for all.
    some = {row.target: keys for row, keys in rows.items()}
    return {
        target: fmean(
            _unread(tasks[target], language, of[0], store) for language, of in keys.items()
        )
        for target, keys in some.items()
    }


def _unread(task: Task, language: str, score: Key, store: Store) -> float:
    """Return the score, in percent, of answers without reading; 0 where the metric reads none."""
    artifact = store.find(score)
    predictions = artifact and store.find(Key(artifact.manifest["inputs"][0]))
    if predictions is None:
        return 0.0
    rows = list(predictions.lines("predictions.jsonl"))
    named = diagnostics.baseline(task, task.metric.signature, rows, language)
    return 0.0 if named is None else named[1]


def _of_seeds(
    row: TargetEntry, key: Key, seeds: Sequence[int], scores: Sequence[float], low: Sequence[int]
) -> PlanDiagnostic:
    """Return the sentence about a row's collapsed seeds; the key is of one of their scores."""
    below = [scores[i] for i in low]
    others = [score for i, score in enumerate(scores) if i not in low]
    one = len(low) == 1
    text = (
        f"seed{'' if one else 's'} {', '.join(str(seeds[i]) for i in low)} of "
        f"{' '.join(row.entry.names)} on {row.target} scored {_span(below)}; the others "
        f"{_span(others)}: {'a collapsed run' if one else 'collapsed runs'}. "
        f"Look at {'it' if one else 'them'}, or add seeds"
    )
    note = Diagnostic(
        kind=diagnostics.SEEDS, task=row.target, language="", text=text, value=min(below)
    )
    named = tuple(seeds[i] for i in low)
    return PlanDiagnostic(diagnostic=note, key=key, rows=(row.entry,), seeds=named)


def _span(scores: Sequence[float]) -> str:
    """Return "33.1", or "71.0 to 72.4"."""
    low, high = f"{min(scores):.1f}", f"{max(scores):.1f}"
    return low if low == high else f"{low} to {high}"
