"""A metric whose results are checked: whatever a plugin's metric returns, no nonsense is stored."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from xharness.errors import DataError
from xharness.metrics.metric import Metric

_LARGEST = 100.0 + 1e-6
"""In percent; a correlation may be as low as its negative."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A metric with results that can be stored and compared, or a sentence that says why not."""

    metric: Metric

    @property
    def signature(self) -> str:
        """The signature of the metric itself."""
        return self.metric.signature

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return what one example adds to the totals.

        Raises:
            ValueError: If the metric fails, or does not return a tuple of finite numbers.
            TypeError: Likewise.
        """
        added = _called(self.metric.statistics, prediction, gold, language)
        if not isinstance(added, tuple | list) or not added or not all(map(_finite, added)):
            raise ValueError(
                f"its statistics are {added!r}; a tuple of finite numbers, such as (1.0, 1.0), "
                "would be right"
            )
        return tuple(added)

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return score name to percent.

        Raises:
            DataError: If the metric fails, or returns no scores in percent.
        """
        try:
            scores = _called(self.metric.scores, totals)
        except (TypeError, ValueError) as error:
            raise DataError(
                f"metric {self.signature}: cannot make scores of the totals {list(totals)}: {error}"
            ) from error
        if problem := _problem(scores):
            raise DataError(
                f"metric {self.signature}: {problem}; names with numbers from 0 to 100, such as "
                '{"f1": 87.5}, would be right'
            )
        return dict(scores)


def _called(function: Callable[..., Any], *given: Any) -> Any:
    """Return what a metric's function returns; name the class of any unusual error.

    Raises:
        ValueError: If the function fails.
        TypeError: Likewise.
    """
    try:
        return function(*given)
    except (TypeError, ValueError):
        raise
    except Exception as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _problem(scores: Any) -> str:
    """Return why scores are no names with percentages; empty if they are."""
    if not isinstance(scores, Mapping):
        return f"its scores are {scores!r}"
    if not scores:
        return "its scores are empty"
    for name, value in scores.items():
        if not isinstance(name, str) or not name:
            return f"the name of one of its scores is {name!r}"
        if not _finite(value):
            return f"its score {name!r} is {value!r}"
        if abs(value) > _LARGEST:
            return f"its score {name!r} is {value!r}, which is no percentage"
    return ""


def _finite(value: Any) -> bool:
    """Return whether a value is a number that is neither infinite nor NaN."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return math.isfinite(value)
