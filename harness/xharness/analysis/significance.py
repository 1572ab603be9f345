"""The contrasts of a plan, tested together as the one family that it declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from xharness import languages
from xharness.errors import StoreError
from xharness.keys import Key
from xharness.languages import ELSEWHERE, UNSAID, By, Language
from xharness.planning.contrasts import TargetEntry
from xharness.planning.plan import Plan, TargetFacts
from xharness.store.store import Store

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from xharness import stats
    from xharness.metrics import Metric

Scores = Mapping[str, Sequence[Key]]
"""Language to its scores in the store, one per seed."""

EFFECT = 1.0
"""Points: the effect that `Verdict.seeds_needed` is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is known of a difference; None is not estimable."""

    low: float | None = None
    """Lower end of the 95 % interval, with these languages fixed."""
    high: float | None = None
    p: float | None = None
    """Two-sided, of this contrast alone."""
    detectable: float | None = None
    """Points: the smallest true difference that would be found four times in five."""
    seeds_needed: int | None = None
    """Seeds that would find `EFFECT` four times in five; None also where no number up to 100
    does, as these items are too few."""
    low_at_large: float | None = None
    """Of the mean gain in languages like those measured, without the source language: families
    vary too."""
    high_at_large: float | None = None
    p_holm: float | None = None
    """p, corrected for all contrasts that the plan declares."""
    rank: int | None = None
    """Among all rows of the target, by the mean; 1 is best."""
    rank_low: int | None = None
    """Best rank that the data leave open, with 95 % for all rows together."""
    rank_high: int | None = None
    """Worst rank that they leave open."""


def tested(
    plan: Plan,
    scores: Mapping[TargetEntry, Scores],
    store: Store,
    metrics: Mapping[str, Metric],
    known: Mapping[str, Language] | None,
) -> Mapping[TargetEntry, Verdict]:
    """Return the tests of a plan's contrasts, by the row that is contrasted.

    Args:
        plan: Its contrasts are the family that Holm's correction is for, whether or not the
            store has their scores.
        scores: The rows that have every language and seed.
        store: For the per-example statistics.
        metrics: The metric of each target; a target without one has no test.
        known: Every language that is described, for its family; None for the table's.

    Returns:
        Rows that have two seeds; tests where their opponent has too, ranks where all rows have.

    Raises:
        StoreError: If a score has left the store.
    """
    facts = {t.name: t for t in plan.targets}
    arms = drawn(plan, scores, store, metrics)
    declared = plan.opponents()
    verdicts = {
        row: _test(arms[row], arms[other], facts[row.target], known)
        for row, other in declared.items()
        if row in arms and other in arms
    }
    return _ranked(plan, arms, _corrected(declared, verdicts))


def drawn(
    plan: Plan,
    scores: Mapping[TargetEntry, Scores],
    store: Store,
    metrics: Mapping[str, Metric],
) -> Mapping[TargetEntry, stats.Drawn]:
    """Return the scores of rows, observed and resampled, each target's languages in its order.

    Args:
        plan: What was compared.
        scores: The rows that have every language and seed; those with one seed are left out.
        store: For the per-example statistics.
        metrics: The metric of each target; a target without one is left out.

    Raises:
        StoreError: If a score has left the store.
    """
    facts = {t.name: t for t in plan.targets}
    reader = _Reader(store=store)
    return {
        row: _drawn(reader.arm(facts[row.target], keys), metrics[row.target])
        for row, keys in scores.items()
        if row.target in metrics and _fewest(keys) >= 2
    }


def _fewest(scores: Scores) -> int:
    """Return how many seeds the language with the fewest has."""
    return min((len(keys) for keys in scores.values()), default=0)


def _drawn(arm: stats.Arm, metric: Metric) -> stats.Drawn:
    """Return an arm's scores, observed and on resamples that are the same for every arm."""
    from xharness import metrics, stats

    return stats.draw(
        arm,
        score=lambda totals: metrics.score(metric, totals),
        at_once=lambda rows: metrics.scores_of(metric, rows),
        seed=0,
    )


