"""Turns predictions into scores; a plugin of the core that imports no heavy library.

Predictions are stored with their gold answers, so `rescore` can compute any metric later, without
the model.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xharness.errors import DataError, PluginError
from xharness.keys import Key, key
from xharness.metrics import Answered, Metric, decide, tune
from xharness.metrics.checked import Checked
from xharness.phases import Phase, Score, describe
from xharness.plugin.hooks import PhaseRun, hookimpl
from xharness.store.store import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The scores of one artifact of predictions, and what each example added to them."""

    signature: str
    scores: dict[str, float]
    """In percent; the first one ranks."""
    items: tuple[str, ...]
    clusters: tuple[str, ...]
    statistics: tuple[tuple[float, ...], ...]
    """One row of the metric's totals per item."""
    threshold: float | None = None
    """Margin that an answer needed; None where every answer counted."""


def rescore(
    predictions: Artifact, metric: Metric, language: str, tuned_on: Artifact | None = None
) -> Scored:
    """Return the scores of stored predictions under any metric that fits their kind.

    Args:
        predictions: Artifact of a Predict phase.
        metric: How to score them.
        language: Which language they are in.
        tuned_on: Other predictions of the same model and language. The threshold that scores
            highest on them is applied: answers with a smaller margin count as not given.

    Raises:
        DataError: If there are none, the metric cannot read one or gives no numbers in percent, or
            an answer has no margin.
        CorruptArtifactError: If the stored file was changed.
    """
    metric = Checked(metric)
    threshold = None if tuned_on is None else _threshold(tuned_on, metric, language)
    items: list[str] = []
    clusters: list[str] = []
    statistics: list[tuple[float, ...]] = []
    for row in _rows(predictions, language):
        items.append(row["item"])
        clusters.append(row["cluster"])
        try:
            answer = row["prediction"] if threshold is None else decide(_answer(row), threshold)
            added = metric.statistics(answer, row["gold"], language)
        except (TypeError, ValueError) as error:
            raise DataError(
                f"{predictions.path}: {metric.signature} cannot score item {row['item']}: {error}"
            ) from error
        if statistics and len(added) != len(statistics[0]):
            raise DataError(
                f"{predictions.path}: {metric.signature} adds {len(added)} numbers for item "
                f"{row['item']} and {len(statistics[0])} for item {items[0]}; equally many for "
                "every item would be right"
            )
        statistics.append(added)
    # fsum is exact, so the order of the rows cannot change a score.
    totals = [math.fsum(column) for column in zip(*statistics, strict=True)]
    return Scored(
        signature=metric.signature,
        scores=metric.scores(totals),
        items=tuple(items),
        clusters=tuple(clusters),
        statistics=tuple(statistics),
        threshold=threshold,
    )


def _rows(predictions: Artifact, language: str) -> Sequence[Mapping[str, Any]]:
    """Return the lines of predictions, at least one."""
    rows = list(predictions.lines("predictions.jsonl"))
    if not rows:
        raise DataError(
            f"{predictions.path}: has no predictions, should have one per example; "
            f"does the split hold rows in {language!r}?"
        )
    return rows


def _answer(row: Mapping[str, Any]) -> Answered:
    """Return one line as an answer that a threshold can apply to."""
    return Answered(row["prediction"], row["gold"], row.get("margin"))


def _threshold(tuned_on: Artifact, metric: Metric, language: str) -> float:
    """Return the threshold that scores highest on predictions."""
    answers = [_answer(row) for row in _rows(tuned_on, language)]
    try:
        return tune(metric, answers, language)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{tuned_on.path}: no threshold for {metric.signature} can be tuned: {error}"
        ) from error


@hookimpl(trylast=True)
def xharness_run_phase(phase: Phase, inputs: Mapping[Key, Artifact], run: PhaseRun) -> bool | None:
    """Score predictions, with a threshold tuned on others where the phase says so."""
    if not isinstance(phase, Score):
        return None
    scored = rescore(
        inputs[key(phase.predictions)],
        _metric(phase, run),
        phase.predictions.language,
        None if phase.tuned_on is None else inputs[key(phase.tuned_on)],
    )
    score = {
        "signature": scored.signature,
        "score": next(iter(scored.scores.values())),
        "scores": scored.scores,
        "n": len(scored.items),
        **({} if scored.threshold is None else {"threshold": scored.threshold}),
    }
    statistics = {
        "items": scored.items,
        "clusters": scored.clusters,
        "statistics": scored.statistics,
    }
    profile = {"versions": {"python": platform.python_version()}}
    for name, content in (("score", score), ("statistics", statistics), ("profile", profile)):
        (run.out / f"{name}.json").write_text(_text(content), "utf-8")
    return True


def _metric(phase: Score, run: PhaseRun) -> Metric:
    """Return the metric that a phase names.

    Raises:
        PluginError: If the task or this version of its metric is not loaded.
    """
    task = run.tasks.get(phase.predictions.task)
    if task is None:
        raise PluginError(
            f"{describe(phase)}: no loaded plugin offers task {phase.predictions.task!r}; "
            "load it with --plugin or install it"
        )
    if task.metric.signature != phase.metric:
        raise PluginError(
            f"{describe(phase)}: task {task.name!r} is scored with {task.metric.signature!r}, "
            f"the plan was made for {phase.metric!r}; make the plan again"
        )
    return task.metric


def _text(content: Any) -> str:
    """Return the JSON of one file."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"
