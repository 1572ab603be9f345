"""`export xtreme --xtreme-files`: XTREME's own test files, predicted by a comparison's models."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from support import xtreme_folder
from support.program import Command, Ran
from support.xtreme_evaluate import evaluate
from xharness.commands.xtreme_files import LANGUAGES

PLUGIN = """
from dataclasses import replace

from xharness import Kind, MiningF1, Role
from xharness.commands.xtreme_files import LANGUAGES
from xharness.testing import FakeRunner, fake_task

KINDS = {
    "xnli": Kind.CLASSIFICATION, "pawsx": Kind.CLASSIFICATION, "udpos": Kind.TAGGING,
    "panx": Kind.TAGGING, "xquad": Kind.SPAN_QA, "mlqa": Kind.SPAN_QA, "tydiqa": Kind.SPAN_QA,
    "tatoeba": Kind.RETRIEVAL,
}
RUNNER = FakeRunner(
    skill=lambda phase: 1.0,
    tasks=[
        *(fake_task(kind, name, languages=LANGUAGES[name], rows=3) for name, kind in KINDS.items()),
        replace(
            fake_task(Kind.RETRIEVAL, "bucc", languages=LANGUAGES["bucc2018"], rows=3),
            metric=MiningF1(name="bucc/gold-pool"),
            tuned_on="dev",
        ),
        fake_task(name="first", role=Role.INTERMEDIATE, languages=("en",)),
    ],
)
xharness_tasks = RUNNER.xharness_tasks
xharness_models = RUNNER.xharness_models
xharness_run_phase = RUNNER.xharness_run_phase
"""
NINE = ("xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "tatoeba", "bucc")
NONE = {"XHARNESS_DISABLE": f"lab,{','.join(NINE)}"}
"""The tasks of these names are made up here."""

Submit = Callable[..., Ran]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder as XTREME's download script makes it."""
    xtreme_folder.write(tmp_path / "download")
    return tmp_path / "download"


@pytest.fixture
def compared(xharness: Command, tmp_path: Path) -> Callable[[Sequence[str]], Submit]:
    """Return a function that compares on some targets; it returns `export xtreme`."""
    plugin = tmp_path / "nine.py"
    plugin.write_text(PLUGIN, "utf-8")

    def compare(targets: Sequence[str]) -> Submit:
        ran = xharness(
            *("compare", "--plugin", plugin, "--suite", "xtreme", "--model", "fake-model"),
            *("--targets", ",".join(targets), "--intermediates", "first"),
            **NONE,
        )
        assert ran.status == 0, ran.err
        chosen = ("export", "xtreme", "--strategy", "none", "--plugin", plugin)
        return lambda *given: xharness(*chosen, *given, **NONE)

    return compare


def right_answers(folder: Path) -> None:
    """Write what the fakes answer: the labels in turn, the first word, the sentence's own place."""
    colours, tags = ("red", "green", "blue"), ("NOUN", "VERB")
    tagged = [
        [tags[(i + n) % 2] for n in range(len(words))]
        for i, words in enumerate(xtreme_folder.SENTENCES)
    ]
    asked = [
        {"id": i, "answers": [{"text": context.split()[0]}]}
        for i, context, _ in xtreme_folder.QUESTIONS
    ]
    texts = {
        **dict.fromkeys(("xnli", "pawsx"), "\n".join(colours)),
        **dict.fromkeys(("udpos", "panx"), "\n\n".join(map("\n".join, tagged))),
        **dict.fromkeys(xtreme_folder.QA, json.dumps({"data": [{"paragraphs": [{"qas": asked}]}]})),
        "tatoeba": "0\n1\n2",
    }
    for task, languages in LANGUAGES.items():
        for language in languages:
            suffix = "json" if task in xtreme_folder.QA else "tsv"
            path = folder / task / f"test-{language}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts.get(task, f"{language}-0\ten-0\n{language}-1\ten-0"), "utf-8")


