"""A strategy's scored examples as arrays, and resampling them cluster by cluster."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

Score = Callable[[Sequence[float]], float]
"""Totals to a score in percent: `metrics.score` with its metric filled in."""
Scores = Callable[[Floats], Floats]
"""Rows of totals to their scores: `metrics.scores_of` with its metric filled in."""

_BLOCK = 64
"""Resamples drawn at once. With 10,000 clusters a block is 5 MB; all 500 at once would be 40."""
_KEPT = 1_000_000
"""Largest number of weights, clusters times resamples, kept for the next arm: 8 MB."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """One trained model's examples in one language."""

    statistics: Floats
    """What each example adds to the metric's totals; shape (items, k)."""
    clusters: Codes
    """Code of the passage that each item belongs to, the same in every language and training;
    shape (items,)."""


Training = Sequence[Sample]
"""The examples of one trained model, one `Sample` per language."""

Arm = Sequence[Training]
"""All trainings of one strategy on one target: [seed][language]."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """An arm's scores in percent: the observed ones, and those on each resample of the clusters."""

    observed: Floats
    """Shape (seeds, languages)."""
    resampled: Floats
    """Shape (resamples, seeds, languages)."""
    clusters: int
    """Number of different clusters among the items of all languages."""
    items: str
    """A digest that is equal for arms with the same items and the same resamples."""

    def only(self, languages: Sequence[int]) -> Drawn:
        """Return the scores in some of the languages, given by position."""
        chosen = list(languages)
        return replace(
            self, observed=self.observed[:, chosen], resampled=self.resampled[:, :, chosen]
        )


def _check(arm: Arm) -> None:
    """Refuse an arm whose trainings were not scored on the same items.

    Raises:
        ValueError: If there is nothing to score, a shape is wrong, or the items differ.
    """
    if not arm or not all(arm):
        raise ValueError("every arm needs a seed, and every seed a language")
    first = arm[0]
    for training in arm:
        if len(training) != len(first):
            raise ValueError(f"every training needs {len(first)} languages, got {len(training)}")
        for sample, other in zip(training, first, strict=True):
            if sample.statistics.ndim != 2 or len(sample.statistics) == 0:
                raise ValueError(f"need a shape (items, k), got {sample.statistics.shape}")
            if sample.statistics.shape != other.statistics.shape:
                raise ValueError(
                    "trainings must be scored on the same items, got shapes "
                    f"{other.statistics.shape} and {sample.statistics.shape}"
                )
            if len(sample.clusters) != len(sample.statistics):
                raise ValueError(
                    f"{len(sample.statistics)} items but {len(sample.clusters)} clusters"
                )
            if not np.array_equal(sample.clusters, other.clusters):
                raise ValueError("trainings must be scored on the same items in the same order")


def draw(
    arm: Arm, *, score: Score, seed: int, resamples: int = 500, at_once: Scores | None = None
) -> Drawn:
    """Return every training's score, observed and on each resample of the clusters.

    A resample draws as many clusters as there are, with replacement, once for all languages and
    all trainings, so the translations of an item are drawn together. Two arms on the same items
    get the same resamples from the same seed: how hard an item is cancels out of their difference.

    Args:
        arm: [seed][language].
        score: Totals, shape (k,), to percent.
        seed: Seed of the drawing.
        resamples: Number of resamples. With 500 the relative standard error of a variance is
            6 %, the square root of 2 / 499.
        at_once: `score` for many totals, shape (n, k) to (n,), if there is a faster way.

    Raises:
        ValueError: If the trainings were not all scored on the same items.

    Source:
        Davison and Hinkley 1997, section 3.8, for resampling whole clusters.
    """
    _check(arm)
    samples = [s for training in arm for s in training]
    sums, k = _cluster_sums(samples)
    blocks: list[Floats] = []
    for weights in _weights(len(sums), resamples, seed):
        totals = (weights @ sums).reshape(-1, k)
        scores = at_once(totals) if at_once else np.array([score(t) for t in totals.tolist()])
        blocks.append(scores.reshape(len(weights), -1))
    observed = [[score(s.statistics.sum(0).tolist()) for s in training] for training in arm]
    return Drawn(
        observed=np.array(observed),
        resampled=np.concatenate(blocks).reshape(resamples, len(arm), len(arm[0])),
        clusters=len(sums),
        items=_fingerprint(arm[0], f"{seed}/{resamples}"),
    )


def _cluster_sums(samples: Sequence[Sample]) -> tuple[Floats, int]:
    """Return what each cluster adds to the totals, shape (clusters, samples * k), and k.

    A score depends on sums only, so resampling clusters needs no more than these sums.
    """
    k = samples[0].statistics.shape[1]
    clusters = np.unique(np.concatenate([s.clusters for s in samples]))
    columns = [
        np.bincount(np.searchsorted(clusters, s.clusters), weights=column, minlength=len(clusters))
        for s in samples
        for column in s.statistics.T
    ]
    return np.stack(columns, axis=1), k


def _weights(clusters: int, resamples: int, seed: int) -> Iterable[Floats]:
    """Return `cluster_weights`, cached if they are few: all arms of a target use the same."""
    if clusters * resamples > _KEPT:
        return cluster_weights(clusters, resamples, np.random.default_rng(seed))
    return _kept_weights(clusters, resamples, seed)


@lru_cache(maxsize=8)
def _kept_weights(clusters: int, resamples: int, seed: int) -> tuple[Floats, ...]:
    """Return all blocks of `cluster_weights`, cached."""
    return tuple(cluster_weights(clusters, resamples, np.random.default_rng(seed)))


def cluster_weights(clusters: int, resamples: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield how often each cluster is drawn, in blocks of shape (<= 64, clusters)."""
    for start in range(0, resamples, _BLOCK):
        rows = min(_BLOCK, resamples - start)
        drawn = rng.integers(clusters, size=(rows, clusters))
        # Shifted row by row, so that one bincount counts the clusters of all rows.
        drawn += np.arange(rows)[:, None] * clusters
        counts = np.bincount(drawn.ravel(), minlength=rows * clusters)
        weights = counts.reshape(rows, clusters).astype(np.float64)
        # `_kept_weights` hands the same array to every arm, so none of them may change it.
        weights.flags.writeable = False
        yield weights


def _fingerprint(training: Training, how: str) -> str:
    """Return a digest of the clusters of all items and of how they are resampled."""
    digest = hashlib.sha256(how.encode())
    for sample in training:
        digest.update(f"/{len(sample.clusters)}:".encode())
        digest.update(np.ascontiguousarray(sample.clusters, dtype=np.int64).tobytes())
    return digest.hexdigest()
