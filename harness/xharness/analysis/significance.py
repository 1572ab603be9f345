"""Tests of all contrasts that a plan declares, corrected together, and the ranks of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from xharness import languages
from xharness.errors import StoreError
from xharness.keys import Key
from xharness.languages import ELSEWHERE, FEWEST, UNSAID, By, Language
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
"""Points: the true difference that `Verdict.seeds_needed` seeds would find."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The test of one contrast, and the row's rank; see the fields of the same names in `Summary`.

    A field is None where it cannot be estimated.
    """

    low: float | None = None
    high: float | None = None
    p: float | None = None
    detectable: float | None = None
    seeds_needed: int | None = None
    low_at_large: float | None = None
    high_at_large: float | None = None
    p_holm: float | None = None
    detectable_holm: float | None = None
    near_far: float | None = None
    near_far_low: float | None = None
    near_far_high: float | None = None
    near_far_p: float | None = None
    near_far_p_holm: float | None = None
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None


def tested(
    plan: Plan,
    scores: Mapping[TargetEntry, Scores],
    store: Store,
    metrics: Mapping[str, Metric],
    known: Mapping[str, Language] | None,
) -> Mapping[TargetEntry, Verdict]:
    """Return cell to its test and rank.

    Args:
        plan: Holm's correction counts all contrasts that it declares, even those whose scores are
            not in the store yet.
        scores: The cells that have every language and seed.
        store: Holds the per-example statistics.
        metrics: The metric of each target; a target without one has no test.
        known: Every described language, for its family; None for those of the table.

    Returns:
        Cells with two seeds or more. A cell has a test if its opponent has two seeds as well, and
        a rank if all cells of the target have.

    Raises:
        StoreError: If a score has left the store.
    """
    facts = {t.name: t for t in plan.targets}
    arms = drawn(plan, scores, store, metrics)
    declared = plan.opponents()
    from xharness import stats

    pairs = {
        row: (arms[row], arms[other])
        for row, other in declared.items()
        if row in arms and other in arms
    }
    fixed = {row: stats.compare(*pair) for row, pair in pairs.items()}
    verdicts = {
        row: _test(fixed[row], pair, facts[row.target], known) for row, pair in pairs.items()
    }
    return _ranked(plan, arms, _corrected(declared, verdicts, fixed))


def drawn(
    plan: Plan,
    scores: Mapping[TargetEntry, Scores],
    store: Store,
    metrics: Mapping[str, Metric],
) -> Mapping[TargetEntry, stats.Drawn]:
    """Return cell to its scores, observed and resampled; languages in the target's order.

    Args:
        plan: What was compared.
        scores: The cells that have every language and seed; those with one seed are left out.
        store: Holds the per-example statistics.
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
    """Return the number of seeds of the language that has the fewest."""
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
    fixed: stats.MeanDifference,
    pair: tuple[stats.Drawn, stats.Drawn],
    target: TargetFacts,
    known: Mapping[str, Language] | None,
) -> Verdict:
    """Return the test of one contrast, without Holm's correction.

    Args:
        fixed: The contrast, with these languages.
        pair: The row and its opponent.
        target: What both were scored on.
        known: Every described language; None for those of the table.
    """
    from xharness import stats

    ours, theirs = pair
    others = [i for i, n in enumerate(target.languages) if n != target.source_language]
    families = [languages.group(target.languages[i], By.FAMILY, known) for i in others]
    large = None
    # Without known families, as those of fictional languages, there is no claim at large.
    if families and {ELSEWHERE, UNSAID}.isdisjoint(families):
        large = stats.sampled(ours.only(others), theirs.only(others), families)
    near, far = (_places(target, name, known) for name in ("near", "far"))
    apart = None
    if min(len(near), len(far)) >= FEWEST:
        apart = stats.between_groups(ours, theirs, near, far)
    return Verdict(
        low=fixed.low,
        high=fixed.high,
        p=fixed.p,
        detectable=fixed.detectable,
        seeds_needed=stats.seeds_needed(fixed, EFFECT) if fixed.parts else None,
        low_at_large=large.low if large else None,
        high_at_large=large.high if large else None,
        near_far=apart.difference if apart else None,
        near_far_low=apart.low if apart else None,
        near_far_high=apart.high if apart else None,
        near_far_p=apart.p if apart else None,
    )


def _places(target: TargetFacts, name: str, known: Mapping[str, Language] | None) -> list[int]:
    """Return the positions of the languages that are "near" the source language, or "far"."""
    source = target.source_language
    return [
        place
        for place, code in enumerate(target.languages)
        if code != source and languages.group(code, By.DISTANCE, known, source=source) == name
    ]


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
    declared: Mapping[TargetEntry, TargetEntry],
    verdicts: Mapping[TargetEntry, Verdict],
    fixed: Mapping[TargetEntry, stats.MeanDifference],
) -> dict[TargetEntry, Verdict]:
    """Return the tests with p values that are corrected for all declared contrasts.

    Those of near against far languages are corrected among themselves.
    """
    if not verdicts:
        return {}
    from xharness import stats

    none = Verdict()
    adjusted = stats.holm([verdicts.get(row, none).p for row in declared])
    apart = stats.holm([verdicts.get(row, none).near_far_p for row in declared])
    left = stats.level_left(adjusted)
    return {
        row: replace(
            verdicts[row],
            p_holm=p,
            near_far_p_holm=q,
            detectable_holm=fixed[row].detectable_at(left),
        )
        for row, p, q in zip(declared, adjusted, apart, strict=True)
        if row in verdicts
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads per-example statistics, and gives a target's cluster the same code in every score."""

    store: Store
    codes: dict[tuple[str, str], int] = field(default_factory=dict)
    """(target, cluster) to code."""
    coded: dict[tuple[str, tuple[str, ...]], npt.NDArray[np.int64]] = field(default_factory=dict)
    """(target, clusters of all items) to their codes. Kept because most scores of a target have
    the same clusters in the same order."""

    def arm(self, target: TargetFacts, scores: Scores) -> list[list[stats.Sample]]:
        """Return [seed][language] samples."""
        return [
            [self._sample(target.name, scores[name][seed]) for name in target.languages]
            for seed in range(_fewest(scores))
        ]

    def _sample(self, target: str, key: Key) -> stats.Sample:
        """Return the statistics and cluster codes of one score's examples."""
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
