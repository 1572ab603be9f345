"""The difference of two strategies for languages that were not measured.

The languages of a target are a sample of those that it could have, and come in families whose
members do alike. So families vary, beside seeds and items. Few families say little: the
interval is wide, and with fewer than `FEWEST` there is none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from xharness.stats.components import Component, less, over_clusters, parts
from xharness.stats.difference import Difference, judged, same_items
from xharness.stats.samples import Drawn, Floats

FEWEST = 4
"""Families without which nothing is said of languages at large."""


def sampled(ours: Drawn, theirs: Drawn, families: Sequence[str]) -> Difference:
    """Compare two strategies, with the languages a sample of families.

    Args:
        ours: All languages of a target, two seeds or more for an interval.
        theirs: The same, on the same items.
        families: Of each language.

    Returns:
        The difference over languages, unweighted; not estimable with fewer than `FEWEST`
        families.

    Raises:
        ValueError: If the items differ, or a language has no family.

    Source:
        Cameron, Gelbach and Miller 2011, for adding and taking off what seeds, items and
        families share.
    """
    same_items(ours, theirs)
    if len(families) != ours.observed.shape[1]:
        raise ValueError(f"need {ours.observed.shape[1]} families, got {len(families)}")
    names = sorted(set(families))
    member = np.array([[float(f == name) for name in names] for f in families])
    shares = member / len(families)
    value = float(ours.observed.mean() - theirs.observed.mean())
    fixed = parts([ours, theirs], np.full(len(families), 1 / len(families)))
    if fixed is None or len(names) < FEWEST:
        return Difference(difference=value)
    varying = _over_families(ours, theirs, shares)
    return judged(value, replace(fixed, languages=varying))


def _over_families(ours: Drawn, theirs: Drawn, shares: Floats) -> Component:
    """Return the variance because other families could have been used, without what is shared.

    What family and seed, and family and item, do together is in the variance of seeds and of
    items already.

    Args:
        ours: Shapes (seeds, languages) and (resamples, seeds, languages).
        theirs: The same.
        shares: What each language counts in its family; shape (languages, families).
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
        # Of seed, item and family together; it was taken off twice, so once too often.
        apart = arm.resampled - arm.resampled.mean(1, keepdims=True)
        with_both = scale * over_clusters(_centred(apart, shares), clusters)
        net = max(with_seeds - with_both, 0.0)
        overlaps.append(Component(net, degrees * (seeds - 1)))
    return less(whole, overlaps)


def _centred(values: Floats, shares: Floats) -> Floats:
    """Return what each family adds to the mean beyond its share of it; shape (..., families)."""
    centred: Floats = (values - values.mean(-1, keepdims=True)) @ shares
    return centred


def _families(sizes: Floats) -> tuple[float, float]:
    """Return what makes a sum of squares over families unbiased, and its degrees of freedom.

    Equal families give F / (F - 1) and F - 1; a large one among small ones gives fewer degrees.

    Args:
        sizes: Each family's part of the languages; they add up to one.

    Source:
        Bell and McCaffrey 2002; the members of a family are taken to gain alike.
    """
    residuals = np.diag(sizes) @ (np.eye(len(sizes)) - sizes)
    form = residuals.T @ residuals
    trace = float(np.trace(form))
    return float((sizes**2).sum()) / trace, trace**2 / math.fsum((form * form).ravel().tolist())
