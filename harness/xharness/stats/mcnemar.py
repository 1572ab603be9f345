"""The exact test of two trained models by the items that only one of them has right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """The items on which two trained models differ."""

    only_ours: int
    """Items that ours has right and theirs wrong."""
    only_theirs: int
    p: float
    """Two-sided, of equal accuracy."""


def mcnemar(ours: Sequence[bool], theirs: Sequence[bool]) -> McNemar:
    """Compare two trained models on independent items, right or wrong.

    Items that share a passage are not independent, and strategies are more than two of their
    models: see `paired_bootstrap` and `difference`.

    Args:
        ours: Whether each item was right.
        theirs: The same items.

    Raises:
        ValueError: If the numbers of items differ.

    Source:
        McNemar 1947; exact, from the binomial distribution.
    """
    from scipy import special

    pairs = list(zip(ours, theirs, strict=True))
    only_ours = sum(bool(a and not b) for a, b in pairs)
    only_theirs = sum(bool(b and not a) for a, b in pairs)
    fewer, both = min(only_ours, only_theirs), only_ours + only_theirs
    p = float(2 * special.bdtr(fewer, both, 0.5)) if both else 1.0
    return McNemar(only_ours=only_ours, only_theirs=only_theirs, p=min(p, 1.0))
