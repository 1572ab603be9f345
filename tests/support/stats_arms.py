"""Arms with scores that can be reckoned by hand, for the tests of statistics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from xharness.stats import Arm, Drawn, MeanDifference, Sample, compare, draw
from xharness.stats.samples import Score

Floats = npt.NDArray[np.float64]


def share(totals: Sequence[float]) -> float:
    """Return 100 * first / second."""
    return 100 * totals[0] / totals[1]


def sample(values: Sequence[float] | Floats, clusters: Sequence[int] | None = None) -> Sample:
    """Return items with these values out of one each, every item its own cluster by default."""
    statistics = np.stack([np.asarray(values, dtype=float), np.ones(len(values))], axis=1)
    codes = range(len(values)) if clusters is None else clusters
    return Sample(statistics=statistics, clusters=np.array(codes, dtype=np.int64))


def level(*scores: float, items: int = 4) -> Arm:
    """Return one language, a seed per score, every item of a seed with the same value."""
    return [[sample([s / 100] * items)] for s in scores]


def flat(*scores: Sequence[float]) -> Drawn:
    """Return an arm of [seed][language] scores in percent whose items are all alike."""
    return draw([[sample([s / 100] * 4) for s in seed] for seed in scores], score=share, seed=0)


def difference(
    ours: Arm, theirs: Arm, *, score: Score = share, seed: int = 0, resamples: int = 500
) -> MeanDifference:
    """Return how far one arm is ahead of another, both drawn alike."""
    arms = (draw(arm, score=score, seed=seed, resamples=resamples) for arm in (ours, theirs))
    return compare(*arms)


def ahead_of_nothing(arm: Arm, *, seed: int = 0, resamples: int = 500) -> MeanDifference:
    """Return the mean of an arm with its interval: how far it is ahead of one that scores 0."""
    nothing = [
        [Sample(statistics=s.statistics * [0, 1], clusters=s.clusters) for s in training]
        for training in arm
    ]
    return difference(arm, nothing, seed=seed, resamples=resamples)
