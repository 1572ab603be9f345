"""The scores and means of a comparison, always read from the store and never kept elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
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
    """Number of examples."""
    signature: str
    """Signature of the metric."""
    key: str
    """Key of the score's phase."""
    limit_train: int | None
    limit_eval: int | None
    em_f1: float | None = None
    """Mean of exact match and F1; None unless it is question answering."""

    @property
    def on_target(self) -> TargetEntry:
        """The cell of the leaderboard that the score belongs to."""
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
    """Means of `Result.averaged`, as XTREME takes them; languages are unweighted."""

    mean: float
    """Percent, over seeds and languages, with the source language if the target tests it."""
    mean_non_english: float | None
    """The same without the source language; None when it is the only one."""
    delta: float | None
    """Points ahead of the row that this one is compared with, on the same languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One strategy with one arm on one target, over languages and seeds."""

    strategy: str
    intermediates: str
    """Name of the arm: "mnli+squad_v1", or "-" for a strategy that uses none."""
    target: str
    mean: float | None
    """Percent: the unweighted mean over seeds and languages, the source language included. None
    unless every language has every seed's score: means over fewer languages cannot be compared."""
    mean_non_english: float | None
    """The same without the source language; None when it is the only one."""
    delta: float | None
    """Points ahead of `against` on the same target; None for `against` itself, and if either
    mean is missing."""
    low: float | None
    """Lower end of the 95 % interval of `delta`; None where it cannot be estimated."""
    high: float | None
    """Upper end of that interval."""
    seeds: int
    """Number of seeds."""
    languages: int
    """Number of languages that have every seed's score."""
    n: int
    """Examples that one seed is scored on, in all these languages together."""
    signature: str
    """Signature of the metric."""
    rows: str = ""
    """Whose rows they are; see `TargetFacts.rows`."""
    gap: float | None = None
    """Transfer gap in points: the source language minus `mean_non_english`; None without either.
    Like all differences with an interval it is of the metric's own score, not of XTREME's."""
    missing: int = 0
    """Number of languages that were asked for and lack the score of a seed."""
    xtreme: Averages | None = None
    """The means that XTREME reports; None without `mean`."""
    against: str | None = None
    """Strategy that the row is compared with; None for that strategy itself."""
    p: float | None = None
    """Two-sided p value of no difference, for this contrast alone; None where it cannot be
    estimated."""
    p_holm: float | None = None
    """The same, corrected for all contrasts that the plan declares."""
    detectable: float | None = None
    """Points: the true difference that so many seeds and items find significant at 5 %, before
    correction, with a power of 80 %."""
    detectable_holm: float | None = None
    """The same after Holm's correction: at the level that it leaves to contrasts that found
    nothing."""
    seeds_needed: int | None = None
    """Seeds that would find a true difference of one point with a power of 80 %. None where it
    cannot be estimated, and where even 100 seeds are not enough because items are too few."""
    low_at_large: float | None = None
    """Lower end of the 95 % interval of the mean gain in languages at large: language families
    vary too, and the source language is left out. None with too few families."""
    high_at_large: float | None = None
    """Upper end of that interval."""
    near_far: float | None = None
    """Points: `delta` in near languages minus `delta` in far ones; see `languages.group`. None
    where a target has fewer than two of either."""
    near_far_low: float | None = None
    """Lower end of its 95 % interval; seeds and items vary, languages are fixed."""
    near_far_high: float | None = None
    """Upper end of that interval."""
    near_far_p: float | None = None
    """Two-sided p value of no such difference, for this contrast alone."""
    near_far_p_holm: float | None = None
    """The same, corrected for those of all contrasts that the plan declares."""
    rank: int | None = None
    """Rank by the mean among all rows of the target; 1 is best. None unless each has two seeds."""
    rank_low: int | None = None
    """Best rank that the data allow; the rank intervals of all rows together hold at 95 %."""
    rank_high: int | None = None
    """Worst rank that the data allow."""

    @property
    def on_target(self) -> TargetEntry:
        """The cell of the leaderboard that the summary belongs to."""
        return TargetEntry.of(self)

    @property
    def xtreme_differs(self) -> bool:
        """Whether XTREME's mean is another number than `mean`, because it is of (EM + F1) / 2."""
        if self.xtreme is None or self.mean is None:
            return False
        # Equal means can differ by rounding, as their numbers are added in different orders.
        return not isclose(self.xtreme.mean, self.mean)

    @property
    def significant(self) -> bool | None:
        """Whether the difference is significant at 5 %, corrected for all declared contrasts."""
        return None if self.p_holm is None else self.p_holm <= SIGNIFICANT

    @property
    def near_far_differs(self) -> bool:
        """Whether `near_far` is significant at 5 %, corrected for all declared contrasts."""
        return self.near_far_p_holm is not None and self.near_far_p_holm <= SIGNIFICANT


SIGNIFICANT = 0.05
"""Largest corrected p value that is called significant."""

Scored = Mapping[str, Sequence[Result]]
"""Language to its results, one per seed; only languages that have every seed's score."""


def collect(plan: Plan, store: Store) -> tuple[Result, ...]:
    """Return every score of a plan that the store has, in the plan's order."""
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
    """Return the mean of exact match and F1; None for a metric without these two scores."""
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
        results: From `collect`.
        store: Holds the per-example statistics, which intervals need.
        metrics: The metric of each target; a target without one gets no interval.
        known: Every described language; None for those of the table.
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
    """Return the cells of a plan that have every language and seed, with their scores' keys."""
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
    """The opponent of a row, and the test against it."""

    strategy: str | None
    """None where the row has no opponent."""
    scored: Scored
    """The opponent's results."""
    tested: Verdict


def _scored(plan: Plan, results: Sequence[Result], row: TargetEntry) -> Scored:
    """Return one cell's results in the languages that have all of the plan's seeds."""
    by_language: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.on_target == row:
            by_language[result.language].append(result)
    return {name: rs for name, rs in by_language.items() if len(rs) == len(plan.seeds)}


def _summary(row: TargetEntry, facts: TargetFacts, scored: Scored, *, other: _Other) -> Summary:
    """Return one cell's summary.

    Args:
        row: The cell.
        facts: The target.
        scored: The cell's results.
        other: The opponent, and the test against it.
    """
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
        seeds=len({r.seed for rs in scored.values() for r in rs}),
        languages=len(scored),
        n=sum(rs[0].n for rs in scored.values()),
        signature=facts.signature,
        rows=facts.rows,
        missing=len(facts.languages) - len(scored),
        xtreme=_averages(facts, scored, other.scored if compared else {}) if whole else None,
        against=other.strategy,
        **asdict(other.tested),
    )


def _averages(facts: TargetFacts, scored: Scored, baseline: Scored) -> Averages:
    """Return one cell's means as XTREME takes them; without a delta if `baseline` is empty."""
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
