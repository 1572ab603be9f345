"""Which languages gain more: groups of them set against each other, and the transfer gap.

Both are differences of differences: what a row is ahead of its opponent in one group of a
target's languages, less what it is ahead in another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from xharness import languages
from xharness.analysis import results, significance
from xharness.analysis.language_groups import FEWEST, members
from xharness.analysis.results import Result
from xharness.languages import ELSEWHERE, UNSAID, By, Language
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
    """A number of points, with its 95 % interval where there is one."""

    value: float
    low: float | None = None
    high: float | None = None
    reason: str = ""
    """Why there is no interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How far two groups of a target's languages are apart under one strategy and arm."""

    strategy: str
    intermediates: str
    target: str
    one: str
    """The group that is looked at, such as "low"."""
    other: str
    """What it is set against, such as "high"."""
    languages: tuple[int, int]
    """How many each has."""
    apart: Estimate
    """Mean score in the one less that in the other, with these languages fixed."""
    against: str | None
    """Strategy that the row is compared with; None for that strategy itself."""
    gained: Estimate | None
    """`apart` less that of `against`: gain in the one less gain in the other; None without a
    strategy to compare with, or its scores."""
    at_large: Estimate | None
    """The same for languages like these: families vary too, within each group; the source
    language stays fixed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """The gaps between groups of one target's languages."""

    target: str
    groups: tuple[Gap, ...]
    """The two groups, row by row."""
    transfer: tuple[Gap, ...]
    """The source language against all others, row by row."""
    reasons: tuple[str, ...]
    """Why one of them is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """Two groups of a target's languages, by name; families are None where all stay fixed."""

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
    """Return how far groups of languages are apart, target by target.

    Args:
        plan: What was compared; its contrasts say which row is compared with which.
        scores: What the store has of it.
        store: For the per-example statistics behind intervals.
        metrics: The metric of each target; a target without one gets no interval.
        by: What languages are grouped by: low against high resources, far against near, or
            those that differ from the source language against those that are as it is.
        known: Every language that is described; None for the table's.

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
    """Return the two groups of languages, or why they cannot be set against each other."""
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
    """Return the mean of the one group less that of the other."""
    one, other = (fmean(scores[code] for code in codes) for codes in sides.codes)
    return one - other


def _estimate(value: float, low: float | None, high: float | None) -> Estimate:
    """Return a value with its interval; items of one cluster give none."""
    return Estimate(
        value=value, low=low, high=high, reason="" if low is not None else "one passage"
    )


def _at_large(
    value: float, arms: tuple[stats.Drawn, stats.Drawn], sides: _Sides, target: TargetFacts
) -> Estimate:
    """Return what is known for languages that were not measured."""
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
