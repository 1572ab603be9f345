"""In which precision a comparison computes: decided once, with the plan, as a branch is a commit.

It is in every key, so rows of two precisions never meet under one name. What a user asks for
counts; else small encoders compute in float32 everywhere, and others in what the hardware
multiplies natively, which the store then remembers for every later comparison and machine.
"""

from __future__ import annotations

from xharness.errors import unknown

PRECISIONS = ("float32", "bf16", "fp16")
AUTO = "auto"
SMALL = 1_000_000
"""Weights of all blocks below which an encoder computes in float32. Of 0.4 million (2 blocks of
128) bf16 makes steps 1.4 times as fast on a processor that multiplies it, of 1.6 million and more
1.5 to 1.7 times, and on others it makes them slower (benchmarks/precision.py)."""


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
