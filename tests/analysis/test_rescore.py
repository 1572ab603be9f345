"""Scores can be computed again from stored predictions, and a changed one is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.program import FAKES, Command

PLUGIN = ("--plugin", FAKES)


def changed(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a file of an artifact together with its manifest, as a careful forger would."""
    content = json.dumps(change(json.loads(path.read_text("utf-8"))))
    path.write_text(content, "utf-8")
    manifest = json.loads((path.parent / "manifest.json").read_text("utf-8"))
    manifest["files"][path.name] = {
        "bytes": len(content.encode()),
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
    }
    (path.parent / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def scores(tmp_path: Path) -> list[Path]:
    """Return the files of all scores."""
    return sorted(tmp_path.glob("store/phases/*/*/score.json"))


def test_all_scores_are_as_stored(compare: Command, xharness: Command, tmp_path: Path) -> None:
    """After a comparison every score is what its predictions give, and the exit status is 0."""
    compare("--targets", "colours,tags,match")
    ran, found = xharness("rescore", *PLUGIN), xharness("rescore", *PLUGIN, "--json")

    assert ran.status == 0
    assert f"{len(scores(tmp_path))} scores: 0 differ, 0 not recomputed" in ran.out
    assert found.json == {
        "schema": 1,
        "scores": len(scores(tmp_path)),
        "differences": [],
        "not_recomputed": [],
    }


def test_a_changed_score_is_found(compare: Command, xharness: Command, tmp_path: Path) -> None:
    """A number that was changed is named with its key, task, language and both values."""
    compare("--targets", "colours")
    path = scores(tmp_path)[0]
    before = json.loads(path.read_text("utf-8"))["scores"]["accuracy"]
    changed(path, lambda score: {**score, "scores": {"accuracy": 99.5}})
    ran, found = xharness("rescore", *PLUGIN), xharness("rescore", *PLUGIN, "--json")

    assert ran.status == found.status == 1
    assert "99.500000" in ran.out
    assert [
        (d["key"], d["task"], d["score"], d["stored"], d["recomputed"])
        for d in found.json["differences"]
    ] == [(path.parent.name, "colours", "accuracy", 99.5, before)]
    assert found.json["differences"][0]["language"] in {"en", "de", "sw"}


def test_a_score_without_its_task_is_not_passed_over(compare: Command, xharness: Command) -> None:
    """Without the plugin nothing can be compared; each score says what would help."""
    compare("--targets", "colours")
    ran = xharness("rescore")

    assert ran.status == 1
    assert "no plugin offers the task; load it with --plugin" in ran.out


def test_another_metric_is_not_compared(
    compare: Command, xharness: Command, tmp_path: Path
) -> None:
    """A score of another signature is left alone, and named."""
    compare("--targets", "colours")
    changed(scores(tmp_path)[0], lambda score: {**score, "signature": "older@0"})
    found = xharness("rescore", *PLUGIN, "--json").json

    assert found["differences"] == []
    assert [u["reason"] for u in found["not_recomputed"]] == [
        u["reason"] for u in found["not_recomputed"] if "was scored with older@0" in u["reason"]
    ]
    assert len(found["not_recomputed"]) == 1


def test_changed_predictions_are_not_scored(
    compare: Command, xharness: Command, tmp_path: Path
) -> None:
    """Predictions that are not what was written give no number."""
    compare("--targets", "match")
    path = next(tmp_path.glob("store/phases/*/*/predictions.jsonl"))
    path.write_text(path.read_text("utf-8").replace('"prediction"', '"prediktion"', 1), "utf-8")
    ran = xharness("rescore", *PLUGIN)

    assert ran.status == 1
    assert "0 differ, 1 not recomputed" in ran.out
