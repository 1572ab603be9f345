"""What is suspicious about a phase is found in its files, kept with it, and shown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.program import Command
from support.store_worker import predict, train
from xharness import Kind
from xharness.execution import diagnostics
from xharness.execution.diagnostics import Diagnostic
from xharness.keys import Key, key
from xharness.phases import Predict, Score, Train
from xharness.store.store import Artifact, Store
from xharness.tasks import Task
from xharness.testing import fake_task

Rows = Sequence[tuple[Any, Any]]
"""Predictions and right answers."""

BALANCED = ["red", "green", "blue"] * 4


def task(kind: Kind = Kind.CLASSIFICATION, expected: Mapping[str, int] | None = None) -> Task:
    """Return the task that the phases of these tests are about."""
    nli = fake_task(kind, "nli", languages=("en", "sw"))
    return replace(nli, sources=(replace(nli.sources[0], expected=dict(expected or {})),))


def diagnostics_of_score(
    tmp_path: Path, rows: Rows, score: float, kind: Kind = Kind.CLASSIFICATION
) -> tuple[Diagnostic, ...]:
    """Return what is suspicious about a score of these predictions."""
    store, predictions = Store(tmp_path / "store"), predict(train(), "sw")
    with store.publishing(predictions) as building:
        assert building is not None
        lines = [json.dumps({"prediction": said, "gold": right}) for said, right in rows]
        (building.out / "predictions.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    artifact = store.find(key(predictions))
    assert artifact is not None
    (tmp_path / "score.json").write_text(json.dumps({"score": score}), "utf-8")
    nli = task(kind)
    phase = Score(predictions=predictions, metric=nli.metric.signature)
    return diagnostics.examine(phase, tmp_path, {artifact.key: artifact}, {"nli": nli})


def diagnostics_of_counts(
    tmp_path: Path, phase: Train | Predict, counts: Mapping[str, Any], nli: Task
) -> list[tuple[str, float]]:
    """Return kind and number of the diagnostics of a phase that counted this."""
    (tmp_path / "counts.json").write_text(json.dumps(counts), "utf-8")
    nothing: dict[Key, Artifact] = {}
    found = diagnostics.examine(phase, tmp_path, nothing, {"nli": nli})
    return [(d.kind, d.value) for d in found]


def test_good_predictions_are_not_suspicious(tmp_path: Path) -> None:
    """Two of three right, all labels used: nothing is suspicious."""
    rows = [(right, right) for right in BALANCED[:8]] + [("red", "green")] * 4

    assert diagnostics_of_score(tmp_path, rows, 66.7) == ()


def test_collapsed_predictions(tmp_path: Path) -> None:
    """Always one label is named; a third of the answers is right, no more than the majority."""
    found = diagnostics_of_score(tmp_path, [("red", right) for right in BALANCED], 100 / 3)

    assert [(n.kind, n.task, n.language, n.text, n.value) for n in found] == [
        ("collapsed", "nli", "sw", 'predictions collapsed to "red"', 100.0),
        ("baseline", "nli", "sw", "score at or below the majority baseline", 33.333),
    ]


@pytest.mark.parametrize(("equal", "noted"), [(19, False), (20, True)])
def test_collapse_begins_above_95_percent(tmp_path: Path, equal: int, *, noted: bool) -> None:
    """19 equal answers of 20 are 95 percent and pass, 20 of 20 do not."""
    said = ["red"] * equal + ["green"] * (20 - equal)
    rows = list(zip(said, ["red", "green"] * 10, strict=True))

    assert any(n.kind == "collapsed" for n in diagnostics_of_score(tmp_path, rows, 90.0)) is noted


@pytest.mark.parametrize(
    "rows",
    [[("red", right) for right in BALANCED[:9]], [("red", "red")] * 40],
    ids=["nine rows", "all right answers are equal"],
)
def test_equal_predictions_that_say_nothing(tmp_path: Path, rows: Rows) -> None:
    """Few rows, or rows whose right answers are all equal, are no collapse."""
    assert all(n.kind != "collapsed" for n in diagnostics_of_score(tmp_path, rows, 99.0))


def test_a_score_just_above_the_majority(tmp_path: Path) -> None:
    """The majority of red is 50 percent; 50 is noted, 50.1 is not."""
    rows = [(right, right) for right in ["red"] * 6 + ["green"] * 3 + ["blue"] * 3]

    assert [n.value for n in diagnostics_of_score(tmp_path / "a", rows, 50.0)] == [50.0]
    assert diagnostics_of_score(tmp_path / "b", rows, 50.1) == ()


@pytest.mark.parametrize(
    ("kind", "rows", "score", "text", "value"),
    [
        (Kind.RETRIEVAL, [("b", "a"), ("a", "b")], 50.0, "random", 50.0),
        (Kind.SPAN_QA, [("x", ["y"]), ("z", ["y"])], 0.0, "no-answer", 0.0),
        (Kind.TAGGING, [(["NOUN"], ["VERB"]), (["VERB"], ["NOUN"])], 0.0, "majority", 50.0),
    ],
)
def test_baselines_of_other_kinds(
    tmp_path: Path, kind: Kind, rows: Rows, score: float, text: str, value: float
) -> None:
    """One of two sentences by chance, no answer at all, one tag for every word: 50, 0, 50."""
    found = diagnostics_of_score(tmp_path, rows, score, kind)

    assert [(n.kind, n.text, n.value) for n in found] == [
        ("baseline", f"score at or below the {text} baseline", value)
    ]


def test_no_answer_to_every_question_is_a_collapse(tmp_path: Path) -> None:
    """Questions that have answers and get none are answered alike."""
    found = diagnostics_of_score(
        tmp_path, [(None, ["y"])] * 6 + [(None, ["z"])] * 6, 5.0, Kind.SPAN_QA
    )

    assert [n.text for n in found] == ['predictions collapsed to "no answer"']


def test_predictions_are_judged_by_their_counts(tmp_path: Path) -> None:
    """Cut examples, missing rows, small pieces and unknown ones are noted with their shares."""
    counts = {"rows": 8, "used": 8, "truncated": 2, "words": 10, "pieces": 35, "unknown": 7}
    found = diagnostics_of_counts(
        tmp_path, predict(train(), "sw"), counts, task(expected={"test/sw": 10})
    )

    assert found == [("cut", 25.0), ("short", 80.0), ("pieces", 3.5), ("unknown", 20.0)]


def test_usual_counts_are_not_suspicious(tmp_path: Path) -> None:
    """One percent cut, three pieces a word and nothing unknown are as they should be."""
    counts = {"rows": 200, "used": 200, "truncated": 2, "words": 9, "pieces": 27, "unknown": 0}
    found = diagnostics_of_counts(
        tmp_path, predict(train(), "sw"), counts, task(expected={"test": 500})
    )

    assert found == []


def test_trainings_are_judged_stream_by_stream(tmp_path: Path) -> None:
    """Answers that no window holds, cut examples and missing rows of the training language."""
    stream = {"task": "nli", "rows": 90, "used": 90, "truncated": 9, "lost": 18}
    found = diagnostics_of_counts(
        tmp_path, train(), {"streams": [stream]}, task(expected={"train": 100})
    )

    assert found == [("lost", 20.0), ("cut", 10.0), ("short", 90.0)]


def test_counts_of_other_runners_may_lack_everything(tmp_path: Path) -> None:
    """A runner that counts nothing is not accused of anything."""
    assert (
        diagnostics_of_counts(tmp_path, predict(train(), "sw"), {}, task(expected={"test": 9}))
        == []
    )
    assert diagnostics.examine(train(), tmp_path / "nowhere", {}, {}) == ()


def test_from_the_phase_to_the_table(xharness: Command, tmp_path: Path) -> None:
    """A fault is counted on the first screen, kept in the store, told where asked, and in JSON."""
    plugin = tmp_path / "short.py"
    plugin.write_text(SHORT, "utf-8")
    where = ("--plugin", plugin, "--suite", "xtreme", "--model", "fake-model", "--targets", "tiny")
    where = (*where, "--intermediates", "first", "--strategies", "english")
    ran = xharness("compare", *where, "--verbose")
    again = xharness("compare", *where, "--details")
    notes = xharness("leaderboard", "--plugin", plugin, "--json").json["notes"]
    line = "warning: tiny de: has 60 % of the published rows"

    assert ran.err.count(line) == 1
    assert "See --diagnostics: 2 cells with rows missing (mostly on de)" in ran.out
    assert line in again.out
    assert line not in again.err
    assert [(n["kind"], n["language"], n["value"]) for n in notes] == [("short", "de", 60.0)] * 2
    assert notes[0]["strategies"] == [{"strategy": "none", "intermediates": "-"}]
    assert (Store(tmp_path / "store").folder_of(notes[0]["key"]) / "notes.json").is_file()


SHORT = """
from dataclasses import replace

from xharness import Kind, Role
from xharness.testing import FakeRunner, fake_task

TASK = fake_task(name="tiny", languages=("en", "de"))
TASK = replace(TASK, sources=(replace(TASK.sources[0], expected={"test/de": 20}),))
FIRST = fake_task(name="first", role=Role.INTERMEDIATE, languages=("en",))
RUNNER = FakeRunner(tasks=[TASK, FIRST])
xharness_tasks = RUNNER.xharness_tasks
xharness_models = RUNNER.xharness_models
xharness_run_phase = RUNNER.xharness_run_phase
"""


def test_the_fakes_are_above_suspicion(compare: Command) -> None:
    """A comparison without faults has no word about harm."""
    ran = compare("--targets", "colours")

    assert "warning" not in ran.out + ran.err
