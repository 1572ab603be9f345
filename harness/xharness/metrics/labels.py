"""Metrics of labels: one per example, or one per token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xharness.metrics.metric import percent


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Share of examples whose prediction equals the gold label. Totals: (right, examples).

    Attributes:
        name: Name in the signature.
    """

    name: str = "accuracy"

    @property
    def signature(self) -> str:
        """Name and version."""
        return f"{self.name}@1"

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return (1 if equal else 0, 1); the prediction None, no answer, equals nothing."""
        return (float(prediction is not None and prediction == gold), 1.0)

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return {"accuracy"}."""
        return {"accuracy": percent(totals[0], totals[1])}


@dataclass(frozen=True, slots=True)
class TokenAccuracy:
    """Share of words with the right tag, over all sentences. Totals: (right, words)."""

    @property
    def signature(self) -> str:
        """Name and version."""
        return "token-accuracy@1"

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return (right tags, tags) of one sentence."""
        return right_tags(prediction, gold)

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return {"accuracy"}."""
        return {"accuracy": percent(totals[0], totals[1])}


def right_tags(prediction: Sequence[str], gold: Sequence[str]) -> tuple[float, float]:
    """Return how many tags of a sentence are right, and how many there are.

    Raises:
        ValueError: If there is not one predicted tag per word.
    """
    if len(prediction) != len(gold):
        raise ValueError(f"{len(prediction)} predicted tags for {len(gold)} words")
    hits = sum(p == g for p, g in zip(prediction, gold, strict=True))
    return float(hits), float(len(gold))
