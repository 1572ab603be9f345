"""Metrics: each example adds a few numbers to totals, and scores in percent follow from the totals.

Because a score is a function of sums, one bootstrap works for every metric: it sums the statistics
of the resampled examples. Every score is stored and shown with the metric's signature, which holds
its name, settings and version.
"""

from __future__ import annotations

from xharness.metrics.chunks import ChunkF1, chunks
from xharness.metrics.labels import Accuracy, TokenAccuracy
from xharness.metrics.metric import Metric, percent, score, scores_of
from xharness.metrics.mining import MiningF1
from xharness.metrics.named import evaluate
from xharness.metrics.spans import (
    Mlqa,
    SquadV1,
    SquadV2,
    normalise_english,
    normalise_mlqa,
    overlap_f1,
)
from xharness.metrics.thresholds import Answered, decide, tune

__all__ = [
    "Accuracy",
    "Answered",
    "ChunkF1",
    "Metric",
    "MiningF1",
    "Mlqa",
    "SquadV1",
    "SquadV2",
    "TokenAccuracy",
    "chunks",
    "decide",
    "evaluate",
    "normalise_english",
    "normalise_mlqa",
    "overlap_f1",
    "percent",
    "score",
    "scores_of",
    "tune",
]
