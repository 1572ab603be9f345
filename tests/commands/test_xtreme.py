"""Predictions are written as XTREME's evaluate.py reads them, checked with readers of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from seqeval.metrics import f1_score

from support.program import Command
from xharness.commands.xtreme_files import LANGUAGES, places
from xharness.errors import DataError

PLUGIN = """
from dataclasses import replace

from xharness import Kind, MiningF1, Role
from xharness.testing import FakeRunner, fake_task

RUNNER = FakeRunner(
    tasks=[
        fake_task(name="first", role=Role.INTERMEDIATE, languages=("en",)),
        fake_task(name="xnli", languages=("en", "sw")),
        fake_task(Kind.TAGGING, "udpos", languages=("en", "de")),
        fake_task(Kind.SPAN_QA, "xquad", languages=("en", "hi")),
        fake_task(Kind.RETRIEVAL, "tatoeba", languages=("de", "sw")),
        replace(
            fake_task(Kind.RETRIEVAL, "bucc", languages=("de",)),
            metric=MiningF1(name="bucc/gold-pool"),
            tuned_on="dev",
        ),
        fake_task(name="moods", languages=("en", "sw")),
    ]
)
xharness_tasks = RUNNER.xharness_tasks
xharness_models = RUNNER.xharness_models
xharness_run_phase = RUNNER.xharness_run_phase
"""
TARGETS = "xnli,udpos,xquad,tatoeba,bucc,moods"
NONE = {"XHARNESS_DISABLE": "lab,xnli,udpos,xquad,tatoeba,bucc"}
"""The tasks of these names are made up here."""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """Return a plugin with tasks called as XTREME's."""
    path = tmp_path / "stand_ins.py"
    path.write_text(PLUGIN, "utf-8")
    return path


@pytest.fixture
def results(xharness: Command, plugin: Path) -> dict[tuple[str, str, str], float]:
    """Return the scores of a comparison by strategy, target and language."""
    found = xharness(
        "compare", "--plugin", plugin, "--suite", "xtreme", "--model", "fake-model", "--targets",
        TARGETS, "--intermediates", "first", "--strategies", "english", "--json", **NONE,
    ).json["results"]  # fmt: skip
    return {(r["strategy"], r["target"], r["language"]): r["score"] for r in found}


def lines(path: Path) -> list[str]:
    """Return the lines of a file."""
    return path.read_text("utf-8").splitlines()


def sentences(path: Path) -> list[list[str]]:
    """Return blocks of lines that are set apart by empty ones."""
    return [block.splitlines() for block in path.read_text("utf-8").split("\n\n") if block]


def right(out: Path, name: str) -> float:
    """Return the share of lines that are as in the file of right answers, in percent."""
    said, wanted = lines(out / "said" / name), lines(out / "right" / name)
    assert len(said) == len(wanted)
    return 100 * sum(a == b for a, b in zip(said, wanted, strict=True)) / len(said)


def answers(path: Path) -> dict[str, list[str]]:
    """Return the right answers of a file in SQuAD's form, by question."""
    data: Any = json.loads(path.read_text("utf-8"))["data"]
    return {
        question["id"]: [answer["text"] for answer in question["answers"]]
        for article in data
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    }


@pytest.mark.filterwarnings("ignore:.*not to be NE tag")  # part-of-speech tags, as XTREME does
@pytest.mark.parametrize("strategy", ["none", "english"])
def test_the_files_give_the_stored_scores(
    xharness: Command,
    plugin: Path,
    results: dict[tuple[str, str, str], float],
    tmp_path: Path,
    strategy: str,
) -> None:
    """Every file has the name, extension and content with which XTREME finds our scores."""
    ran = xharness(
        *("export", "xtreme", "-o", tmp_path / "said", "--labels", tmp_path / "right"),
        *("--plugin", plugin, "--strategy", strategy),
        **NONE,
    )
    files = {p.relative_to(tmp_path / "said").as_posix() for p in tmp_path.glob("said/*/*")}

    assert ran.status == 0
    assert files == {
        *("xnli/test-en.tsv", "xnli/test-sw.tsv", "udpos/test-en.tsv", "udpos/test-de.tsv"),
        *("xquad/test-en.json", "xquad/test-hi.json", "tatoeba/test-de.tsv"),
        *("tatoeba/test-sw.tsv", "bucc2018/test-de.tsv", "moods/test-en.tsv", "moods/test-sw.tsv"),
    }
    for target, language in (("xnli", "en"), ("xnli", "sw"), ("tatoeba", "de"), ("tatoeba", "sw")):
        score = right(tmp_path, f"{target}/test-{language}.tsv")
        assert score == pytest.approx(results[strategy, target, language])
    tags = [sentences(tmp_path / side / "udpos" / "test-de.tsv") for side in ("right", "said")]
    assert 100 * f1_score(*tags) == pytest.approx(results[strategy, "udpos", "de"])


