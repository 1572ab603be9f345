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

    Holm bounds the chance of any false positive among all tests, and holds also for tests that
    depend on each other, as those against one opponent do.

    Args:
        p: The p values of all declared tests. None stands for a test that cannot be made yet: it
            stays None but counts, so that a half-filled table does not have smaller p values.

    Source:
        Holm 1979.
    """
    order = sorted((x, i) for i, x in enumerate(p) if x is not None)
    adjusted: list[float | None] = [None] * len(p)
    highest = 0.0
    for rank, (value, position) in enumerate(order):
        # A larger p never gets a smaller corrected one.
        highest = max(highest, min(1.0, (len(p) - rank) * value))
        adjusted[position] = highest
    return tuple(adjusted)


def level_left(adjusted: Sequence[float | None]) -> float:
    """Return the largest p value that Holm's correction still calls significant at 5 %.

    It is the level that is left to the tests that found nothing: 5 % divided by their number.

    Args:
        adjusted: From `holm`, for all declared tests.
    """
    return LEVEL / max(1, sum(not significant(p) for p in adjusted))


def significant(adjusted: float | None) -> bool:
    """Return whether a corrected p is at most 5 %; False for None, a test that was not made."""
    return adjusted is not None and adjusted <= LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How often a strategy wins and loses in its contrasts."""

    wins: int
    """Contrasts in which it is significantly ahead."""
    ties: int
    """Contrasts in which the difference is not significant."""
    losses: int
    not_estimable: int


def record(differences: Sequence[float], adjusted: Sequence[float | None]) -> Record:
    """Return how often a strategy wins, ties and loses.

    Args:
        differences: Points ahead in each of its contrasts.
        adjusted: The p value of each, corrected over all declared contrasts; see `holm`.
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
    """Rank by the mean: 1 is best, and equal means share the better rank."""
    low: int
    """Best rank that the data allow: 1 plus the number of strategies significantly ahead."""
    high: int
    """Worst rank that the data allow: all strategies minus those significantly behind."""


def ranks(arms: Sequence[Drawn]) -> tuple[Rank, ...]:
    """Return each strategy's rank with its interval.

    With a chance of at least 95 % all intervals are right at once. An arm with one seed differs
    significantly from no other, so its interval is wide.

    Args:
        arms: All strategies on one target, on the same resamples of the same items.

    Raises:
        ValueError: If the items differ.

    Source:
        Mogstad, Romano, Shaikh and Wilhelm 2024: ranks from all pairwise tests, corrected
        together; by Holm's method here.
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
