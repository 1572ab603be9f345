"""What a metric is: statistics of each example, whose sum has scores in percent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Metric(Protocol):
    """How predictions are scored."""

    @property
    def signature(self) -> str:
        """Name, settings and version: "accuracy@1"; equal signatures are comparable."""
        ...

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return what one example adds to the totals."""
        ...

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return every score of the totals in percent, the one that ranks first."""
        ...


def score(metric: Metric, totals: Sequence[float]) -> float:
    """Return the score that ranks, in percent."""
    return next(iter(metric.scores(totals).values()))


def percent(part: float, whole: float) -> float:
    """Return 100 * part / whole, and 0 for nothing out of nothing."""
    return 100.0 * part / whole if whole else 0.0
