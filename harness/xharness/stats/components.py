"""The mean of a strategy and the difference of two, with seeds and items both random.

Changing only the fine-tuning seed moves a score by points, so an interval that knows of items
alone calls equal strategies different. Here both vary, crossed: every seed is scored on the
same items.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from xharness.stats.samples import Arm, Floats, Score, check, count_clusters, observed, resampled


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How far one strategy is ahead of another, averaged over seeds and languages.

    All but `difference` are None when it is not estimable: an arm with one seed, or items
    from one cluster.
    """

    difference: float
    """Percentage points; positive when `ours` is ahead."""
    low: float | None = None
    """Lower end of the 95 % interval of the difference."""
    high: float | None = None
    p: float | None = None
    """Two-sided, of no difference."""
    degrees: float | None = None
    """Degrees of freedom of the t distribution; infinite where nothing varies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A strategy's score, averaged over seeds and languages.

    All but `mean` are None when it is not estimable: one seed, or items from one cluster.
    """

    mean: float
    """Percent."""
    low: float | None = None
    """Lower end of the 95 % interval of the mean."""
    high: float | None = None
    degrees: float | None = None


@dataclass(frozen=True, slots=True)
class _Component:
    """One part of a variance, and how well it is known."""

    variance: float
    degrees: float


def difference(
    ours: Arm, theirs: Arm, *, score: Score, seed: int, resamples: int = 500
) -> Difference:
    """Compare two strategies on one target, with these languages fixed.

    The variance is that of each arm's seeds plus that of the items. What seed and item do
    together is in both, so where that is large the interval is somewhat too wide.

    Args:
        ours: [seed][language], two seeds or more for an interval. A model that is not trained
            at all does not vary: give it once per seed, the same each time.
        theirs: The same for the other strategy, on the same items; the seeds of the two need
            not be equally many, and are not paired.
        score: Totals, shape (k,), to a score in percent.
        seed: Seed of the resampling.
        resamples: How many resamples the item variance is taken from.

    Raises:
        ValueError: If the trainings were not all scored on the same items.

    Source:
        Clark 1973, for seeds and items as crossed random effects; Satterthwaite 1946, for the
        degrees of freedom.
    """
    check([ours, theirs])
    value = float(observed(ours, score).mean() - observed(theirs, score).mean())
    parts = _components([ours, theirs], score, seed=seed, resamples=resamples)
    if parts is None:
        return Difference(difference=value)
    half, degrees, p = _student(value, parts)
    return Difference(difference=value, low=value - half, high=value + half, p=p, degrees=degrees)


def interval(arm: Arm, *, score: Score, seed: int, resamples: int = 500) -> Mean:
    """Return a strategy's mean with its interval, with these languages fixed.

    Args:
        arm: [seed][language], two seeds or more for an interval.
        score: Totals, shape (k,), to a score in percent.
        seed: Seed of the resampling.
        resamples: How many resamples the item variance is taken from.

    Raises:
        ValueError: If the trainings were not all scored on the same items.
    """
    check([arm])
    value = float(observed(arm, score).mean())
    parts = _components([arm], score, seed=seed, resamples=resamples)
    if parts is None:
        return Mean(mean=value)
    half, degrees, _ = _student(value, parts)
    return Mean(mean=value, low=value - half, high=value + half, degrees=degrees)


def _components(
    arms: Sequence[Arm], score: Score, *, seed: int, resamples: int
) -> list[_Component] | None:
    """Return the parts of the variance of the arms' mean or difference; None if not estimable."""
    clusters = count_clusters(arms[0])
    if clusters < 2 or min(len(arm) for arm in arms) < 2:
        return None
    drawn = resampled(arms, score, resamples=resamples, seed=seed)
    means = [d.mean(1) for d in drawn]
    contrast = means[0] if len(arms) == 1 else means[0] - means[1]
    items = _Component(_cluster_variance(contrast, clusters), clusters - 1)
    return [items, *(_seeds(observed(arm, score)) for arm in arms)]


def _seeds(scores: Floats) -> _Component:
    """Return the variance that an arm's mean has because other seeds could have been used."""
    return _Component(float(scores.var(ddof=1)) / len(scores), len(scores) - 1)


def _cluster_variance(drawn: Floats, clusters: int) -> float:
    """Return the variance over resamples, unbiased for a mean of `clusters` equal clusters.

    Source:
        Efron and Tibshirani 1993, section 5.3: drawing n from n underestimates by (n - 1) / n.
    """
    return float(drawn.var(ddof=1)) * clusters / (clusters - 1)


def _student(value: float, parts: Sequence[_Component]) -> tuple[float, float, float]:
    """Return half the 95 % interval, its degrees of freedom, and p of zero, two-sided."""
    # A tenth of the time that importing scipy.stats takes.
    from scipy import special

    variance = math.fsum(p.variance for p in parts)
    if variance <= 0:
        return 0.0, math.inf, float(value == 0)
    degrees = variance**2 / math.fsum(p.variance**2 / p.degrees for p in parts)
    error = math.sqrt(variance)
    half = float(special.stdtrit(degrees, 0.975)) * error
    return half, degrees, float(2 * special.stdtr(degrees, -abs(value) / error))
