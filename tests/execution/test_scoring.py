"""Predictions become scores that can be computed again from what is stored."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Odd:
    """A metric of a plugin that returns whatever it was made with."""

    added: Any = (1.0, 1.0)
    made: Any = None

    @property
    def signature(self) -> str:
        """Name and version."""
        return "odd@1"

    def statistics(self, prediction: Any, gold: Any, language: str) -> Any:
        """Return what it was made with, or what that makes of a prediction."""
        return self.added(prediction) if callable(self.added) else self.added

    def scores(self, totals: Sequence[float]) -> Any:
        """Return what it was made with, or what that makes of the totals."""
        return self.made(totals) if callable(self.made) else self.made


RIGHT = 'names with numbers from 0 to 100, such as {"f1": 87.5}, would be right'


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ({"f1": math.nan}, "its score 'f1' is nan"),
        ({"f1": math.inf}, "its score 'f1' is inf"),
        ({"f1": 1e9}, "its score 'f1' is 1000000000.0, which is no percentage"),
        ({"f1": 50.0, "em": None}, "its score 'em' is None"),
        ({"f1": "50"}, "its score 'f1' is '50'"),
        ({"f1": True}, "its score 'f1' is True"),
        ({1: 50.0}, "the name of one of its scores is 1"),
        ({}, "its scores are empty"),
        (50.0, "its scores are 50.0"),
        (None, "its scores are None"),
    ],
)
def test_scores_that_are_no_percentages_fail_in_a_sentence(
    tmp_path: Path, made: Any, problem: str
) -> None:
    """Nothing of the kind is stored: the message has the metric, the value and what is right."""
    found = stored(tmp_path, rows(("a", "a")))
    with pytest.raises(DataError) as caught:
        scoring.rescore(found, Odd(made=made), "en")

    assert str(caught.value) == f"metric odd@1: {problem}; {RIGHT}"


def test_a_metric_that_lacks_a_key_fails_in_a_sentence(tmp_path: Path) -> None:
    """A KeyError in a metric's own functions is told as what it is, with the item or the totals."""
    found = stored(tmp_path, rows(("a", "a")))
    with pytest.raises(DataError, match=r"odd@1: cannot make scores of .* \[1.0, 1.0\]: KeyError"):
        scoring.rescore(found, Odd(made=lambda _: {}["f1"]), "en")
    with pytest.raises(DataError, match=r"odd@1 cannot score item 0: KeyError: 'gold'"):
        scoring.rescore(found, Odd(added=lambda _: {}["gold"], made={"f1": 1.0}), "en")


@pytest.mark.parametrize("added", [(math.nan,), (), None, 1.0, ("1",), (1.0, math.inf)])
def test_statistics_that_are_no_numbers_name_the_item(tmp_path: Path, added: Any) -> None:
    """They would make every interval NaN, so the first item with such ones is named."""
    found = stored(tmp_path, rows(("a", "a")))
    with pytest.raises(DataError, match=r"odd@1 cannot score item 0: its statistics are"):
        scoring.rescore(found, Odd(added=added, made={"f1": 1.0}), "en")


def test_statistics_of_two_lengths_name_both_items(tmp_path: Path) -> None:
    """An item that adds another number of values than the first is named, with both counts."""
    found = stored(tmp_path, rows(("a", "a"), ("bb", "a")))
    metric = Odd(added=lambda said: (1.0,) * len(said), made={"f1": 1.0})
    with pytest.raises(DataError, match=r"adds 2 numbers for item 1 and 1 for item 0; equally"):
        scoring.rescore(found, metric, "en")


def test_a_correlation_may_be_negative(tmp_path: Path) -> None:
    """In percent it goes down to -100."""
    found = stored(tmp_path, rows(("a", "a")))

    assert scoring.rescore(found, Odd(made={"mcc": -31.0}), "en").scores == {"mcc": -31.0}


def test_a_threshold_is_not_tuned_on_nonsense(tmp_path: Path) -> None:
    """Scores are checked while a threshold is searched, too."""
    lines = [{**row, "margin": 0.5} for row in rows(("a", "a"), ("b", "a"))]
    found = stored(tmp_path, lines)
    with pytest.raises(DataError, match=r"metric odd@1: its scores are empty"):
        scoring.rescore(found, Odd(made={}), "en", found)
