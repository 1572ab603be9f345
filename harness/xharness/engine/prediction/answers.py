"""The predictions of one language, and the file they are written to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness.data.reading import NamedExample


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """One prediction per example that asks for one, in row order."""

    named: Sequence[NamedExample]
    """The examples."""
    predictions: Sequence[Any]
    golds: Sequence[Any]
    """The right answers; None or empty where an example has none."""
    margins: Sequence[float | None] | None = None
    """By how much each prediction scores above predicting nothing, or None where there is no
    prediction; None in place of all where a task always has predictions."""
    rankings: Sequence[Sequence[Any]] | None = None
    """All labels, or choices, of each example, the most likely first; None where not stored."""
    notes: Mapping[str, int]
    """Counts to report, by name."""


def write_answers(answers: Answers, path: Path) -> None:
    """Write one JSON line per example: item, cluster, prediction, gold, any margin and ranking."""
    nothing = [None] * len(answers.named)
    margins, rankings = answers.margins or nothing, answers.rankings or nothing
    rows = zip(answers.named, answers.predictions, answers.golds, margins, rankings, strict=True)
    with path.open("w", encoding="utf-8") as out:
        for named, prediction, gold, margin, ranking in rows:
            line = {
                "item": named.item,
                "cluster": named.cluster,
                "prediction": prediction,
                "gold": gold,
            }
            if answers.margins is not None:
                line["margin"] = margin
            if answers.rankings is not None:
                line["ranking"] = ranking
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
