"""Two trained models on the same items, by resampling; it says nothing of their strategies.

With only the seed changed, these tests call most pairs of models different, and rightly: they
are. Whether one strategy is better than another needs several seeds, see `difference`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xharness.stats.samples import Floats, Score, Training, check, cluster_sums, draw
from xharness.stats.student import LEVEL

_NEAR = 1e-9
"""Points; sums of the same numbers in another order differ by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """How far one trained model is ahead of another, averaged over languages."""

    difference: float
    """Percentage points."""
    p: float | None = None
    """Two-sided, of no difference; None with items from one cluster."""
    low: float | None = None
    """Lower end of the 95 % interval; None where the test gives none."""
    high: float | None = None


def paired_bootstrap(
    ours: Training, theirs: Training, *, score: Score, seed: int, resamples: int = 2000
) -> Paired:
    """Compare two trained models by drawing the clusters of their items again.

    Args:
        ours: By language.
        theirs: The same items.
        score: Totals, shape (k,), to a score in percent.
        seed: Seed of the resampling.
        resamples: How many.

    Raises:
        ValueError: If the two were not scored on the same items.

    Source:
        Efron and Tibshirani 1993, section 13.3, the percentile interval; Koehn 2004, paired.
    """
    check([[ours], [theirs]])
    one, other = (draw([t], score=score, seed=seed, resamples=resamples) for t in (ours, theirs))
    value = float(one.observed.mean() - other.observed.mean())
    if one.clusters < 2:
        return Paired(difference=value)
    drawn = (one.resampled - other.resampled).mean((1, 2))
    low, high = np.quantile(drawn, [LEVEL / 2, 1 - LEVEL / 2]).tolist()
    beyond = min(int((drawn <= _NEAR).sum()), int((drawn >= -_NEAR).sum()))
    return Paired(
        difference=value, p=min(1.0, 2 * (beyond + 1) / (resamples + 1)), low=low, high=high
    )


def randomisation(
    ours: Training, theirs: Training, *, score: Score, seed: int, rounds: int = 2000
) -> Paired:
    """Test two trained models by swapping their answers, cluster by cluster, at random.

    Args:
        ours: By language; the answers to one cluster are swapped in all languages at once.
        theirs: The same items.
        score: Totals, shape (k,), to a score in percent.
        seed: Seed of the swapping.
        rounds: How often all clusters are swapped or kept; p is never below 1 / (rounds + 1).

    Returns:
        Difference and p; the test gives no interval.

    Raises:
        ValueError: If the two were not scored on the same items.

    Source:
        Noreen 1989, section 2.5; Yeh 2000.
    """
    check([[ours], [theirs]])
    sums, k = cluster_sums([*ours, *theirs])
    mine, yours = np.split(sums, 2, axis=1)

    def ahead(swapped: Floats) -> float:
        left, right = mine.sum(0) - swapped, yours.sum(0) + swapped
        scores = [[score(t) for t in side.reshape(len(ours), k).tolist()] for side in (left, right)]
        return float(np.mean(scores[0]) - np.mean(scores[1]))

    value = ahead(np.zeros(mine.shape[1]))
    if len(sums) < 2:
        return Paired(difference=value)
    rng = np.random.default_rng(seed)
    coins = (rng.integers(2, size=len(sums)).astype(np.float64) for _ in range(rounds))
    beyond = sum(abs(ahead(c @ (mine - yours))) >= abs(value) - _NEAR for c in coins)
    return Paired(difference=value, p=(beyond + 1) / (rounds + 1))
