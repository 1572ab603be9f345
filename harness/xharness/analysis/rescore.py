"""Every score of a store, computed again from its predictions and compared with the stored one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from xharness.errors import DataError, PluginError, StoreError
from xharness.execution import scoring
from xharness.keys import Key
from xharness.store.store import Artifact, Store
from xharness.tasks import Task

_CLOSE = 1e-9
"""Points by which sums of floats may differ between machines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedScore:
    """One stored number that differs from what its predictions give now."""

    key: Key
    task: str
    language: str
    score: str
    """Name of one of the metric's scores, or "n" or "threshold"."""
    stored: float | None
    recomputed: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRecomputed:
    """A score that cannot be computed again."""

    key: Key
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """The outcome for all scores of a store."""

    scores: int
    """Number of stored scores."""
    differences: tuple[ChangedScore, ...]
    not_recomputed: tuple[NotRecomputed, ...]


def rescore(store: Store, tasks: Mapping[str, Task]) -> Rescored:
    """Compute all stored scores again, without a model; return which ones differ.

    Args:
        store: The store with the scores and their predictions.
        tasks: Every loaded task, for its metric.
    """
    differences: list[ChangedScore] = []
    unknown: list[NotRecomputed] = []
    scores = 0
    for name in store.keys():  # noqa: SIM118
        artifact = store.find(name)
        if artifact is None or artifact.manifest["kind"] != "Score":
            continue
        scores += 1
        try:
            differences += _differences(artifact, store, tasks)
        except (DataError, PluginError, StoreError) as error:
            unknown.append(NotRecomputed(key=name, reason=str(error)))
    return Rescored(scores=scores, differences=tuple(differences), not_recomputed=tuple(unknown))


def _differences(artifact: Artifact, store: Store, tasks: Mapping[str, Task]) -> list[ChangedScore]:
    """Return the numbers of one score that differ from what its predictions give.

    Raises:
        PluginError: If its metric is not loaded.
        StoreError: If the predictions are not in the store, or were changed.
        DataError: If the metric cannot read them.
    """
    read = [_input(artifact, Key(name), store) for name in artifact.manifest["inputs"]]
    asked = json.loads(read[0].file("phase.json").read_text("utf-8"))
    task, language = str(asked["task"]), str(asked["language"])
    stored = artifact.json("score.json")
    if task not in tasks:
        raise PluginError(f"{task} {language}: no plugin offers the task; load it with --plugin")
    metric = tasks[task].metric
    if metric.signature != stored["signature"]:
        raise PluginError(
            f"{task} {language}: was scored with {stored['signature']}, its plugin now has "
            f"{metric.signature}"
        )
    rescored = scoring.rescore(read[0], metric, language, *read[1:])
    before = {**stored["scores"], "n": stored["n"], "threshold": stored.get("threshold")}
    now = {**rescored.scores, "n": len(rescored.items), "threshold": rescored.threshold}
    return [
        ChangedScore(
            key=artifact.key,
            task=task,
            language=language,
            score=score,
            stored=before.get(score),
            recomputed=now.get(score),
        )
        for score in {**before, **now}
        if not _same(before.get(score), now.get(score))
    ]


def _input(artifact: Artifact, name: Key, store: Store) -> Artifact:
    """Return the artifact of predictions that a score was computed from."""
    predictions = store.find(name)
    if predictions is None:
        raise StoreError(f"{artifact.path}: its predictions {name[:10]} are not in the store")
    return predictions


def _same(a: float | None, b: float | None) -> bool:
    """Return whether two numbers are equal up to rounding, or both None."""
    if a is None or b is None:
        return a is b
    return a == b or math.isclose(a, b, rel_tol=0, abs_tol=_CLOSE)
