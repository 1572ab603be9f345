"""The metric protocol: statistics of each example, and scores in percent of their sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from xharness.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


class Metric(Protocol):
    """How predictions are scored: examples give statistics, and their sums give the scores."""

    @property
    def signature(self) -> str:
        """Name, settings and version: "accuracy@1"; only equal signatures can be compared."""
        ...

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return what one example adds to the totals: always equally many numbers.

        Args:
            prediction: A label, a position, a sequence of tags, or the text of an answer; None
                for an unanswered example.
            gold: The right one, as the example's `gold` returns it: for questions, all right
                answers.
            language: Language of the example.
        """
        ...

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return score name to percent; strategies are ranked by the first score.

        Each is a number from 0 to 100, of a correlation from -100; anything else fails the phase.

        Args:
            totals: Sums of `statistics` over examples.
        """
        ...


def score(metric: Metric, totals: Sequence[float]) -> float:
    """Return the ranking score, the metric's first one, in percent."""
    return next(iter(metric.scores(totals).values()))


def scores_of(metric: Metric, totals: FloatArray) -> FloatArray:
    """Return the ranking score of every row of totals, in percent, shape (n,).

    All rows are computed at once if the metric's arithmetic works on arrays, as that of
    xharness's own metrics does, and one by one otherwise.

    Args:
        metric: Any metric.
        totals: One sum of statistics per row, shape (n, k).
    """
    import numpy as np

    scores: Any = None
    if len(totals):
        with suppress(TypeError, ValueError):  # as a comparison, or a function of numbers, raises
            scores = score(metric, tuple(totals.T))
    if isinstance(scores, np.ndarray) and scores.shape == (len(totals),):
        # A plugin's metric may accept arrays and compute something else, so two rows are checked.
        first = score(metric, totals[0].tolist())
        last = score(metric, totals[-1].tolist())
        if (scores[0], scores[-1]) == (first, last):
            return scores
    return np.array([score(metric, t) for t in totals.tolist()], dtype=np.float64)


def percent(part: Any, whole: Any) -> Any:
    """Return 100 * part / whole, or 0 where `whole` is 0; both are numbers or arrays."""
    if getattr(whole, "shape", ()):
        import numpy as np

        return np.divide(100.0 * part, whole, out=np.zeros_like(whole), where=whole != 0)
    return 100.0 * part / whole if whole else 0.0


def one_signature(where: str, signatures: Iterable[str]) -> str:
    """Return the one signature of all scores of a column.

    Args:
        where: Name of the column, for the error message.
        signatures: One per score, at least one.

    Raises:
        DataError: If the signatures differ.
    """
    different = sorted(set(signatures))
    if len(different) > 1:
        raise DataError(
            f"{where}: scores with different signatures, {' and '.join(different)}, do not "
            "compare; score all of them again with one metric"
        )
    return different[0]