def _test(
    ours: stats.Drawn,
    theirs: stats.Drawn,
    target: TargetFacts,
    known: Mapping[str, Language] | None,
) -> Verdict:
    """Return one contrast, not yet corrected."""
    from xharness import stats

    fixed = stats.compare(ours, theirs)
    others = [i for i, n in enumerate(target.languages) if n != target.source_language]
    families = [languages.group(target.languages[i], By.FAMILY, known) for i in others]
    large = None
    # Of fictional languages, for one, the families are unknown.
    if families and {ELSEWHERE, UNSAID}.isdisjoint(families):
        large = stats.sampled(ours.only(others), theirs.only(others), families)
    return Verdict(
        low=fixed.low,
        high=fixed.high,
        p=fixed.p,
        detectable=fixed.detectable,
        seeds_needed=stats.seeds_needed(fixed, EFFECT) if fixed.parts else None,
        low_at_large=large.low if large else None,
        high_at_large=large.high if large else None,
    )


def _ranked(
    plan: Plan, drawn: Mapping[TargetEntry, stats.Drawn], verdicts: Mapping[TargetEntry, Verdict]
) -> Mapping[TargetEntry, Verdict]:
    """Return the tests with each row's rank, on targets where all rows can be compared."""
    rows = dict.fromkeys(a.on_target for a in plan.answers)
    ranked = dict(verdicts)
    for target in plan.targets:
        there = [row for row in rows if row.target == target.name]
        if len(there) < 2 or any(row not in drawn for row in there):
            continue
        from xharness import stats

        for row, rank in zip(there, stats.ranks([drawn[row] for row in there]), strict=True):
            ranked[row] = replace(
                verdicts.get(row, Verdict()),
                rank=rank.rank,
                rank_low=rank.low,
                rank_high=rank.high,
            )
    return ranked


def _corrected(
    declared: Mapping[TargetEntry, TargetEntry], verdicts: Mapping[TargetEntry, Verdict]
) -> dict[TargetEntry, Verdict]:
    """Return the tests with Holm's correction over all that were declared."""
    if not verdicts:
        return {}
    from xharness import stats

    adjusted = stats.holm([verdicts[row].p if row in verdicts else None for row in declared])
    return {
        row: replace(verdicts[row], p_holm=p)
        for row, p in zip(declared, adjusted, strict=True)
        if row in verdicts
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads per-example statistics; a cluster has one code in all that it reads of a target."""

    store: Store
    codes: dict[tuple[str, str], int] = field(default_factory=dict)
    """Of a target's cluster."""
    coded: dict[tuple[str, tuple[str, ...]], npt.NDArray[np.int64]] = field(default_factory=dict)
    """The codes of a target's clusters, which mostly are the same ones in the same order."""

    def arm(self, target: TargetFacts, scores: Scores) -> list[list[stats.Sample]]:
        """Return [seed][language] samples."""
        return [
            [self._sample(target.name, scores[name][seed]) for name in target.languages]
            for seed in range(_fewest(scores))
        ]

    def _sample(self, target: str, key: Key) -> stats.Sample:
        """Return one score's examples."""
        import numpy as np

        from xharness import stats

        artifact = self.store.find(key)
        if artifact is None:
            raise StoreError(f"score {key[:10]} of {target} has left the store")
        stored = artifact.json("statistics.json")
        names = (target, tuple(stored["clusters"]))
        if names not in self.coded:
            codes = [self.codes.setdefault((target, n), len(self.codes)) for n in names[1]]
            self.coded[names] = np.array(codes, dtype=np.int64)
            self.coded[names].flags.writeable = False
        return stats.Sample(
            statistics=np.array(stored["statistics"], dtype=np.float64),
            clusters=self.coded[names],
        )