def test_answers_are_found_by_their_questions(
    xharness: Command, plugin: Path, results: dict[tuple[str, str, str], float], tmp_path: Path
) -> None:
    """A question's text stands under its id; what is exactly right is right in the store, too."""
    out = ("-o", tmp_path / "said", "--labels", tmp_path / "right")
    xharness("export", "xtreme", *out, "--plugin", plugin, "--strategy", "none", **NONE)
    said = json.loads((tmp_path / "said/xquad/test-hi.json").read_text("utf-8"))
    gold = answers(tmp_path / "right/xquad/test-hi.json")
    stored = [
        json.loads(path.read_text("utf-8"))["scores"]["exact_match"]
        for path in tmp_path.glob("store/phases/*/*/score.json")
        if "exact_match" in path.read_text("utf-8")
    ]

    assert set(said) == set(gold)
    assert 100 * sum(said[i] in gold[i] for i in gold) / len(gold) in [
        pytest.approx(s) for s in stored
    ]
    assert results


def test_mined_pairs_are_those_above_the_threshold(
    xharness: Command, plugin: Path, results: dict[tuple[str, str, str], float], tmp_path: Path
) -> None:
    """BUCC's file has one pair a line; the F1 of its set is the stored one."""
    out = ("-o", tmp_path / "said", "--labels", tmp_path / "right")
    ran = xharness("export", "xtreme", *out, "--plugin", plugin, "--strategy", "none", **NONE)
    said, gold = (set(lines(tmp_path / s / "bucc2018/test-de.tsv")) for s in ("said", "right"))

    assert all(len(pair.split("\t")) == 2 for pair in said | gold)
    f1 = 100 * 2 * len(said & gold) / (len(said) + len(gold))
    assert f1 == pytest.approx(results["none", "bucc", "de"])
    assert "bucc2018: mined among gold pairs only" in ran.said


def test_what_xtreme_would_miss_is_said(
    xharness: Command, plugin: Path, results: dict[tuple[str, str, str], float], tmp_path: Path
) -> None:
    """Missing languages and tasks, and folders that are not XTREME's, are named."""
    ran = xharness(
        *("export", "xtreme", "-o", "out", "--plugin", plugin, "--json"),
        *("--strategy", "english", "--intermediates", "first", "--seed", "1"),
        **NONE,
    )

    assert "xquad: evaluate.py also expects ar, de, el, es, ru, th, tr, vi, zh" in ran.said
    assert "not compared: pawsx, panx, mlqa, tydiqa" in ran.said
    assert "moods: is no task of XTREME" in ran.said
    assert [t["task"] for t in ran.json["tasks"]][:2] == ["xnli", "udpos"]
    assert results


def test_one_row_must_be_named(
    xharness: Command, plugin: Path, results: dict[tuple[str, str, str], float], tmp_path: Path
) -> None:
    """Several rows, or none, are wrong input that lists what there is."""
    several = xharness("export", "xtreme", "-o", "out", "--plugin", plugin, **NONE)
    none = xharness(*("export", "xtreme", "-o", "out", "--plugin", plugin, "--seed", "7"), **NONE)

    assert several.status == none.status == 2
    assert "several rows fit, name one of: --strategy none --seed 1; " in several.said
    assert "--strategy english --intermediates first --seed 1" in several.said
    assert "no row fits" in none.said
    assert results
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten(
    xharness: Command, plugin: Path, results: dict[tuple[str, str, str], float], tmp_path: Path
) -> None:
    """A folder that holds anything is refused before anything is written."""
    (tmp_path / "right").mkdir()
    (tmp_path / "right" / "mine").write_text("", "utf-8")
    ran = xharness(
        *("export", "xtreme", "-o", "said", "--labels", "right", "--strategy", "none"),
        *("--plugin", plugin),
        **NONE,
    )

    assert ran.status == 2
    assert "right: 1 problem out: not an empty folder" in ran.said
    assert results
    assert not (tmp_path / "said").exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("xtreme",), "Missing option '--output'"),
        (("-o", "out"), "give --format md|latex|csv|json|parquet, or one of the commands xtreme"),
    ],
)
def test_format_and_folder_belong_together(
    xharness: Command, arguments: tuple[str, ...], problem: str
) -> None:
    """One without the other is wrong input."""
    ran = xharness("export", *arguments)

    assert ran.status == 2
    assert problem in ran.said


def test_english_sentences_are_sorted() -> None:
    """By hand: b, a, c sorted is a, b, c, so the places found come in the order 0, 2, 1."""
    rows = [
        {"item": "x/0", "prediction": "x/2"},
        {"item": "x/1", "prediction": "x/0"},
        {"item": "x/2", "prediction": "x/1"},
    ]
    english = {"x/0": "b", "x/1": "a", "x/2": "c"}

    assert places(rows, english, "prediction") == "0\n2\n1\n"
    with pytest.raises(DataError, match="x/2: was predicted, but is no longer"):
        places(rows, {"x/0": "b", "x/1": "a"}, "prediction")


def test_language_lists_are_those_of_xtreme() -> None:
    """XTREME, table 1, and evaluate.py: so many languages per task."""
    assert {name: len(codes) for name, codes in LANGUAGES.items()} == {
        "pawsx": 7,
        "xnli": 15,
        "panx": 40,
        "udpos": 33,
        "bucc2018": 4,
        "tatoeba": 36,
        "xquad": 11,
        "mlqa": 7,
        "tydiqa": 9,
    }
