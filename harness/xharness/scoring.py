"""Turns predictions into scores; a plugin of the core, without any heavy library.

Because predictions are stored with their gold answers, any metric can be computed again later
without the model: `rescore` is all there is to it.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xharness.canonical import Key, key
from xharness.errors import DataError, PluginError
from xharness.hooks import PhaseRun, hookimpl
from xharness.metrics import Metric
from xharness.phases import Phase, Score, describe
from xharness.store import Artifact


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


def rescore(predictions: Artifact, metric: Metric, language: str) -> Scored:
    """Return the scores of stored predictions under any metric that fits their kind.

    Args:
        predictions: Artifact of a Predict phase.
        metric: How to score them.
        language: Which language they are in.

    Raises:
        DataError: If there are none, or the metric cannot read one.
        CorruptArtifactError: If the stored file was changed.
    """
    items, clusters, statistics = [], [], []
    for row in predictions.lines("predictions.jsonl"):
        items.append(row["item"])
        clusters.append(row["cluster"])
        try:
            statistics.append(metric.statistics(row["prediction"], row["gold"], language))
        except (TypeError, ValueError) as error:
            raise DataError(
                f"{predictions.path}: {metric.signature} cannot score item {row['item']}: {error}"
            ) from error
    if not items:
        raise DataError(
            f"{predictions.path}: has no predictions, should have one per example; "
            f"does the split hold rows in {language!r}?"
        )
    # fsum is exact, so the order of the rows cannot change a score.
    totals = [math.fsum(column) for column in zip(*statistics, strict=True)]
    return Scored(
        signature=metric.signature,
        scores=metric.scores(totals),
        items=tuple(items),
        clusters=tuple(clusters),
        statistics=tuple(statistics),
    )


@hookimpl(trylast=True)
def xharness_run_phase(phase: Phase, inputs: Mapping[Key, Artifact], run: PhaseRun) -> bool | None:
    """Score predictions; a score with a tuned threshold is left to other plugins."""
    if not isinstance(phase, Score) or phase.tuned_on is not None:
        return None
    found = rescore(inputs[key(phase.predictions)], _metric(phase, run), phase.predictions.language)
    score = {
        "signature": found.signature,
        "score": next(iter(found.scores.values())),
        "scores": found.scores,
        "n": len(found.items),
    }
    statistics = {
        "items": found.items,
        "clusters": found.clusters,
        "statistics": found.statistics,
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
