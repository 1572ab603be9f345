"""Chooses the windows of each update, and cuts them into micro-batches that fit into memory.

Updates depend on the recipe and the seed alone; micro-batches depend on how many tokens fit into
memory and never change what an update sees.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence

import numpy as np

from xharness.engine.kinds.windows import IntArray

_MEGACHUNK = 50
"""Updates whose windows are sorted by length together: long enough to pad little, short enough
to stay shuffled (the group_by_length of Hugging Face's Trainer)."""


def derived_seed(seed: int, *purpose: str | int) -> int:
    """Return a seed for one purpose, from 0 to 2**63 - 1, independent of those of others.

    A hash and no sum, so that the second update of seed 1 and the first of seed 2 share nothing.
    """
    text = ":".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1


def shuffled_updates(lengths: IntArray, batch: int, seed: int) -> Iterator[IntArray]:
    """Yield the windows of one update after another, without end.

    Every update has `batch` windows of about the same length. Every pass over the data is
    shuffled anew; the windows that are too few for an update at its end open the next pass.

    Args:
        lengths: (windows,): tokens of each.
        batch: Windows per update.
        seed: Of the shuffling.
    """
    left = np.empty(0, dtype=np.int64)
    passes = 0
    while True:
        rng = np.random.default_rng(derived_seed(seed, "pass", passes))
        pool = np.concatenate([left, rng.permutation(len(lengths))])
        # Only whole updates are made, so that all have the batch size of the recipe.
        whole = len(pool) // batch * batch
        chunk = batch * _MEGACHUNK
        for start in range(0, whole, chunk):
            part = pool[start : min(start + chunk, whole)]
            yield from _of_similar_length(part, lengths, batch, rng)
        left = pool[whole:]
        passes += 1


def updates_by_group(
    lengths: IntArray, groups: Sequence[IntArray], exponent: float, batch: int, seed: int
) -> Iterator[IntArray]:
    """Yield the windows of one update after another, without end, each from a group drawn for it.

    For every window, a group of n windows is drawn in proportion to n ** exponent. The windows of
    a group are gone through in passes, each shuffled anew. All windows of an update have about the
    same length, whatever their groups.

    Args:
        lengths: (windows,): tokens of each.
        groups: The windows of each, at least one.
        exponent: With 1 all windows are drawn equally often, with 0 all groups.
        batch: Windows per update.
        seed: Of drawing and shuffling.

    Source:
        Conneau et al. 2020 (XLM-R), section 3.1, for languages.
    """
    sizes = np.array([len(g) for g in groups], dtype=np.float64) ** exponent
    rng = np.random.default_rng(derived_seed(seed, "groups"))
    turns = [_in_turn(g, derived_seed(seed, "group", i)) for i, g in enumerate(groups)]
    while True:
        chosen = rng.choice(len(groups), size=batch * _MEGACHUNK, p=sizes / sizes.sum())
        part = np.array([next(turns[g]) for g in chosen], dtype=np.int64)
        yield from _of_similar_length(part, lengths, batch, rng)


def _of_similar_length(
    part: IntArray, lengths: IntArray, batch: int, rng: np.random.Generator
) -> Iterator[IntArray]:
    """Yield windows in updates of similar length, the updates in random order."""
    ordered = part[np.argsort(lengths[part], kind="stable")]
    # Whole updates are shuffled: otherwise every chunk would go from short windows to long ones.
    yield from rng.permutation(ordered.reshape(-1, batch))


def _in_turn(windows: IntArray, seed: int) -> Iterator[int]:
    """Yield windows without end, shuffled anew in every pass."""
    rng = np.random.default_rng(seed)
    while True:
        yield from rng.permutation(windows)


def apportioned(shares: Sequence[float], total: int) -> list[int]:
    """Return whole numbers in proportion to shares that add up to a total.

    Each is its exact part rounded down; what is then missing goes to the largest remainders, of
    equal ones to the first (the method of Hamilton).

    Args:
        shares: At least one above 0.
        total: What they add up to.
    """
    exact = [share * total / math.fsum(shares) for share in shares]
    counts = [math.floor(part) for part in exact]
    order = sorted(range(len(shares)), key=lambda i: counts[i] - exact[i])
    for i in order[: total - sum(counts)]:
        counts[i] += 1
    return counts


def in_random_order(counts: Sequence[int], seed: int) -> Iterator[int]:
    """Yield numbers from 0 on, each exactly as often as its count says, in random order."""
    turns = np.repeat(np.arange(len(counts)), counts)
    yield from map(int, np.random.default_rng(derived_seed(seed, "mixture")).permutation(turns))


def micro_batches(picked: IntArray, lengths: IntArray, tokens: int) -> list[IntArray]:
    """Return windows in micro-batches of about equal length, the longest first.

    So a window that does not fit into memory fails at once, and not at the end of an update.

    Args:
        picked: (n,): which windows.
        lengths: (windows,): tokens of every window.
        tokens: Most tokens of a micro-batch, padding included; a window that has more goes alone.
    """
    ordered = picked[np.argsort(-lengths[picked], kind="stable")]
    parts: list[IntArray] = []
    start = 0
    while start < len(ordered):
        # Its first window is its longest, to which all others are padded.
        size = max(1, tokens // int(lengths[ordered[start]]))
        parts.append(ordered[start : start + size])
        start += size
    return parts
