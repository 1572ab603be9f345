"""Predictions become scores that can be computed again from what is stored."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from support.store_worker import predict, score, train
from xharness.errors import DataError, PluginError
from xharness.execution import scoring
from xharness.keys import Key, key
from xharness.metrics import Accuracy, ChunkF1, Metric, SquadV1
from xharness.plugin.hooks import PhaseRun
from xharness.store.store import Artifact, Store
from xharness.tasks import Kind, Role, Source, Task

PREDICTIONS = predict(train())


def task(metric: Metric) -> Task:
    return Task(
        name="nli",
        role=Role.TARGET,
        kind=Kind.CLASSIFICATION,
        version=1,
        sources=(Source(path="x", columns=(), licence="CC0-1.0"),),
        languages=("en",),
        splits={"test": "test"},
        read=lambda _row, _language: None,
        metric=metric,
    )


def rows(*answers: tuple[Any, Any]) -> list[dict[str, Any]]:
    return [
        {"item": str(n), "cluster": str(n // 2), "prediction": said, "gold": right}
        for n, (said, right) in enumerate(answers)
    ]


def stored(tmp_path: Path, lines: list[dict[str, Any]]) -> Artifact:
    store = Store(tmp_path / "store")
    with store.publishing(PREDICTIONS) as building:
        assert building is not None
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (building.out / "predictions.jsonl").write_text(text, "utf-8")
    found = store.find(key(PREDICTIONS))
    assert found is not None
    return found


def run(out: Path, tasks: Mapping[str, Task]) -> PhaseRun:
    out.mkdir()
    return PhaseRun(
        out=out,
        scratch=out,
        device="cpu",
        threads=1,
        tasks=tasks,
        data_root=None,
        offline=True,
        report=lambda _part, _speed: None,
        should_stop=lambda: False,
    )


def inputs(artifact: Artifact) -> dict[Key, Artifact]:
    return {artifact.key: artifact}


def test_score_and_statistics_are_written(tmp_path: Path) -> None:
    """Two of three right is 66.67 percent, and each row says what it added."""
    found = stored(tmp_path, rows(("a", "a"), ("b", "a"), ("c", "c")))
    given = run(tmp_path / "out", {"nli": task(Accuracy())})
    done = scoring.xharness_run_phase(score(PREDICTIONS), inputs(found), given)
    written = {p.name: json.loads(p.read_text("utf-8")) for p in given.out.iterdir()}

    assert done is True
    assert written["score.json"] == {
        "signature": "accuracy@1",
        "score": 200 / 3,
        "scores": {"accuracy": 200 / 3},
        "n": 3,
    }
    assert written["statistics.json"] == {
        "items": ["0", "1", "2"],
        "clusters": ["0", "0", "1"],
        "statistics": [[1.0, 1.0], [0.0, 1.0], [1.0, 1.0]],
    }
    assert list(written["profile.json"]["versions"]) == ["python"]


def test_any_metric_can_be_computed_again(tmp_path: Path) -> None:
    """Stored answers are scored as SQuAD does: F1 (1 + 2/3) / 2, one of two exact."""
    answers = rows(("the cat", ["cat", "dog"]), ("red cat", ["cat"]))
    found = scoring.rescore(stored(tmp_path, answers), SquadV1(), "en")

    assert found.scores == pytest.approx({"f1": 250 / 3, "exact_match": 50.0})


def test_no_predictions_is_an_error(tmp_path: Path) -> None:
    """Nothing predicted is never a score of zero."""
    with pytest.raises(DataError, match="has no predictions"):
        scoring.rescore(stored(tmp_path, []), Accuracy(), "en")


def test_unreadable_prediction_is_named(tmp_path: Path) -> None:
    """A prediction that the metric cannot read is named by its item."""
    lines = rows((["N"], ["N"]), (["N"], ["N", "V"]))
    with pytest.raises(DataError, match="cannot score item 1: 1 predicted tags for 2 words"):
        scoring.rescore(stored(tmp_path, lines), ChunkF1(), "en")


@pytest.mark.parametrize("tasks", [{}, {"nli": task(SquadV1())}])
def test_other_metric_or_missing_task_is_refused(tmp_path: Path, tasks: dict[str, Task]) -> None:
    """A number is never computed under another signature than the plan's."""
    found = stored(tmp_path, rows(("a", "a")))
    with pytest.raises(PluginError, match="score nli en"):
        scoring.xharness_run_phase(score(PREDICTIONS), inputs(found), run(tmp_path / "out", tasks))


def test_other_phases_are_left_to_other_plugins(tmp_path: Path) -> None:
    """Trainings and predictions are not for this plugin."""
    given = run(tmp_path / "out", {})

    for phase in (train(), PREDICTIONS):
        assert scoring.xharness_run_phase(phase, {}, given) is None


def test_scoring_loads_no_heavy_library() -> None:
    """Scores are computed without torch, numpy, transformers or datasets."""
    code = (
        "import sys, xharness.execution.scoring, xharness.execution.run;"
        "import xharness.store.maintenance;"
        "heavy = {'torch', 'numpy', 'transformers', 'datasets', 'filelock'};"
        "print(*sorted(heavy & {*sys.modules}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == ""
