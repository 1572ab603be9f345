"""Arms with scores that can be reckoned by hand, for the tests of statistics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from xharness.stats import Arm, Drawn, Sample, draw

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
