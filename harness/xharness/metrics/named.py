"""Scores of predictions by the public name of a metric, for use without a store."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from xharness.metrics.chunks import ChunkF1
from xharness.metrics.labels import Accuracy, TokenAccuracy
from xharness.metrics.metric import Metric
from xharness.metrics.spans import Mlqa, SquadV1, SquadV2

NAMED: Mapping[str, Metric] = {
    "squad-v1.1": SquadV1(),
    "squad-v2": SquadV2(),
    "mlqa": Mlqa(),
    "seqeval-chunk-f1": ChunkF1(),
    "token-accuracy": TokenAccuracy(),
    "accuracy": Accuracy(),
}


def evaluate(
    name: str,
    predictions: Sequence[Any],
    golds: Sequence[Any],
    language: str | None = None,
) -> dict[str, float]:
    """Return score name to percent, for predictions against right answers.

    Args:
        name: One of `NAMED`.
        predictions: One per example: a label, a list of tags, or the text of an answer, None
            for an unanswered question.
        golds: In the same order: a label, a list of tags, or a list of correct answers, which is
            empty for an unanswerable question.
        language: Code of the language; only "mlqa" needs it.

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
    metric = NAMED[name]
    rows = [
        metric.statistics(prediction, gold, language or "")
        for prediction, gold in zip(predictions, golds, strict=True)
    ]
    return metric.scores([math.fsum(column) for column in zip(*rows, strict=True)])
