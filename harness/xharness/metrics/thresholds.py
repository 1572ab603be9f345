"""Thresholds: an answer whose margin is too small counts as no answer.

A question may have no answer and a sentence no translation. Predictions then come with a
margin: how far the answer is ahead of giving none. The threshold on it is the one that scores
highest on other rows, so it can be found for any metric.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from xharness.metrics.metric import Metric, score

_ROUNDING = 1e-9
"""Points; scores that differ by less are equal."""


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
    """Return the threshold with the highest score on some answers, the largest of equals.

    It lies half-way between the smallest margin that it keeps and the next smaller one; if it
    keeps all, it is the smallest margin. If nothing scores, it keeps every answer.

    Args:
        metric: Whose ranking score decides.
        answers: Other ones than those that are scored with the threshold afterwards.
        language: Theirs.

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
    best, threshold = score(metric, totals), math.nextafter(margins[0], math.inf)
    for answer, margin, following in zip(ranked, margins, [*margins[1:], None], strict=True):
        with_it = metric.statistics(answer.prediction, answer.gold, language)
        without = metric.statistics(None, answer.gold, language)
        totals = [t + w - o for t, w, o in zip(totals, with_it, without, strict=True)]
        if following != margin and (reached := score(metric, totals)) > best + _ROUNDING:
            best, threshold = reached, _between(following, margin)
    return threshold if best > _ROUNDING else margins[-1]


def _between(low: float | None, high: float) -> float:
    """Return the middle of two margins, never the lower one."""
    middle = high if low is None else (low + high) / 2
    return high if middle == low else middle


def _margin(answer: Answered) -> float:
    """Return the margin of an answer, the smallest there is where there is no answer."""
    if answer.margin is not None:
        return answer.margin
    if answer.prediction is None:
        return -math.inf
    raise ValueError(f"answer {answer.prediction!r} has no margin to compare with a threshold")
