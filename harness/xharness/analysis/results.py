"""The numbers of a comparison, always read from the store and never kept anywhere else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from statistics import fmean
from typing import TYPE_CHECKING

from xharness.analysis import significance
from xharness.analysis.significance import Verdict
from xharness.keys import Key
from xharness.languages import Language
from xharness.planning.contrasts import TargetEntry
from xharness.planning.plan import Plan, TargetFacts
from xharness.store.store import Store

if TYPE_CHECKING:
    from xharness.metrics import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One score in one language, with the facts that must be shown beside it."""

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
    em_f1: float | None = None
    """Mean of exact match and F1, of question answering only."""

    @property
    def on_target(self) -> TargetEntry:
        """The row of the leaderboard that it belongs to, on its target."""
        return TargetEntry.of(self)

    @property
    def averaged(self) -> float:
        """Return what XTREME averages: (EM + F1) / 2 of question answering, else the score.

        Source:
            Hu et al. 2020; google-research/xtreme, evaluate.py, "avg_metric".
        """
        return self.score if self.em_f1 is None else self.em_f1


@dataclass(frozen=True, slots=True, kw_only=True)
class Averages:
    """Means as XTREME takes them: see `Result.averaged`; languages unweighted."""

    mean: float
    """Percent, over seeds and languages, the source language included where it is listed."""
    mean_non_english: float | None
    delta: float | None
    """Points ahead of what the row is compared with, on the same languages."""


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
    """Points ahead of `against` on the same target; None for `against` itself, and without
    either mean."""
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
    gap: float | None = None
    """Transfer gap: the source language minus `mean_non_english`, in points; None without either.
    It is of the metric's own score, as every difference that has an interval."""
    missing: int = 0
    """Languages that were asked for and lack the score of some seed."""
    xtreme: Averages | None = None
    """None without a mean."""
    against: str | None = None
    """Strategy that the row is compared with; None for that strategy itself."""
    p: float | None = None
    """Two-sided, of no difference, of this contrast alone; None where it is not estimable."""
    p_holm: float | None = None
    """The same, corrected for all contrasts that the plan declares."""
    detectable: float | None = None
    """Points: the smallest true difference that these seeds and items would find significant,
    uncorrected, four times in five."""
    seeds_needed: int | None = None
    """Seeds that would find one point four times in five; None where up to 100 do not, as the
    items are too few, and where it is not estimable."""
    low_at_large: float | None = None
    """Lower end of the 95 % interval of the mean gain in languages like these, the source
    language left out: families of languages vary too. None where there are too few."""
    high_at_large: float | None = None
    rank: int | None = None
    """Among all rows of the target, by the mean; 1 is best. None unless each has two seeds."""
    rank_low: int | None = None
    """Best rank that the data leave open; the intervals of all rows hold together, at 95 %."""
    rank_high: int | None = None

    @property
    def on_target(self) -> TargetEntry:
        """The row of the leaderboard that it belongs to, on its target."""
        return TargetEntry.of(self)

    @property
    def xtreme_differs(self) -> bool:
        """Whether XTREME averages something else than the score: (EM + F1) / 2."""
        if self.xtreme is None or self.mean is None:
            return False
        # The same numbers are added in another order.
        return not isclose(self.xtreme.mean, self.mean)

    @property
    def significant(self) -> bool | None:
        """Return whether the difference holds at 5 %, all contrasts taken together."""
        return None if self.p_holm is None else self.p_holm <= SIGNIFICANT


SIGNIFICANT = 0.05
"""Of a corrected p, at most."""

Scored = Mapping[str, Sequence[Result]]
"""Language to its results, one per seed; only languages that have every seed."""


def collect(plan: Plan, store: Store) -> tuple[Result, ...]:
    """Return every answer of a plan that the store has, in the plan's order."""
    results = []
    for answer in plan.answers:
        artifact = store.find(answer.key)
        if artifact is None:
            continue
        score = artifact.json("score.json")
        results.append(
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
                em_f1=_em_f1(score["scores"]),
            )
        )
    return tuple(results)


def _em_f1(scores: Mapping[str, float]) -> float | None:
    """Return the mean of exact match and F1; None for metrics that are not these two."""
    if not {"exact_match", "f1"} <= scores.keys():
        return None
    return (scores["exact_match"] + scores["f1"]) / 2


