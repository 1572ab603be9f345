"""Thresholds: an answer whose margin is too small counts as no answer.

A question may be unanswerable and a sentence without a translation. Predictions then have a
margin: by how much the model prefers the answer to giving none. The threshold is the one that
scores highest on other rows, so this works for any metric.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from xharness.metrics.metric import Metric, score

_ROUNDING = 1e-9
"""Points: scores that differ by less count as equal, as sums of floats are not exact."""


class Answered(NamedTuple):
    """A prediction with its margin, and the gold answer."""

    prediction: Any
    gold: Any
    margin: float | None
    """Larger for a surer answer; None where there is no answer."""


def decide(answer: Answered, threshold: float) -> Any:
    """Return the prediction if its margin reaches the threshold, else None.

    Raises:
        ValueError: If there is a prediction without a margin.
    """
    return answer.prediction if _margin(answer) >= threshold else None


def tune(metric: Metric, answers: Sequence[Answered], language: str) -> float:
    """Return the threshold at which the answers score highest; the largest of equally good ones.

    It lies half-way between the smallest margin that it keeps and the next smaller one. If it
    keeps all answers, it is the smallest margin. If no threshold scores above 0, all are kept.

    Args:
        metric: The metric, whose ranking score decides.
        answers: Answers on rows that are not scored with the threshold afterwards.
        language: Language of these rows.

    Raises:
        ValueError: If there is a prediction without a margin.

    Source:
        Search over the sorted margins as in bucc_optimize (Hu et al. 2020, utils_retrieve.py),
        without its step past the end, and find_best_thresh (Rajpurkar et al. 2018).
    """
    ranked = sorted((a for a in answers if a.prediction is not None), key=lambda a: -_margin(a))
    if not ranked:
        return 0.0
    margins = [_margin(a) for a in ranked]
    unanswered = [metric.statistics(None, a.gold, language) for a in answers]
    totals = [math.fsum(column) for column in zip(*unanswered, strict=True)]
    # The search begins above the largest margin, where every example is unanswered.
    best, threshold = score(metric, totals), math.nextafter(margins[0], math.inf)
    for answer, margin, following in zip(ranked, margins, [*margins[1:], None], strict=True):
        with_it = metric.statistics(answer.prediction, answer.gold, language)
        without = metric.statistics(None, answer.gold, language)
        totals = [t + w - o for t, w, o in zip(totals, with_it, without, strict=True)]
        if following != margin and (reached := score(metric, totals)) > best + _ROUNDING:
            best, threshold = reached, _between(following, margin)
    return threshold if best > _ROUNDING else margins[-1]


def _between(low: float | None, high: float) -> float:
    """Return the middle of two margins; the higher one where rounding gives the lower one."""
    middle = high if low is None else (low + high) / 2
    return high if middle == low else middle


def _margin(answer: Answered) -> float:
    """Return the margin of a prediction, minus infinity if it is no answer."""
    if answer.margin is not None:
        return answer.margin
    if answer.prediction is None:
        return -math.inf
    raise ValueError(f"answer {answer.prediction!r} has no margin to compare with a threshold")
