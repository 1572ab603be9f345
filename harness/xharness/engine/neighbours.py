"""Nearest neighbours by cosine, exact."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def nearest(
    source: npt.NDArray[np.float32], target: npt.NDArray[np.float32], *, threads: int
) -> npt.NDArray[np.int64]:
    """Return, for each source vector, the position of the target with the largest cosine.

    Args:
        source: (n, H).
        target: (m, H).
        threads: Processor threads to use.

    Returns:
        (n,), from 0 to m - 1; the lowest of equals.
    """
    import faiss

    # The same vector twice may score differently in the last bit, by its place in a block.
    kept = np.sort(np.unique(np.ascontiguousarray(target), axis=0, return_index=True)[1])
    faiss.omp_set_num_threads(threads)
    index = faiss.IndexFlatIP(target.shape[1])
    index.add(unit(target[kept]))
    _, found = index.search(unit(source), 1)
    nearest_kept: npt.NDArray[np.int64] = kept[found[:, 0]]
    return nearest_kept


def unit(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return vectors (n, H) at length one; a zero vector stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: npt.NDArray[np.float32] = np.divide(
        vectors, norms, out=np.zeros_like(vectors), where=norms > 0
    )
    return scaled
