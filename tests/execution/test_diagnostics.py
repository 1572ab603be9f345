"""What is suspicious about a phase is found in its files, kept with it, and shown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.plans import ENGLISH, NONE, published
from support.program import Command
from support.store_worker import predict, train
from xharness import Kind
from xharness.analysis.diagnostics import Finding
from xharness.engine.prediction import fertility
from xharness.examples import Answer, Classification, Pair, SpanQuestion, Tagging
from xharness.execution import diagnostics
from xharness.execution.diagnostics import Note
from xharness.keys import Key, key
from xharness.phases import Predict, Score, Train
from xharness.report.diagnostics import diagnostic_lines
from xharness.store.store import Artifact, Store
from xharness.tasks import Task
from xharness.testing import fake_task

Rows = Sequence[tuple[Any, Any]]
"""Predictions and right answers."""

BALANCED = ["red", "green", "blue"] * 4


def task(kind: Kind = Kind.CLASSIFICATION, expected: Mapping[str, int] | None = None) -> Task:
    """Return the task that the phases of these tests are about."""
    found = fake_task(kind, "nli", languages=("en", "sw"))
    return replace(found, sources=(replace(found.sources[0], expected=dict(expected or {})),))


def notes_of_score(
    tmp_path: Path, rows: Rows, score: float, kind: Kind = Kind.CLASSIFICATION
) -> tuple[Note, ...]:
    """Return the notes of a score with these predictions behind it."""
    store, predictions = Store(tmp_path / "store"), predict(train(), "sw")
    with store.publishing(predictions) as building:
        assert building is not None
        lines = [json.dumps({"prediction": said, "gold": right}) for said, right in rows]
        (building.out / "predictions.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    artifact = store.find(key(predictions))
    assert artifact is not None
    (tmp_path / "score.json").write_text(json.dumps({"score": score}), "utf-8")
    found = task(kind)
    phase = Score(predictions=predictions, metric=found.metric.signature)
    return diagnostics.examine(phase, tmp_path, {artifact.key: artifact}, {"nli": found})


def notes_of_counts(
    tmp_path: Path, phase: Train | Predict, counts: Mapping[str, Any], found: Task
) -> list[tuple[str, float]]:
    """Return kind and number of the notes of a phase that counted this."""
    (tmp_path / "counts.json").write_text(json.dumps(counts), "utf-8")
    nothing: dict[Key, Artifact] = {}
    return [
        (n.kind, n.value) for n in diagnostics.examine(phase, tmp_path, nothing, {"nli": found})
    ]


def test_good_predictions_have_no_notes(tmp_path: Path) -> None:
    """Two of three right, all labels used: nothing is suspicious."""
    rows = [(right, right) for right in BALANCED[:8]] + [("red", "green")] * 4

    assert notes_of_score(tmp_path, rows, 66.7) == ()


def test_collapsed_predictions(tmp_path: Path) -> None:
    """Always one label is named; a third of the answers is right, no more than the majority."""
    found = notes_of_score(tmp_path, [("red", right) for right in BALANCED], 100 / 3)

    assert [(n.kind, n.task, n.language, n.text, n.value) for n in found] == [
        ("collapsed", "nli", "sw", 'predictions collapsed to "red"', 100.0),
        ("baseline", "nli", "sw", "score at or below the majority baseline", 33.333),
    ]


@pytest.mark.parametrize(("equal", "noted"), [(19, False), (20, True)])
def test_collapse_begins_above_95_percent(tmp_path: Path, equal: int, *, noted: bool) -> None:
    """19 equal answers of 20 are 95 percent and pass, 20 of 20 do not."""
    said = ["red"] * equal + ["green"] * (20 - equal)
    rows = list(zip(said, ["red", "green"] * 10, strict=True))

    assert any(n.kind == "collapsed" for n in notes_of_score(tmp_path, rows, 90.0)) is noted


@pytest.mark.parametrize(
    "rows",
    [[("red", right) for right in BALANCED[:9]], [("red", "red")] * 40],
    ids=["nine rows", "all right answers are equal"],
)
def test_equal_predictions_that_say_nothing(tmp_path: Path, rows: Rows) -> None:
    """Few rows, or rows whose right answers are all equal, are no collapse."""
    assert all(n.kind != "collapsed" for n in notes_of_score(tmp_path, rows, 99.0))


def test_a_score_just_above_the_majority(tmp_path: Path) -> None:
    """The majority of red is 50 percent; 50 is noted, 50.1 is not."""
    rows = [(right, right) for right in ["red"] * 6 + ["green"] * 3 + ["blue"] * 3]

    assert [n.value for n in notes_of_score(tmp_path / "a", rows, 50.0)] == [50.0]
    assert notes_of_score(tmp_path / "b", rows, 50.1) == ()


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
    found = notes_of_score(tmp_path, rows, score, kind)

    assert [(n.kind, n.text, n.value) for n in found] == [
        ("baseline", f"score at or below the {text} baseline", value)
    ]


def test_no_answer_to_every_question_is_a_collapse(tmp_path: Path) -> None:
    """Questions that have answers and get none are answered alike."""
    found = notes_of_score(tmp_path, [(None, ["y"])] * 6 + [(None, ["z"])] * 6, 5.0, Kind.SPAN_QA)

    assert [n.text for n in found] == ['predictions collapsed to "no answer"']


def test_predictions_are_judged_by_their_counts(tmp_path: Path) -> None:
    """Cut examples, missing rows, small pieces and unknown ones are noted with their shares."""
    counts = {"rows": 8, "used": 8, "truncated": 2, "words": 10, "pieces": 35, "unknown": 7}
    found = notes_of_counts(
        tmp_path, predict(train(), "sw"), counts, task(expected={"test/sw": 10})
    )

    assert found == [("cut", 25.0), ("short", 80.0), ("pieces", 3.5), ("unknown", 20.0)]


def test_usual_counts_have_no_notes(tmp_path: Path) -> None:
    """One percent cut, three pieces a word and nothing unknown are as they should be."""
    counts = {"rows": 200, "used": 200, "truncated": 2, "words": 9, "pieces": 27, "unknown": 0}
    found = notes_of_counts(tmp_path, predict(train(), "sw"), counts, task(expected={"test": 500}))

    assert found == []


def test_trainings_are_judged_stream_by_stream(tmp_path: Path) -> None:
    """Answers that no window holds, cut examples and missing rows of the training language."""
    stream = {"task": "nli", "rows": 90, "used": 90, "truncated": 9, "lost": 18}
    found = notes_of_counts(tmp_path, train(), {"streams": [stream]}, task(expected={"train": 100}))

    assert found == [("lost", 20.0), ("cut", 10.0), ("short", 90.0)]


def test_counts_of_other_runners_may_lack_everything(tmp_path: Path) -> None:
    """A runner that counts nothing is not accused of anything."""
    assert notes_of_counts(tmp_path, predict(train(), "sw"), {}, task(expected={"test": 9})) == []
    assert diagnostics.examine(train(), tmp_path / "nowhere", {}, {}) == ()


class Halves:
    """A tokenizer that makes pieces of two letters and knows no x."""

    unk_token_id = 0

    def __call__(self, texts: Sequence[str], **_: object) -> Mapping[str, list[list[int]]]:
        """Return ids: 0 for a piece with an x, else 1."""
        return {
            "input_ids": [
                [self._id(w[i : i + 2]) for w in t.split() for i in range(0, len(w), 2)]
                for t in texts
            ]
        }

    def _id(self, piece: str) -> int:
        return 0 if "x" in piece else 1


def test_pieces_are_counted_in_different_texts() -> None:
    """Four words of two, one, one and two pieces; a text that comes twice counts once."""
    examples = [
        Classification(text="abcd ab", pair="xy abcd", label="a"),
        Classification(text="abcd ab", pair=None, label="a"),
    ]

    assert fertility.counted(Halves(), examples) == {"words": 4, "pieces": 6, "unknown": 1}


@pytest.mark.parametrize(
    "example",
    [
        Tagging(tokens=("abcd", "ab"), tags=None),
        SpanQuestion(context="abcd", question="ab", answers=(Answer(text="ab", start=0),)),
        Pair(source="abcd", target="ab"),
    ],
)
def test_pieces_of_every_kind(example: Any) -> None:
    """Tokens, question and context, and the foreign side of a pair are what is split."""
    assert fertility.counted(Halves(), [example]) == {"words": 2, "pieces": 3, "unknown": 0}


@pytest.mark.parametrize(
    ("text", "words"),
    [("two words", 2), ("\u6211\u6765\u4e86", 3), ("\u0e44\u0e17\u0e22 a1", 4), ("", 0)],
)
def test_words_without_blanks(text: str, words: int) -> None:
    """In Chinese and Thai every character counts as a word."""
    assert fertility.words(text) == words


def finding(
    language: str, row: tuple[str, str], value: float = 100.0, kind: str = "cut"
) -> Finding:
    """Return a note on one language of nli in one row."""
    note = Note(kind=kind, task="nli", language=language, text="too long", value=value)
    return Finding(note=note, key=Key("k"), rows=(row,), seeds=(1,))


def test_lines_are_grouped() -> None:
    """Languages with one fault share a line; rows are named unless all are concerned."""
    found = [
        *(finding(language, row) for language in ("sw", "th") for row in (NONE, ENGLISH)),
        finding("en", ENGLISH, 4.25),
        finding("en", ENGLISH, 12.0),
    ]

    assert diagnostic_lines(found, published()) == [
        "harm: nli sw, th: too long (100 %)",
        "harm: nli en: too long (4.2 to 12 %); english mnli",
    ]


def test_all_languages_and_trainings_are_called_so() -> None:
    """A fault of every language says all; a training has none."""
    found = [finding(language, NONE, 3.5, "pieces") for language in ("en", "sw", "th")]

    assert diagnostic_lines([*found, finding("", NONE)], published()) == [
        "harm: nli all 3 languages: too long (3.5); none",
        "harm: training on nli: too long (100 %); none",
    ]


def test_tasks_share_a_line_and_the_gravest_comes_first() -> None:
    """One fault of several tasks is one line; collapse stands above missing rows."""
    short = finding("sw", NONE, 99.97, "short")
    other = replace(short, note=replace(short.note, task="qa", value=12.0))
    grave = replace(short, note=replace(short.note, kind="collapsed", text="all alike"))

    assert diagnostic_lines(
        [short, other, finding("", NONE, 50.0, "short"), grave], published()
    ) == [
        "harm: nli sw: all alike (99.9 %); none",
        "harm: nli sw; qa sw; training on nli: too long (12 to 99.9 %); none",
    ]


def test_many_lines_are_cut() -> None:
    """Eight lines are shown, the others counted."""
    found = [
        replace(one, note=replace(one.note, text=f"fault {i}"))
        for i, one in enumerate([finding("sw", NONE)] * 11)
    ]
    lines = diagnostic_lines(found, published())

    assert len(lines) == 9
    assert lines[-1] == "harm: 3 more lines; all of it: xharness leaderboard --json"


def test_from_the_phase_to_the_table(xharness: Command, tmp_path: Path) -> None:
    """A fault is told while running, kept in the store, shown below the table, and in JSON."""
    plugin = tmp_path / "short.py"
    plugin.write_text(SHORT, "utf-8")
    where = ("--plugin", plugin, "--suite", "xtreme", "--model", "fake-model", "--targets", "tiny")
    ran = xharness("compare", *where, "--intermediate", "first", "--strategies", "english")
    again = xharness("compare", *where, "--intermediate", "first", "--strategies", "english")
    found = xharness("leaderboard", "--plugin", plugin, "--json").json["notes"]
    line = "harm: tiny de: fewer rows than were published (60 %)"

    assert ran.err.count(line) == 1
    assert line in ran.out
    assert line in again.out
    assert line not in again.err
    assert [(n["kind"], n["language"], n["value"]) for n in found] == [("short", "de", 60.0)] * 2
    assert found[0]["strategies"] == [{"strategy": "none", "intermediates": "-"}]
    assert (
        tmp_path / "store" / "phases" / found[0]["key"][:2] / found[0]["key"] / diagnostics.FILE
    ).is_file()


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

    assert "harm" not in ran.out + ran.err
