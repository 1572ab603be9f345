"""Checks that a metric keeps every promise that metrics make, on predictions of its author."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from xharness.errors import DataError
from xharness.metrics import Metric
from xharness.metrics.checked import Checked
from xharness.testing.promises import admitted, refuse


def assert_metric_conforms(
    metric: Metric, pairs: Sequence[tuple[Any, Any]], *, language: str = "en"
) -> None:
    """Check a metric on some predictions.

    Args:
        metric: What to check.
        pairs: (prediction, gold) each, at least two: right and wrong ones, and (None, gold) where
            an example may be left unanswered.
        language: Theirs.

    Raises:
        AssertionError: If the metric breaks a promise; names every problem.
        ValueError: If there are fewer than two pairs.
    """
    if len(pairs) < 2:
        raise ValueError(f"pairs: {len(pairs)}; two or more would be right")
    declared = [p.removeprefix("metric: ") for p in admitted("metric", metric)]
    refuse("metric", metric, declared or _scored(metric, pairs, language))


def _scored(metric: Metric, pairs: Sequence[tuple[Any, Any]], language: str) -> Iterator[str]:
    """Yield what is wrong with the statistics and the scores of some pairs."""
    checked = Checked(metric)
    rows: list[tuple[float, ...]] = []
    for prediction, gold in pairs:
        where = f"statistics({prediction!r}, {gold!r})"
        try:
            added = checked.statistics(prediction, gold, language)
            again = checked.statistics(prediction, gold, language)
        except (TypeError, ValueError) as wrong:
            yield f"{where}: {wrong}"
            continue
        if added != again:
            yield f"{where}: {added}, then {again}; the same numbers would be right"
        rows.append(added)
    if len({len(row) for row in rows}) > 1:
        several = sorted({len(row) for row in rows})
        yield f"statistics: {several} numbers; equally many for every example would be right"
    elif len(rows) == len(pairs):
        yield from _summed(checked, np.array(rows, dtype=np.float64))


def _summed(checked: Checked, rows: Any) -> Iterator[str]:
    """Yield what is wrong with the scores of all examples, and of each alone."""
    totals = np.array([rows.sum(axis=0), *rows])
    try:
        names = [tuple(checked.scores(t.tolist())) for t in totals]
    except DataError as wrong:
        yield f"scores: {wrong}"
        return
    if len(set(names)) > 1:
        yield f"scores: their names are {sorted(set(names))}; always the same would be right"
