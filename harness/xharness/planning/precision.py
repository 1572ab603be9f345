"""The precision that a comparison computes in, decided once, when it is planned.

It is in every key, so results of two precisions are never taken for each other. The user's choice
comes first. Otherwise small encoders compute in float32, and larger ones in the fastest precision
that the hardware multiplies natively; the store remembers that one for later comparisons, on
whatever machine they run.
"""

from __future__ import annotations

from xharness.errors import unknown

PRECISIONS = ("float32", "bf16", "fp16")
AUTO = "auto"
SMALL = 1_000_000
"""Weights in all blocks below which an encoder computes in float32. On a processor with bf16, bf16
makes updates 1.4 times as fast with 0.4 million weights (2 blocks of width 128), and 1.5 to 1.7
times with 1.6 million or more; on other processors it is slower (benchmarks/precision.py)."""


def is_small(width: int, depth: int) -> bool:
    """Return whether an encoder is too small to gain from a shorter precision.

    Args:
        width: Hidden size.
        depth: Blocks, of 12 width² weights each (Vaswani et al. 2017, section 3).
    """
    return 12 * width**2 * depth < SMALL


def check(wanted: str) -> list[str]:
    """Return what is wrong with a precision that was asked for, one line or none."""
    known = (AUTO, *PRECISIONS)
    return [] if wanted in known else [unknown("precision", "precision", wanted, known)]
