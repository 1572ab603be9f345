"""The numbers of a comparison, always read from the store and never kept anywhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from xharness.canonical import Key
from xharness.errors import StoreError
from xharness.plan import Plan, TargetFacts
from xharness.store import Store
from xharness.study import BASELINE

if TYPE_CHECKING:
    from xharness import stats
    from xharness.metrics import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One score of one language, with all that it must never be shown without."""

    suite: str
    model: str
    strategy: str
    intermediates: str
    target: str
    language: str
    seed: int
    score: float
    """Percent."""
    n: int
    """Examples."""
    signature: str
    key: str
    limit_train: int | None
    limit_eval: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One strategy with one arm on one target, over languages and seeds."""

    strategy: str
    intermediates: str
    """Name of the arm: "mnli+squad_v1", or "-" for a strategy that uses none."""
    target: str
    mean: float | None
    """Percent, over seeds and languages, unweighted, the source language included; None unless
    every language has every seed's score, as means over other languages do not compare."""
    mean_non_english: float | None
    """The same without the source language; None when it is the only one."""
    delta: float | None
    """Points ahead of `none` on the same target; None for `none` itself, and without either
    mean."""
    low: float | None
    """Lower end of the 95 % interval of `delta`; None where it is not estimable."""
    high: float | None
    seeds: int
    languages: int
    """Languages that have every seed's score."""
    n: int
    """Examples, of all languages together, that one seed is scored on."""
    signature: str
    """Of the metric."""
    missing: int = 0
    """Languages that were asked for and lack the score of some seed."""


Row = tuple[str, str, str]
"""Strategy, arm, target."""

Scored = Mapping[str, Sequence[Result]]
"""Language to its results, one per seed; only languages that have every seed."""


def collect(plan: Plan, store: Store) -> tuple[Result, ...]:
    """Return every answer of a plan that the store has, in the plan's order."""
    found = []
    for answer in plan.answers:
        artifact = store.find(answer.key)
        if artifact is None:
            continue
        score = artifact.json("score.json")
        found.append(
            Result(
                suite=plan.suite,
                model=plan.model,
                strategy=answer.strategy,
                intermediates=answer.intermediates,
                target=answer.target,
                language=answer.language,
                seed=answer.seed,
                score=score["score"],
                n=score["n"],
                signature=score["signature"],
                key=answer.key,
                limit_train=plan.limit_train,
                limit_eval=plan.limit_eval,
            )
        )
    return tuple(found)


def summarise(
    plan: Plan,
    results: Sequence[Result],
    store: Store,
    metrics: Mapping[str, Metric],
) -> tuple[Summary, ...]:
    """Return one summary per strategy, arm and target, in the plan's order.

    Args:
        plan: The comparison.
        results: What `collect` found.
        store: For the per-example statistics behind intervals.
        metrics: The metric of each target; a target without one gets no interval.
    """
    wanted = dict.fromkeys((a.strategy, a.intermediates, a.target) for a in plan.answers)
    scored = {row: _scored(plan, results, row) for row in wanted}
    facts = {t.name: t for t in plan.targets}
    baseline = {row[2]: found for row, found in scored.items() if row[0] == BASELINE}
    return tuple(
        _summary(
            row,
            facts[row[2]],
            scored[row],
            baseline=baseline.get(row[2], {}),
            interval=_Interval(store=store, metric=metrics.get(row[2])),
        )
        for row in wanted
    )


def _scored(plan: Plan, results: Sequence[Result], row: Row) -> Scored:
    """Return the results of one row, of the languages that have all of the plan's seeds."""
    found: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if (result.strategy, result.intermediates, result.target) == row:
            found[result.language].append(result)
    return {name: rs for name, rs in found.items() if len(rs) == len(plan.seeds)}


def _summary(
    row: Row,
    facts: TargetFacts,
    found: Scored,
    *,
    baseline: Scored,
    interval: _Interval,
) -> Summary:
    """Return one row's summary."""
    others = [name for name in facts.languages if name != facts.source_language]
    whole = len(found) == len(facts.languages)
    delta = low = high = None
    if row[0] != BASELINE and whole and len(baseline) == len(found):
        delta = _mean(found, facts.languages) - _mean(baseline, facts.languages)
        low, high = interval.of(found, baseline, facts.languages)
    return Summary(
        strategy=row[0],
        intermediates=row[1],
        target=row[2],
        mean=_mean(found, facts.languages) if whole else None,
        mean_non_english=_mean(found, others) if whole and others else None,
        delta=delta,
        low=low,
        high=high,
        seeds=len({r.seed for rs in found.values() for r in rs}),
        languages=len(found),
        n=sum(rs[0].n for rs in found.values()),
        signature=facts.signature,
        missing=len(facts.languages) - len(found),
    )


def _mean(scored: Scored, languages: Iterable[str]) -> float:
    """Return the mean over seeds and some languages, in percent."""
    return fmean(r.score for name in languages for r in scored[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Interval:
    """Makes the interval of a difference from stored per-example statistics."""

    store: Store
    metric: Metric | None

    def of(
        self, ours: Scored, theirs: Scored, languages: Sequence[str]
    ) -> tuple[float | None, float | None]:
        """Return the 95 % interval of a difference of means; (None, None) with one seed."""
        fewest = min(len(arm[name]) for arm in (ours, theirs) for name in languages)
        if self.metric is None or fewest < 2:
            return None, None
        from xharness import metrics, stats

        metric = self.metric
        codes: dict[str, int] = {}
        found = stats.difference(
            self._arm(ours, languages, codes),
            self._arm(theirs, languages, codes),
            score=lambda totals: metrics.score(metric, totals),
            seed=0,
        )
        return found.low, found.high

    def _arm(
        self, scored: Scored, languages: Sequence[str], codes: dict[str, int]
    ) -> list[list[stats.Sample]]:
        """Return [seed][language] samples; clusters get one number in all of them."""
        seeds = range(len(scored[languages[0]]))
        return [[self._sample(scored[name][seed], codes) for name in languages] for seed in seeds]

    def _sample(self, result: Result, codes: dict[str, int]) -> stats.Sample:
        """Return one score's per-example statistics."""
        import numpy as np

        from xharness import stats

        artifact = self.store.find(Key(result.key))
        if artifact is None:
            raise StoreError(f"score {result.key[:10]} of {result.target} has left the store")
        stored = artifact.json("statistics.json")
        return stats.Sample(
            statistics=np.array(stored["statistics"], dtype=np.float64),
            clusters=np.array(
                [codes.setdefault(name, len(codes)) for name in stored["clusters"]], dtype=np.int64
            ),
        )
