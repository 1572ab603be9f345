"""The arm of each strategy that does best on development rows, and its result on test rows.

Development scores in the source language decide; test scores do not. A target without a development
set in its source language has no best arm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from xharness.analysis.results import Summary
from xharness.planning.contrasts import TargetEntry
from xharness.planning.plan import Plan
from xharness.store.store import Store

NO_DEV = "no development set"
"""Why no arm is chosen: the target has no development set in its source language."""
MISSING = "development scores missing"
"""Why no arm is chosen: some development scores have not been run, or failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BestArm:
    """The best arm of one strategy on one target, chosen without looking at test scores."""

    strategy: str
    target: str
    intermediates: str | None
    """The chosen arm, of equally good ones the first; None if no arm is chosen."""
    why: str = ""
    """Why no arm is chosen."""
    language: str
    """Language of the development rows."""
    dev: Mapping[str, float] = field(default_factory=dict)
    """Arm to percent on the development rows, the mean over seeds; only arms with every seed."""
    test: Summary | None = None
    """The chosen arm's result on test rows."""
    signature: str


def collect(plan: Plan, summaries: Sequence[Summary], store: Store) -> tuple[BestArm, ...]:
    """Return the best arm of every strategy that has several, on every target.

    Args:
        plan: What was compared.
        summaries: The plan's results on test rows.
        store: Holds the development scores.
    """
    arms: dict[str, dict[str, None]] = {}
    for answer in plan.answers:
        arms.setdefault(answer.strategy, {})[answer.intermediates] = None
    scores = _dev(plan, store)
    tested = {s.on_target: s for s in summaries}
    return tuple(
        _best(plan, strategy, list(names), target.name, scores, tested)
        for strategy, names in arms.items()
        if len(names) > 1
        for target in plan.targets
    )


def _dev(plan: Plan, store: Store) -> dict[TargetEntry, float | None]:
    """Return cell to its mean development score over all seeds; None if a seed's is missing."""
    scores: dict[TargetEntry, list[float | None]] = {}
    for answer in plan.dev:
        artifact = store.find(answer.key)
        score = None if artifact is None else float(artifact.json("score.json")["score"])
        scores.setdefault(answer.on_target, []).append(score)
    return {place: _mean(each) for place, each in scores.items()}


def _mean(scores: Sequence[float | None]) -> float | None:
    """Return the mean; None where one is missing."""
    there = [score for score in scores if score is not None]
    return fmean(there) if len(there) == len(scores) else None


def _best(
    plan: Plan,
    strategy: str,
    arms: Sequence[str],
    target: str,
    scores: Mapping[TargetEntry, float | None],
    tested: Mapping[TargetEntry, Summary],
) -> BestArm:
    """Return one strategy's best arm on one target."""
    facts = next(t for t in plan.targets if t.name == target)
    planned = {
        arm: scores[place]
        for arm in arms
        if (place := TargetEntry(strategy, arm, target)) in scores
    }
    dev = {arm: score for arm, score in planned.items() if score is not None}
    empty = BestArm(
        strategy=strategy,
        target=target,
        intermediates=None,
        why=MISSING if planned else NO_DEV,
        language=facts.source_language,
        dev=dev,
        signature=facts.signature,
    )
    if len(dev) < len(arms):
        return empty
    arm = max(dev, key=lambda name: dev[name])
    test = tested.get(TargetEntry(strategy, arm, target))
    return replace(empty, intermediates=arm, why="", test=test)


def places(best_arms: Sequence[BestArm]) -> Iterator[tuple[TargetEntry, bool]]:
    """Yield every cell among which an arm was chosen, and whether it is the chosen one."""
    for best in best_arms:
        for arm in best.dev if best.intermediates is not None else ():
            yield TargetEntry(best.strategy, arm, best.target), arm == best.intermediates
