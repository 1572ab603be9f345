"""Many tests at once: Holm's correction, and the wins, losses and ranks that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from xharness.stats.difference import compare
from xharness.stats.samples import Drawn
from xharness.stats.student import LEVEL


def holm(p: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return p values corrected for the number of tests; significant at 5 % if at most 0.05.

    Args:
        p: Of all tests that were declared. None is a test that could not be made; it stays None
            and counts as a test, so that no p falls when a table is only partly filled.

    Source:
        Holm 1979.
    """
    order = sorted((x, i) for i, x in enumerate(p) if x is not None)
    adjusted: list[float | None] = [None] * len(p)
    highest = 0.0
    for rank, (value, position) in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - rank) * value))
        adjusted[position] = highest
    return tuple(adjusted)


def significant(adjusted: float | None) -> bool:
    """Return whether a corrected p is at most 5 %; None, a test that could not be made, is not."""
    return adjusted is not None and adjusted <= LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How often a strategy wins and loses in its contrasts."""

    wins: int
    """Contrasts in which it is significantly ahead."""
    ties: int
    """Contrasts in which it is neither significantly ahead nor behind."""
    losses: int
    not_estimable: int


def record(differences: Sequence[float], adjusted: Sequence[float | None]) -> Record:
    """Return how often a strategy wins, ties and loses.

    Args:
        differences: Points ahead, of some of the declared contrasts.
        adjusted: Their p, corrected over all that were declared; see `holm`.
    """
    pairs = list(zip(differences, adjusted, strict=True))
    wins = sum(significant(p) and d > 0 for d, p in pairs)
    losses = sum(significant(p) and d < 0 for d, p in pairs)
    unknown = sum(p is None for _, p in pairs)
    return Record(
        wins=wins, ties=len(pairs) - wins - losses - unknown, losses=losses, not_estimable=unknown
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """Where a strategy stands among others on one target."""

    rank: int
    """By its mean, 1 is best; equal means share the better rank."""
    low: int
    """The best rank that the data leave open: 1 and those significantly ahead."""
    high: int
    """The worst one."""


def ranks(arms: Sequence[Drawn]) -> tuple[Rank, ...]:
    """Return each strategy's rank with its interval.

    All intervals hold together with a chance of at least 95 %. Arms with one seed are
    separated from none, so their intervals are wide.

    Args:
        arms: Of one target, drawn alike from the same items.

    Raises:
        ValueError: If the items differ.

    Source:
        Mogstad, Romano, Shaikh and Wilhelm 2024: ranks from all pairwise tests, corrected
        together, here by Holm.
    """
    means = [float(arm.observed.mean()) for arm in arms]
    pairs = list(combinations(range(len(arms)), 2))
    differences = [compare(arms[i], arms[j]) for i, j in pairs]
    ahead = [0] * len(arms)
    behind = [0] * len(arms)
    adjusted = holm([d.p for d in differences])
    for (i, j), apart, p in zip(pairs, differences, adjusted, strict=True):
        if significant(p):
            better, worse = (i, j) if apart.difference > 0 else (j, i)
            ahead[worse] += 1
            behind[better] += 1
    return tuple(
        Rank(
            rank=1 + sum(other > mean for other in means),
            low=1 + ahead[i],
            high=len(arms) - behind[i],
        )
        for i, mean in enumerate(means)
    )