def summarise(
    plan: Plan,
    results: Sequence[Result],
    store: Store,
    metrics: Mapping[str, Metric],
    known: Mapping[str, Language] | None = None,
) -> tuple[Summary, ...]:
    """Return one summary per strategy, arm and target, in the plan's order.

    Args:
        plan: The comparison.
        results: What `collect` found.
        store: For the per-example statistics behind intervals.
        metrics: The metric of each target; a target without one gets no interval.
        known: Every language that is described; None for the table's.
    """
    wanted = dict.fromkeys(a.on_target for a in plan.answers)
    scored = {row: _scored(plan, results, row) for row in wanted}
    facts = {t.name: t for t in plan.targets}
    opponents = plan.opponents()
    tested = significance.tested(plan, whole(plan, results), store, metrics, known)
    return tuple(
        _summary(
            row,
            facts[row.target],
            scored[row],
            other=_Other(
                strategy=opponents[row][0] if row in opponents else None,
                scored=scored.get(opponents[row], {}) if row in opponents else {},
                tested=tested.get(row, Verdict()),
            ),
        )
        for row in wanted
    )


def whole(plan: Plan, results: Sequence[Result]) -> Mapping[TargetEntry, significance.Scores]:
    """Return the rows of a plan that have every language and seed, with their scores' keys."""
    facts = {t.name: t for t in plan.targets}
    rows = dict.fromkeys(a.on_target for a in plan.answers)
    scored = {row: _scored(plan, results, row) for row in rows}
    return {
        row: {name: [Key(r.key) for r in rs] for name, rs in by_language.items()}
        for row, by_language in scored.items()
        if len(by_language) == len(facts[row.target].languages)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Other:
    """What a row is compared with."""

    strategy: str | None
    scored: Scored
    tested: Verdict


def _scored(plan: Plan, results: Sequence[Result], row: TargetEntry) -> Scored:
    """Return the results of one row, of the languages that have all of the plan's seeds."""
    by_language: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.on_target == row:
            by_language[result.language].append(result)
    return {name: rs for name, rs in by_language.items() if len(rs) == len(plan.seeds)}


def _summary(row: TargetEntry, facts: TargetFacts, scored: Scored, *, other: _Other) -> Summary:
    """Return one row's summary."""
    names = [name for name in facts.languages if name != facts.source_language]
    whole = len(scored) == len(facts.languages)
    compared = whole and len(other.scored) == len(scored)
    mean = delta = gap = None
    without = _mean(scored, names) if whole and names else None
    if without is not None and facts.source_language in scored:
        gap = _mean(scored, [facts.source_language]) - without
    if whole:
        mean = _mean(scored, facts.languages)
        delta = mean - _mean(other.scored, facts.languages) if compared else None
    return Summary(
        **row._asdict(),
        mean=mean,
        mean_non_english=without,
        gap=gap,
        delta=delta,
        low=other.tested.low,
        high=other.tested.high,
        seeds=len({r.seed for rs in scored.values() for r in rs}),
        languages=len(scored),
        n=sum(rs[0].n for rs in scored.values()),
        signature=facts.signature,
        missing=len(facts.languages) - len(scored),
        xtreme=_averages(facts, scored, other.scored if compared else {}) if whole else None,
        against=other.strategy,
        p=other.tested.p,
        p_holm=other.tested.p_holm,
        detectable=other.tested.detectable,
        seeds_needed=other.tested.seeds_needed,
        low_at_large=other.tested.low_at_large,
        high_at_large=other.tested.high_at_large,
        rank=other.tested.rank,
        rank_low=other.tested.rank_low,
        rank_high=other.tested.rank_high,
    )


def _averages(facts: TargetFacts, scored: Scored, baseline: Scored) -> Averages:
    """Return one row's means as XTREME takes them; no difference with an empty baseline."""
    values = {name: fmean(r.averaged for r in rs) for name, rs in scored.items()}
    others = [value for name, value in values.items() if name != facts.source_language]
    mean = fmean(values.values())
    theirs = [r.averaged for name in scored if name in baseline for r in baseline[name]]
    return Averages(
        mean=mean,
        mean_non_english=fmean(others) if others else None,
        delta=mean - fmean(theirs) if theirs else None,
    )


def _mean(scored: Scored, languages: Iterable[str]) -> float:
    """Return the mean over seeds and some languages, in percent."""
    return fmean(r.score for name in languages for r in scored[name])
