"""The difference of two strategies in languages at large, also those that were not tested.

The languages of a target are taken as a sample. Languages of one family score alike, so what is
sampled is families, besides seeds and items. Few families say little: the interval is wide, and
with fewer than `FEWEST` there is none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from xharness.stats.components import Component, less, over_clusters, parts
from xharness.stats.difference import MeanDifference, apart, judged, same_items
from xharness.stats.samples import Drawn, Floats

FEWEST = 4
"""Language families that an interval for languages at large needs at least; the number is ours.
Three families, with two degrees of freedom, would give 4.3 standard errors to either side."""


def sampled(ours: Drawn, theirs: Drawn, families: Sequence[str]) -> MeanDifference:
    """Return how far one strategy is ahead of another in languages like these.

    Args:
        ours: All languages of a target; two seeds or more give an interval.
        theirs: The same, on the same items.
        families: The family of each language.

    Returns:
        The unweighted mean difference over languages, without an interval where there are fewer
        than `FEWEST` families.

    Raises:
        ValueError: If the items differ, or a language has no family.

    Source:
        Cameron, Gelbach and Miller 2011, for variances that are clustered in several ways: those
        of seeds, items and families are added, and what they have in common is subtracted.
    """
    same_items(ours, theirs)
    if len(families) != ours.observed.shape[1]:
        raise ValueError(f"need {ours.observed.shape[1]} families, got {len(families)}")
    value = float(ours.observed.mean() - theirs.observed.mean())
    fixed = parts([ours, theirs], np.full(len(families), 1 / len(families)))
    if fixed is None or len(set(families)) < FEWEST:
        return MeanDifference(difference=value)
    varying = _over_families(ours, theirs, _shares(families))
    return judged(value, replace(fixed, languages=varying))


def sampled_between(
    ours: Drawn, theirs: Drawn, one: Mapping[int, str | None], other: Mapping[int, str | None]
) -> MeanDifference:
    """Return how much more a strategy gains in languages like one group than like another.

    A family with members in both groups counts as two families. What these have in common would
    cancel out of the difference; counted so, it makes the interval wider, not too narrow.

    Args:
        ours: All languages of a target; two seeds or more give an interval.
        theirs: The same, on the same items.
        one: Position of each language of the first group to its family. All are None for a group
            that is fixed, such as the source language.
        other: The same for the second group; no language may be in both.

    Returns:
        The gain in the first group minus the gain in the second, without an interval where a
        group that varies has fewer than `FEWEST` families.

    Raises:
        ValueError: If a group is empty, they overlap, the items differ, or only some languages
            of a group have a family.
    """
    same_items(ours, theirs)
    weights = apart(ours.observed.shape[1], [*one], [*other])
    value = float((ours.observed.mean(0) - theirs.observed.mean(0)) @ weights)
    fixed = parts([ours, theirs], weights)
    varying = []
    for group in (one, other):
        families = [f for f in group.values() if f is not None]
        if families and len(families) < len(group):
            raise ValueError("need the family of every language of a group, or of none")
        if fixed is None or 0 < len(set(families)) < FEWEST:
            return MeanDifference(difference=value)
        if families:
            arms = (ours.only([*group]), theirs.only([*group]))
            varying.append(_over_families(*arms, _shares(families)))
    if fixed is None or not varying:
        return judged(value, fixed)
    return judged(value, replace(fixed, languages=_sum(varying)))


def _sum(independent: Sequence[Component]) -> Component:
    """Return the sum of independent components.

    Source:
        Satterthwaite 1946, for its degrees of freedom.
    """
    variance = math.fsum(c.variance for c in independent)
    spread = math.fsum(c.variance**2 / c.degrees for c in independent)
    degrees = variance**2 / spread if spread else min(c.degrees for c in independent)
    return Component(variance, degrees)


def _shares(families: Sequence[str]) -> Floats:
    """Return 1 / languages where a language is in a family, else 0; (languages, families)."""
    member = [[float(f == name) for name in sorted(set(families))] for f in families]
    shares: Floats = np.array(member) / len(families)
    return shares


def _over_families(ours: Drawn, theirs: Drawn, shares: Floats) -> Component:
    """Return the part of the variance that comes from the choice of language families.

    The interactions of family with seed and of family with item are subtracted, because the
    variances of seeds and of items contain them already.

    Args:
        ours: One strategy.
        theirs: The other one.
        shares: From `_shares`; shape (languages, families).
    """
    arms, clusters = (ours, theirs), ours.clusters
    factor, degrees = _families(shares.sum(0))
    gains = ours.observed.mean(0) - theirs.observed.mean(0)
    whole = Component(factor * float((_centred(gains, shares) ** 2).sum()), degrees)
    drawn = ours.resampled.mean(1) - theirs.resampled.mean(1)
    overlaps = [
        Component(
            factor * over_clusters(_centred(drawn, shares), clusters), degrees * (clusters - 1)
        )
    ]
    for arm in arms:
        seeds = len(arm.observed)
        scale = factor / (seeds * (seeds - 1))
        apart = arm.observed - arm.observed.mean(0)
        with_seeds = scale * float((_centred(apart, shares) ** 2).sum())
        # Both overlaps contain the interaction of seed, item and family; subtract it only once.
        apart = arm.resampled - arm.resampled.mean(1, keepdims=True)
        with_both = scale * over_clusters(_centred(apart, shares), clusters)
        net = max(with_seeds - with_both, 0.0)
        overlaps.append(Component(net, degrees * (seeds - 1)))
    return less(whole, overlaps)


def _centred(values: Floats, shares: Floats) -> Floats:
    """Return each family's deviation from the mean, times its share; shape (..., families)."""
    centred: Floats = (values - values.mean(-1, keepdims=True)) @ shares
    return centred


def _families(sizes: Floats) -> tuple[float, float]:
    """Return the factor that makes a sum of squares over families unbiased, and its degrees.

    F families of equal size give F / (F - 1) and F - 1 degrees of freedom; a large family among
    small ones gives fewer degrees.

    Args:
        sizes: Each family's share of the languages; they add up to one.

    Source:
        Bell and McCaffrey 2002, under the assumption that the members of a family gain alike.
    """
    residuals = np.diag(sizes) @ (np.eye(len(sizes)) - sizes)
    form = residuals.T @ residuals
    trace = float(np.trace(form))
    return float((sizes**2).sum()) / trace, trace**2 / math.fsum((form * form).ravel().tolist())