@pytest.mark.training
@pytest.mark.filterwarnings("ignore:.*not to be NE tag")  # part-of-speech tags, as XTREME does
def test_the_evaluation_accepts_all_nine_tasks(
    compared: Callable[[Sequence[str]], Submit], folder: Path, tmp_path: Path
) -> None:
    """Every file of every language is there, with as many rows as XTREME's own, in their order."""
    submit = compared(NINE)
    ran = submit("--xtreme-files", folder, "-o", tmp_path / "said")
    right_answers(tmp_path / "right")
    scores = evaluate(tmp_path / "said", tmp_path / "right")

    assert (ran.status, ran.said) == (0, "")
    mined = scores.pop("bucc2018")
    assert scores == dict.fromkeys(scores, 100.0)
    assert len(scores) == 8
    assert mined > 0
    assert not (tmp_path / "said" / "INCOMPLETE.txt").exists()


def test_rows_are_those_of_the_files(
    compared: Callable[[Sequence[str]], Submit], folder: Path, tmp_path: Path
) -> None:
    """Three pairs of sentences have three labels, although the comparison had other rows."""
    submit = compared(["xnli"])
    submit("--xtreme-files", folder, "-o", "said")
    submit("-o", "own")
    (folder / "xnli" / "test-sw.tsv").write_text("a\tb\r\n", "utf-8")
    submit("--xtreme-files", folder, "-o", "fewer")

    counts = {
        name: len((tmp_path / name / "xnli/test-sw.tsv").read_text("utf-8").split())
        for name in ("said", "own", "fewer")
    }
    assert counts == {"said": 3, "own": 3, "fewer": 1}


def test_a_second_export_predicts_nothing(
    compared: Callable[[Sequence[str]], Submit], folder: Path, tmp_path: Path
) -> None:
    """Predictions are phases of the store; equal files are read once."""
    submit = compared(["xquad", "bucc"])
    submit("--xtreme-files", folder, "-o", "one")
    before = sorted(tmp_path.glob("store/phases/*/*"))
    submit("--xtreme-files", folder, "-o", "two")

    assert sorted(tmp_path.glob("store/phases/*/*")) == before
    for name in ("xquad/test-hi.json", "bucc2018/test-de.tsv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_every_missing_file_is_named_before_anything_is_predicted(
    compared: Callable[[Sequence[str]], Submit], folder: Path, tmp_path: Path
) -> None:
    """Two files are missing: both are named, with what the folder should be; nothing is written."""
    submit = compared(["xnli", "tatoeba"])
    missing = [folder / "xnli" / "test-sw.tsv", folder / "tatoeba" / "de-en.en"]
    for path in missing:
        path.unlink()
    ran = submit("--xtreme-files", folder, "-o", "said")

    assert ran.status == 2
    assert all(f"no file {path}; " in ran.said for path in missing)
    assert "scripts/download_data.sh" in ran.said
    assert not (tmp_path / "said").exists()


def test_files_without_right_answers_have_no_labels_to_write(
    compared: Callable[[Sequence[str]], Submit], folder: Path
) -> None:
    """--labels with --xtreme-files is wrong input."""
    ran = compared(["xnli"])("--xtreme-files", folder, "-o", "said", "--labels", "right")

    assert ran.status == 2
    assert "XTREME's test files have no right answers" in ran.said


def test_a_store_without_the_trainings_says_so(
    compared: Callable[[Sequence[str]], Submit], folder: Path, tmp_path: Path
) -> None:
    """A plan alone cannot predict."""
    submit = compared(["xnli"])
    for path in tmp_path.glob("store/phases/*/*/manifest.json"):
        if json.loads(path.read_text("utf-8"))["kind"] == "Train":
            path.unlink()
    ran = submit("--xtreme-files", folder, "-o", "said")

    assert ran.status == 2
    assert "is not in the store; compare first" in ran.said
