"""The difference of two strategies, or of two groups of languages, with its interval and test.

A new fine-tuning seed alone can move a score by points. An interval over items only would call
equal strategies different, so here both seeds and items vary. Languages are fixed: the claim is
about the languages that were tested.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from xharness.stats.components import Component, Parts, contrast, parts
from xharness.stats.samples import Drawn, Floats
from xharness.stats.student import LEVEL, POWER, Student, student


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanDifference:
    """How far one strategy is ahead of another, averaged over seeds and languages.

    All fields but `difference` are None where the variance cannot be estimated: with one seed
    in an arm, or with all items in one cluster.
    """

    difference: float
    """Percentage points; positive when `ours` is ahead."""
    low: float | None = None
    """Lower end of the 95 % interval of the difference."""
    high: float | None = None
    p: float | None = None
    """Two-sided p value of the hypothesis that there is no difference."""
    degrees: float | None = None
    """Degrees of freedom of the t distribution; infinite where nothing varies."""
    error: float | None = None
    """Standard error, in points."""
    parts: Parts | None = None
    """What the variance is made of."""

    @property
    def detectable(self) -> float | None:
        """Points: the true difference that so many seeds and items find with a power of 80 %.

        Computed when asked for, as it takes longer than all else here.
        """
        return self.detectable_at(LEVEL)

    def detectable_at(self, level: float) -> float | None:
        """Return the same where only a p value of at most `level` counts as found."""
        if self.error is None or self.degrees is None:
            return None
        return Student(error=self.error, degrees=self.degrees).detectable(level=level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """How much better a strategy does in one group of languages, averaged over seeds.

    The interval is None where the variance cannot be estimated: with one seed, or with all items
    in one cluster.
    """

    mean: float
    """Percentage points."""
    low: float | None = None
    """Lower end of the 95 % interval of the mean."""
    high: float | None = None


def compare(ours: Drawn, theirs: Drawn) -> MeanDifference:
    """Return how far one strategy is ahead of another on a target, with these languages fixed.

    Args:
        ours: One strategy; two seeds or more give an interval. A model that is not trained has
            no variance over seeds: pass it as several equal seeds.
        theirs: The other strategy, on the same resamples of the same items. Seeds are not
            paired, so the two may have different numbers of them.

    Raises:
        ValueError: If the items or the resamples differ.

    Source:
        Clark 1973, for seeds and items as crossed random effects; Satterthwaite 1946, for the
        degrees of freedom.
    """
    languages = ours.observed.shape[1]
    return _weighted(ours, theirs, np.full(languages, 1 / languages))


def between_groups(
    ours: Drawn, theirs: Drawn, one: Sequence[int], other: Sequence[int]
) -> MeanDifference:
    """Return how much more a strategy gains in one group of languages than in another.

    It is a difference in differences: (ours - theirs in the first group) - (ours - theirs in the
    second). Each group is the unweighted mean of its languages, which are fixed.

    Args:
        ours: All languages of a target.
        theirs: The same, on the same items.
        one: Positions of the first group's languages, such as those with few resources.
        other: Positions of the second group's languages; none may be in both.

    Raises:
        ValueError: If a group is empty, or they overlap, or the items differ.
    """
    return _weighted(ours, theirs, apart(ours.observed.shape[1], one, other))


def between_languages(arm: Drawn, one: Sequence[int], other: Sequence[int]) -> Mean:
    """Return how much better a strategy does in one group of languages than in another.

    Args:
        arm: All languages of a target.
        one: Positions of the first group's languages, such as the source language alone.
        other: Positions of the second group's languages; none may be in both.

    Raises:
        ValueError: If a group is empty, or they overlap.
    """
    weights = apart(arm.observed.shape[1], one, other)
    value = float(arm.observed.mean(0) @ weights)
    variance = parts([arm], weights)
    if variance is None:
        return Mean(mean=value)
    half = student(variance).half
    return Mean(mean=value, low=value - half, high=value + half)


def apart(languages: int, one: Sequence[int], other: Sequence[int]) -> Floats:
    """Return language weights that give one group's mean minus another's, shape (languages,).

    Raises:
        ValueError: If a group is empty, or they overlap.
    """
    if not one or not other or set(one) & set(other):
        raise ValueError("need two groups of languages that share none")
    weights = np.zeros(languages)
    weights[list(one)] = 1 / len(one)
    weights[list(other)] = -1 / len(other)
    return weights


def seeds_needed(
    estimate: MeanDifference, effect: float, *, power: float = POWER, most: int = 100
) -> int | None:
    """Return how many seeds per arm would detect an effect; None if even `most` would not.

    More seeds cannot make up for too few items, so no number of seeds may be enough. The variance
    over seeds is an estimate and may be too small; the fewer seeds it is from, the more seeds are
    asked for.

    Args:
        estimate: A difference with an interval, of the same strategies and items.
        effect: True difference to detect, in points.
        power: Chance of detecting it, up to 0.99.
        most: Largest number of seeds that is tried.

    Raises:
        ValueError: If the difference was not estimable, or the effect is not positive.
    """
    estimated = estimate.parts
    if estimated is None or effect <= 0:
        raise ValueError("need an estimated difference, and an effect above zero")
    enough = bisect_left(
        range(2, most + 1), power, key=lambda seeds: _power_of(estimated, seeds, effect)
    )
    return enough + 2 if enough + 2 <= most else None


def _power_of(estimated: Parts, seeds: int, effect: float) -> float:
    """Return the chance that so many seeds per arm find an effect."""
    # The variance of a mean over n seeds is 1/n of one seed's; the estimate has n = degrees + 1.
    variances = [part.variance * (part.degrees + 1) / seeds for part in estimated.seeds]
    planned = tuple(Component(v, seeds - 1) for v in variances)
    known = tuple(
        Component(v, part.degrees) for v, part in zip(variances, estimated.seeds, strict=True)
    )
    trust = student(replace(estimated, seeds=planned), known=replace(estimated, seeds=known))
    return trust.power(effect)


def same_items(ours: Drawn, theirs: Drawn) -> None:
    """Refuse two arms whose resamples cannot be subtracted from each other.

    Raises:
        ValueError: If the items or the resamples differ.
    """
    if ours.items != theirs.items:
        raise ValueError("arms must be scored on the same items and drawn with the same seed")


def judged(value: float, variance: Parts | None) -> MeanDifference:
    """Return a difference with its interval and test, from the parts of its variance."""
    if variance is None:
        return MeanDifference(difference=value)
    trust = student(variance)
    return MeanDifference(
        difference=value,
        low=value - trust.half,
        high=value + trust.half,
        p=trust.p(value),
        degrees=trust.degrees,
        error=trust.error,
        parts=variance,
    )


def _weighted(ours: Drawn, theirs: Drawn, weights: Floats) -> MeanDifference:
    """Return how far one strategy is ahead of another, with these weights of languages."""
    same_items(ours, theirs)
    arms = (ours, theirs)
    value = float(contrast([arm.observed.mean(0) for arm in arms]) @ weights)
    # Subtracting equal means can leave 1e-15. Where nothing varies, p would be 0 for it, not 1.
    value = 0.0 if math.isclose(value, 0.0, abs_tol=1e-12) else value
    return judged(value, parts(arms, weights))
