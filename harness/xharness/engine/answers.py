"""What was predicted, and the file it is written to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness.engine.data import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """One prediction per example that asks for one, in row order."""

    named: Sequence[Named]
    """The examples."""
    predictions: Sequence[Any]
    golds: Sequence[Any]
    """What is right; None or empty where the example has no answer."""
    margins: Sequence[float | None] | None = None
    """How far each prediction is ahead of none, larger for surer; None for no prediction. None
    for all where there always is a prediction."""
    notes: Mapping[str, int]
    """Counts worth telling, by name."""


def write(answers: Answers, path: Path) -> None:
    """Write one JSON line per example: item, cluster, prediction, gold and, if any, margin."""
    margins = answers.margins or [None] * len(answers.named)
    rows = zip(answers.named, answers.predictions, answers.golds, margins, strict=True)
    with path.open("w", encoding="utf-8") as out:
        for named, prediction, gold, margin in rows:
            line = {
                "item": named.item,
                "cluster": named.cluster,
                "prediction": prediction,
                "gold": gold,
            }
            if answers.margins is not None:
                line["margin"] = margin
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
