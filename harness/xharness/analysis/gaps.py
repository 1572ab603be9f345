"""Which languages gain more: one group of languages against another, and the transfer gap.

Both are differences in differences: how far a row is ahead of its opponent in one group of a
target's languages, minus how far it is ahead in another group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from xharness import languages
from xharness.analysis import results, significance
from xharness.analysis.language_groups import members
from xharness.analysis.results import Result
from xharness.languages import ELSEWHERE, FEWEST, UNSAID, By, Language
from xharness.planning.contrasts import TargetEntry
from xharness.planning.plan import Plan, TargetFacts
from xharness.store.store import Store

if TYPE_CHECKING:
    from xharness import stats
    from xharness.metrics import Metric

FAMILIES = 4
"""Families that a claim about languages at large needs in each group; as in `xharness.stats`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A difference in points, with its 95 % interval if it can be estimated."""

    value: float
    low: float | None = None
    high: float | None = None
    reason: str = ""
    """Why there is no interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The difference between two groups of a target's languages, for one row."""

    strategy: str
    intermediates: str
    target: str
    one: str
    """The first group, such as "low"."""
    other: str
    """The second group, such as "high"."""
    languages: tuple[int, int]
    """Number of languages in each group."""
    apart: Estimate
    """Mean score in the first group minus that in the second; languages are fixed."""
    against: str | None
    """Strategy that the row is compared with; None for that strategy itself."""
    gained: Estimate | None
    """Gain over `against` in the first group minus the gain in the second; languages are fixed.
    None without a strategy to compare with, or without its scores."""
    at_large: Estimate | None
    """The same for languages at large: in each group language families vary too. A group that is
    the source language stays fixed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """The gaps between groups of one target's languages."""

    target: str
    groups: tuple[Gap, ...]
    """One per row: the first group against the second."""
    transfer: tuple[Gap, ...]
    """One per row: the source language against all others."""
    reasons: tuple[str, ...]
    """Why `groups` or `transfer` is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """Two groups of a target's languages: names, codes, and code to language family.

    In a group that stays fixed the family is None.
    """

    names: tuple[str, str]
    codes: tuple[Sequence[str], Sequence[str]]
    families: tuple[Mapping[str, str | None], Mapping[str, str | None]]


def measure(
    plan: Plan,
    scores: Sequence[Result],
    store: Store,
    metrics: Mapping[str, Metric],
    by: By,
    known: Mapping[str, Language] | None = None,
) -> tuple[Gaps, ...]:
    """Return the differences between groups of languages, one `Gaps` per target.

    Args:
        plan: What was compared; its contrasts say which row is compared with which.
        scores: The plan's scores that the store has.
        store: Holds the per-example statistics, which intervals need.
        metrics: The metric of each target; a target without one gets no interval.
        by: The property by which languages are grouped. Resource: low against high; distance:
            far against near; any other: languages that differ from the source language against
            those that have the same value.
        known: Every described language; None for those of the table.

    Raises:
        StoreError: If a score has left the store.
    """
    whole = results.whole(plan, scores)
    drawn = significance.drawn(plan, whole, store, metrics)
    scored: dict[TargetEntry, dict[str, list[float]]] = {row: {} for row in whole}
    for r in scores:
        if r.on_target in scored:
            scored[r.on_target].setdefault(r.language, []).append(r.score)
    means = {row: {n: fmean(v) for n, v in by.items()} for row, by in scored.items()}
    return tuple(_of_target(plan, target, by, known, means, drawn) for target in plan.targets)


def _of_target(
    plan: Plan,
    target: TargetFacts,
    by: By,
    known: Mapping[str, Language] | None,
    means: Mapping[TargetEntry, Mapping[str, float]],
    drawn: Mapping[TargetEntry, stats.Drawn],
) -> Gaps:
    """Return one target's gaps."""
    family = {c: languages.group(c, By.FAMILY, known) for c in target.languages}
    gaps: list[tuple[Gap, ...]] = []
    reasons: list[str] = []
    for sides in (_groups(target, by, known, family), _transfer(target, family)):
        if isinstance(sides, str):
            reasons.append(sides)
            gaps.append(())
            continue
        gaps.append(
            tuple(
                _gap(row, plan.opponents().get(row), target, sides, means, drawn)
                for row in means
                if row.target == target.name
            )
        )
    return Gaps(target=target.name, groups=gaps[0], transfer=gaps[1], reasons=tuple(reasons))


