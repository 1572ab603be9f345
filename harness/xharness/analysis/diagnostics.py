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
"""Seeds that a judgement needs: of two seeds that differ, either may be the collapsed one."""
GAP = 3.0
"""The gap between collapsed and other seeds is wider than this many times the range of either
group. Where one seed is apart, Dixon's ratio of the gap to the range of all is 0.75 at least."""
USUAL = 5.0
"""The gap is wider than this many standard deviations of seeds, which are the median over the
target's other rows. Without this, three seeds of which two agree by luck would be reported."""
LOST = 0.5
"""A collapsed run has lost at least this part of the others' lead over the baseline."""
ERRORS = 3.0
"""The gap is wider than this many standard errors over items, so that few items do not cause it."""


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
    """Return one diagnostic for each cell in which some seeds collapsed.

    Args:
        plan: What was compared.
        results: From `results.collect`; cells that lack a score are not judged.
        store: Holds the predictions, and the per-example statistics.
        tasks: Every loaded task; a target without one is not judged.

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
        # Resampling takes longest, so it comes last: hardly any row gets this far.
        metrics = {row.target: tasks[row.target].metric}
        arm = significance.drawn(plan, {row: rows[row]}, store, metrics)[row]
        if collapsed(scores[row], low, **limits, error=item_error(arm, low)):
            key = next(iter(rows[row].values()))[low[0]]
            found.append(_of_seeds(row, key, plan.seeds, scores[row], low))
    return tuple(found)


def lower_group(scores: Sequence[float]) -> tuple[int, ...]:
    """Return the positions of the seeds that are far below the others, by the widest gap.

    Args:
        scores: Score of each seed, in percent.

    Returns:
        Nothing with fewer than `FEWEST_SEEDS`, or if the widest gap is at most `GAP` times the
        range of the seeds above or below it.

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
    """Return whether the seeds below a gap failed to learn what the others learnt.

    They did if the gap is more than `LOST` of the others' lead over the baseline, and larger than
    the usual variance of seeds or the number of items explains.

    Args:
        scores: Score of each seed, in percent.
        low: Positions of the seeds below the gap, from `lower_group`; at least one, and not all.
        baseline: Score of a baseline that does not read the input, in percent.
        usual: Standard deviation of the seeds of the target's other rows, in points.
        error: Standard error, over items, of the difference of the groups' means, in points.
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
    """Return target to the mean over languages of a baseline that does not read the input."""
    # Gold answers are the same for every row, so any row will do.
    some = {row.target: keys for row, keys in rows.items()}
    return {
        target: fmean(
            _unread(tasks[target], language, of[0], store) for language, of in keys.items()
        )
        for target, keys in some.items()
    }


def _unread(task: Task, language: str, score: Key, store: Store) -> float:
    """Return the score of a baseline that does not read the input, in percent; 0 without one."""
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
    """Return the diagnostic of a row's collapsed seeds.

    Args:
        row: The cell.
        key: Key of a score of one of these seeds.
        seeds: All seeds of the plan.
        scores: Score of each seed, in percent.
        low: Positions of the collapsed seeds.
    """
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
