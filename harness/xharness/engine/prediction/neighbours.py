"""Nearest neighbours by cosine, exact, and translations mined from them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from xharness import metrics
from xharness.errors import DataError
from xharness.metrics import Answered, MiningF1
from xharness.metrics.mining import NEIGHBOURS, Candidate, Neighbours, pair_up

Vectors = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]

_BLOCK = 4096
"""Vectors whose neighbours are copied at once, to bound the memory."""


def nearest(source: Vectors, target: Vectors, *, threads: int | None = None) -> Positions:
    """Return, for each target vector, the position of the source with the largest cosine.

    The direction is XTREME's: Tatoeba's foreign sentences are the sources, its English ones,
    the targets, are what is looked up (utils_retrieve.py, similarity_search).

    Args:
        source: (n, H).
        target: (m, H).
        threads: Processor threads to use; None for as many as there are.

    Returns:
        (m,), from 0 to n - 1; the lowest of equals.
    """
    # Of equal vectors only the first is searched: the search computes in blocks, and by its place
    # in one a copy may differ in the last bit and win.
    kept = np.sort(np.unique(np.ascontiguousarray(source), axis=0, return_index=True)[1])
    positions: Positions = kept[_search(unit(target), unit(source[kept]), 1, threads)[:, 0]]
    return positions


def mine(
    source: Vectors,
    target: Vectors,
    gold: Iterable[tuple[int, int]],
    threshold: float | None = None,
    *,
    threads: int | None = None,
) -> dict[str, float]:
    """Return how well translations are mined: F1, precision and recall in percent.

    Args:
        source: (n, H), all different.
        target: (m, H), all different.
        gold: (position in source, position in target) of each pair of translations.
        threshold: Margin that a pair needs; None for the one with the highest F1 on `gold`.
        threads: Processor threads to use; None for as many as there are.

    Returns:
        {"f1", "precision", "recall", "threshold"}.

    Raises:
        DataError: If a gold pair is not in the sources and targets.
    """
    wanted = {(int(s), int(t)) for s, t in gold}
    if bad := next((p for p in wanted if not _within(p, len(source), len(target))), None):
        raise DataError(
            f"gold pair {bad}: there are {len(source)} sources and {len(target)} targets; "
            "positions from 0 would be right"
        )
    pairs = candidates(source, target, threads=threads)
    answers = [
        Answered(c.target, c.target if (c.source, c.target) in wanted else None, c.margin)
        for c in pairs
    ]
    missed = wanted - {(c.source, c.target) for c in pairs}
    answers += [Answered(None, target, None) for _, target in missed]
    metric = MiningF1()
    at = metrics.tune(metric, answers, "") if threshold is None else threshold
    rows = [metric.statistics(metrics.decide(a, at), a.gold, "") for a in answers]
    totals = [sum(column) for column in zip(*rows, strict=True)] or [0.0, 0.0, 0.0]
    return {**metric.scores(totals), "threshold": at}


def candidates(source: Vectors, target: Vectors, *, threads: int | None = None) -> list[Candidate]:
    """Return pairs of sources and targets with their ratio margins, the largest first.

    Each vector is in one pair at most; see `metrics.mining.pair_up`.

    Args:
        source: (n, H), all different.
        target: (m, H), all different.
        threads: Processor threads to use; None for as many as there are.
    """
    if not len(source) or not len(target):
        return []
    one, other = unit(source), unit(target)
    return pair_up(_neighbours(one, other, threads), _neighbours(other, one, threads))


def unit(vectors: Vectors) -> Vectors:
    """Return vectors (n, H) at length one; a zero vector stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return scaled


def _within(pair: tuple[int, int], sources: int, targets: int) -> bool:
    """Return whether both positions of a pair exist."""
    return 0 <= pair[0] < sources and 0 <= pair[1] < targets


def _neighbours(own: Vectors, other: Vectors, threads: int | None) -> Neighbours:
    """Return the nearest of other unit vectors (m, H) to each of n, their cosines in float64.

    The cosines are computed again, because those of the search depend in their last bits on
    the place of a vector in a block, and two pairs might change places in the order.
    """
    place = _search(own, other, min(NEIGHBOURS, len(other)), threads)
    cosine = np.empty(place.shape, dtype=np.float64)
    for start in range(0, len(own), _BLOCK):
        rows = slice(start, start + _BLOCK)
        near = other[place[rows]]  # (block, k, H)
        cosine[rows] = np.einsum("nh,nkh->nk", own[rows], near, dtype=np.float64)
    return Neighbours(cosine, place)


def _search(queries: Vectors, pool: Vectors, k: int, threads: int | None) -> Positions:
    """Return (n, k): the positions in a pool of each query's k largest inner products."""
    import faiss

    if threads is not None:
        faiss.omp_set_num_threads(threads)
    index = faiss.IndexFlatIP(pool.shape[1])
    index.add(np.ascontiguousarray(pool, dtype=np.float32))
    positions: Positions = index.search(np.ascontiguousarray(queries, dtype=np.float32), k)[1]
    return positions
