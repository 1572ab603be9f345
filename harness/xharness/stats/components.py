"""The variance components of a mean or a difference: what seeds and items each add to it.

Seeds and items are crossed: every training is scored on the same items. So the variance between
seeds and the variance between items both contain their interaction, and it is subtracted once.
Languages are fixed here; in the module `languages` they vary too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xharness.stats.samples import Drawn, Floats


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a variance, and how well it is known."""

    variance: float
    """What this part adds to the variance of the mean or difference, in squared points."""
    degrees: float
    """Degrees of freedom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the variance of a mean, or of a difference of means, is made of."""

    items: Component
    """From the choice of items, without their interaction with seeds, which `seeds` contains."""
    seeds: tuple[Component, ...]
    """From the choice of seeds, one component per arm; degrees of freedom: its seeds - 1."""
    languages: Component | None = None
    """From the choice of languages; None where they are fixed."""

    def all(self) -> tuple[Component, ...]:
        """Return all parts."""
        return (self.items, *self.seeds, *(() if self.languages is None else (self.languages,)))


def parts(arms: Sequence[Drawn], weights: Floats) -> Parts | None:
    """Return the parts of the variance; None with fewer than two seeds, or two clusters.

    Args:
        arms: One arm for its mean, or two for the first minus the second, on the same resamples.
        weights: Weight of each language; shape (languages,).

    Source:
        Searle, Casella and McCulloch 1992, section 4.4: with rows and columns crossed, the
        variance of a mean is MS(rows) + MS(columns) - MS(rows x columns), over the cells.
    """
    clusters = arms[0].clusters
    if clusters < 2 or min(len(arm.observed) for arm in arms) < 2:
        return None
    # Shape (resamples, seeds): the languages are combined before any variance is taken, because
    # the translations of an item are not independent.
    drawn = [arm.resampled @ weights for arm in arms]
    both = Component(over_clusters(contrast([d.mean(1) for d in drawn]), clusters), clusters - 1)
    together = [_seed_and_item(d, clusters) for d in drawn]
    return Parts(
        items=less(both, together),
        seeds=tuple(_over_seeds(arm.observed @ weights) for arm in arms),
    )


def contrast(values: Sequence[Floats]) -> Floats:
    """Return the first of two arrays minus the second; a single array as it is."""
    return values[0] if len(values) == 1 else values[0] - values[1]


def less(whole: Component, overlaps: Sequence[Component]) -> Component:
    """Return a component minus its overlaps with others, but at least zero.

    Source:
        Satterthwaite 1946, for the degrees of freedom of a combination of mean squares.
    """
    variance = whole.variance - math.fsum(o.variance for o in overlaps)
    if variance <= 0:
        return Component(0.0, whole.degrees)
    spread = math.fsum(c.variance**2 / c.degrees for c in (whole, *overlaps))
    return Component(variance, variance**2 / spread)


def _over_seeds(scores: Floats) -> Component:
    """Return the variance of a mean that comes from the choice of seeds."""
    return Component(float(scores.var(ddof=1)) / len(scores), len(scores) - 1)


def _seed_and_item(drawn: Floats, clusters: int) -> Component:
    """Return the part of the variance of an arm's mean that the seed-item interaction causes.

    Args:
        drawn: Scores on resamples, shape (resamples, seeds).
        clusters: Number of clusters that were resampled.
    """
    seeds = drawn.shape[1]
    apart = drawn - drawn.mean(1, keepdims=True)
    variance = over_clusters(apart, clusters) / (seeds * (seeds - 1))
    return Component(variance, (seeds - 1) * (clusters - 1))


def over_clusters(drawn: Floats, clusters: int) -> float:
    """Return the variance over resamples, corrected for the number of clusters.

    Args:
        drawn: Shape (resamples, ...); the variances of several values are added.
        clusters: Number of clusters that were resampled.

    Source:
        Efron and Tibshirani 1993, section 5.3: a bootstrap of n units gives (n - 1) / n of the
        unbiased variance of a mean.
    """
    return float(np.var(drawn, axis=0, ddof=1).sum()) * clusters / (clusters - 1)
