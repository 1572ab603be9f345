"""Which windows an update sees, and in what portions they go through the network.

Updates depend on the recipe and the seed alone; the portions (micro-batches) depend on how
many tokens fit into memory and never change what an update sees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from xharness.engine.kinds.windows import IntArray

_MEGACHUNK = 50
"""Updates whose windows are sorted by length together: long enough to pad little, short enough
to stay shuffled (the group_by_length of Hugging Face's Trainer)."""


def derived(seed: int, *purpose: str | int) -> int:
    """Return a seed of its own for a purpose, from 0 to 2**63 - 1."""
    text = ":".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1


def updates(lengths: IntArray, batch: int, seed: int) -> Iterator[IntArray]:
    """Yield the windows of one update after another, without end.

    Every update has `batch` windows of about the same length; every pass over the data is
    shuffled anew, and what is left at its end begins the next.

    Args:
        lengths: (windows,): tokens of each.
        batch: Windows per update.
        seed: Of the shuffling.
    """
    left = np.empty(0, dtype=np.int64)
    passes = 0
    while True:
        rng = np.random.default_rng(derived(seed, "pass", passes))
        pool = np.concatenate([left, rng.permutation(len(lengths))])
        whole = len(pool) // batch * batch
        chunk = batch * _MEGACHUNK
        for start in range(0, whole, chunk):
            part = pool[start : min(start + chunk, whole)]
            ordered = part[np.argsort(lengths[part], kind="stable")]
            yield from rng.permutation(ordered.reshape(-1, batch))
        left = pool[whole:]
        passes += 1


def mixture(shares: Sequence[float], seed: int) -> Iterator[int]:
    """Yield which stream gives the next update, drawn in proportion to the shares."""
    if len(shares) == 1:
        while True:
            yield 0
    rng = np.random.default_rng(derived(seed, "mixture"))
    weights = np.array(shares, dtype=np.float64) / sum(shares)
    while True:
        yield int(rng.choice(len(weights), p=weights))


def portions(picked: IntArray, lengths: IntArray, tokens: int) -> list[IntArray]:
    """Return windows in micro-batches of about equal length, the longest first.

    Args:
        picked: (n,): which windows.
        lengths: (windows,): tokens of every window.
        tokens: Of a micro-batch at most, padding included; one window goes alone if it has more.
    """
    ordered = picked[np.argsort(-lengths[picked], kind="stable")]
    found: list[IntArray] = []
    start = 0
    while start < len(ordered):
        size = max(1, tokens // int(lengths[ordered[start]]))
        found.append(ordered[start : start + size])
        start += size
    return found
