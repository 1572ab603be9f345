"""The interval of an accuracy, for one trained model on independent items."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """A share in percent with its 95 % interval."""

    share: float
    low: float
    high: float


def wilson(successes: int, n: int) -> Proportion:
    """Return the share of successes with Wilson's two-sided 95 % interval.

    It says how surely this one model is above a bound, such as chance; it knows nothing of
    seeds, and takes items as independent.

    Raises:
        ValueError: If there are no items, or there are more successes than n.

    Source:
        Wilson 1927, without continuity correction.
    """
    from scipy import stats

    found = stats.binomtest(successes, n).proportion_ci(confidence_level=0.95, method="wilson")
    return Proportion(
        share=100 * successes / n, low=100 * float(found.low), high=100 * float(found.high)
    )