def _groups(
    target: TargetFacts,
    by: By,
    known: Mapping[str, Language] | None,
    family: Mapping[str, str],
) -> _Sides | str:
    """Return the two groups of languages, or why they cannot be compared."""
    by_group = members(target, by, known)
    fixed = {By.RESOURCE: ("low", "high"), By.DISTANCE: ("far", "near")}
    if by in fixed:
        names = fixed[by]
        codes = [list(by_group.get(name, ())) for name in names]
    else:
        own = languages.group(target.source_language, by, known)
        if own in {UNSAID, ELSEWHERE}:
            return f"not estimable: the {by.value} of {target.source_language} is {own}"
        names = (f"other than {own}", own)
        apart = [c for n, cs in by_group.items() if n not in {own, UNSAID, ELSEWHERE} for c in cs]
        codes = [apart, list(by_group.get(own, ()))]
    few = [f"{n} {len(c)}" for n, c in zip(names, codes, strict=True) if len(c) < FEWEST]
    if few:
        return (
            f"{names[0]} against {names[1]}: not estimable, too few languages "
            f"({', '.join(few)}; {FEWEST} would do)"
        )
    sampled = [{c: family[c] for c in group} for group in codes]
    return _Sides(names=names, codes=(codes[0], codes[1]), families=(sampled[0], sampled[1]))


def _transfer(target: TargetFacts, family: Mapping[str, str]) -> _Sides | str:
    """Return the source language and all others, or why there is no transfer gap."""
    source = target.source_language
    others = [code for code in target.languages if code != source]
    if len(others) == len(target.languages) or not others:
        lacks = "languages other than" if not others else "test in"
        return f"transfer gap: not estimable, {target.name} has no {lacks} {source}"
    return _Sides(
        names=(source, "the others"),
        codes=([source], others),
        families=({source: None}, {code: family[code] for code in others}),
    )


def _gap(
    row: TargetEntry,
    other: TargetEntry | None,
    target: TargetFacts,
    sides: _Sides,
    means: Mapping[TargetEntry, Mapping[str, float]],
    drawn: Mapping[TargetEntry, stats.Drawn],
) -> Gap:
    """Return one row's gap."""
    from xharness import stats

    places = [[target.languages.index(c) for c in codes] for codes in sides.codes]
    value = _apart(means[row], sides)
    reason = "needs two seeds"
    own = Estimate(value=value, reason=reason)
    if row in drawn:
        interval = stats.between_languages(drawn[row], *places)
        own = _estimate(value, interval.low, interval.high)
    gained = large = None
    if other is not None and other in means:
        value -= _apart(means[other], sides)
        gained = large = Estimate(value=value, reason=reason)
        if row in drawn and other in drawn:
            held = stats.between_groups(drawn[row], drawn[other], *places)
            gained = _estimate(value, held.low, held.high)
            large = _at_large(value, (drawn[row], drawn[other]), sides, target)
    return Gap(
        **row._asdict(),
        one=sides.names[0],
        other=sides.names[1],
        languages=(len(places[0]), len(places[1])),
        apart=own,
        against=None if other is None else other.strategy,
        gained=gained,
        at_large=large,
    )


def _apart(scores: Mapping[str, float], sides: _Sides) -> float:
    """Return the mean of the first group minus that of the second."""
    one, other = (fmean(scores[code] for code in codes) for codes in sides.codes)
    return one - other


def _estimate(value: float, low: float | None, high: float | None) -> Estimate:
    """Return a value with its interval; without one if all items are in one cluster."""
    return Estimate(
        value=value, low=low, high=high, reason="" if low is not None else "one passage"
    )


def _at_large(
    value: float, arms: tuple[stats.Drawn, stats.Drawn], sides: _Sides, target: TargetFacts
) -> Estimate:
    """Return the difference for languages at large, or why it has no interval."""
    from xharness import stats

    for name, families in zip(sides.names, sides.families, strict=True):
        there = {f for f in families.values() if f is not None}
        if there & {UNSAID, ELSEWHERE}:
            return Estimate(value=value, reason="families unknown")
        if 0 < len(there) < FAMILIES:
            reason = f"{name}: {len(there)} of {FAMILIES} families"
            return Estimate(value=value, reason=reason)
    one, other = (
        {target.languages.index(c): family for c, family in side.items()} for side in sides.families
    )
    held = stats.sampled_between(*arms, one, other)
    return _estimate(value, held.low, held.high)
