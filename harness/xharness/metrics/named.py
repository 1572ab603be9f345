"""Scores of predictions under a metric's public name, for use without a store."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from xharness.metrics.chunks import ChunkF1
from xharness.metrics.labels import Accuracy, TokenAccuracy
from xharness.metrics.metric import Metric
from xharness.metrics.spans import Mlqa, SquadV1, SquadV2

_ANSWERS = ("f1", "exact_match")
NAMED: Mapping[str, tuple[Metric, tuple[str, ...]]] = {
    "squad-v1.1": (SquadV1(), _ANSWERS),
    "squad-v2": (SquadV2(), _ANSWERS),
    "mlqa": (Mlqa(), _ANSWERS),
    "seqeval-chunk-f1": (ChunkF1(), ("f1", "precision", "recall", "accuracy")),
    "token-accuracy": (TokenAccuracy(), ("accuracy",)),
    "accuracy": (Accuracy(), ("accuracy",)),
}
"""Metrics by name, each with the scores that are published under it."""


def evaluate(
    name: str,
    predictions: Sequence[Any],
    golds: Sequence[Any],
    language: str | None = None,
) -> dict[str, float]:
    """Return the scores of predictions in percent.

    Args:
        name: One of `NAMED`.
        predictions: One per example: a label, a list of tags, or an answer's text with None
            for an unanswered question.
        golds: In the same order: a label, a list of tags, or a list of correct answers, empty
            for a question that has none.
        language: Code of their language; "mlqa" needs it.

    Raises:
        ValueError: If the name or language is unknown, there are no examples, or predictions
            and golds do not fit each other.
        TypeError: If the gold of a question is one text, not several.
    """
    if name not in NAMED:
        raise ValueError(f"no metric is called {name!r}; there are {', '.join(NAMED)}")
    if len(predictions) != len(golds) or not len(golds):
        raise ValueError(
            f"{len(predictions)} predictions for {len(golds)} golds; as many of both, and at "
            "least one, would be right"
        )
    metric, wanted = NAMED[name]
    rows = [
        metric.statistics(said, right, language or "")
        for said, right in zip(predictions, golds, strict=True)
    ]
    scores = metric.scores([math.fsum(column) for column in zip(*rows, strict=True)])
    return {key: scores[key] for key in wanted}
