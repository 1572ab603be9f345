"""XTREME's own test files are read row by row, as its scripts write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import xtreme_folder
from xharness.data import xtreme_download
from xharness.data.xtreme_download import DEV, TEST
from xharness.errors import DataError
from xharness.examples import Classification, Pair, SpanQuestion, Tagging
from xharness.tasks import Kind
from xharness.testing import fake_task


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with all nine tasks."""
    xtreme_folder.write(tmp_path)
    return tmp_path


def read(folder: Path, name: str, language: str, split: str = TEST) -> list[tuple[str, object]]:
    """Return the rows of a task."""
    task = fake_task(Kind.CLASSIFICATION, name)
    return [*xtreme_download.examples(folder, task, language, split)]


def test_sentences_may_hold_what_csv_quotes(folder: Path) -> None:
    """Line ends, tabs, quotation marks and U+2028 in a sentence come back as they were."""
    assert read(folder, "xnli", "sw") == [
        (str(i), Classification(text=text, pair=pair, label=None))
        for i, (text, pair) in enumerate(xtreme_folder.PAIRS)
    ]


def test_words_stand_on_lines_of_their_own(folder: Path) -> None:
    """An empty line ends a sentence; tags that were kept behind a tab are not read."""
    (folder / "panx" / "test-de.tsv").write_text("Rom\tB-LOC\n\n\nja\tO\n\n", "utf-8")

    assert read(folder, "udpos", "ta") == [
        (str(i), Tagging(tokens=words, tags=None))
        for i, words in enumerate(xtreme_folder.SENTENCES)
    ]
    assert read(folder, "panx", "de") == [
        ("0", Tagging(tokens=("Rom",), tags=None)),
        ("1", Tagging(tokens=("ja",), tags=None)),
    ]


@pytest.mark.parametrize("task", ["xquad", "mlqa", "tydiqa"])
def test_questions_have_their_ids_and_no_answers(folder: Path, task: str) -> None:
    """The empty answers with which XTREME replaces the right ones are none."""
    assert read(folder, task, "en") == [
        (i, SpanQuestion(context=context, question=question, answers=None))
        for i, context, question in xtreme_folder.QUESTIONS
    ]


def test_tatoeba_looks_up_the_sorted_english_sentences(folder: Path) -> None:
    """A row is called after the place of its foreign sentence: that is what is submitted."""
    assert read(folder, "tatoeba", "jv") == [
        (str(n), Pair(source=english, target=f"jv {n}"))
        for n, english in enumerate(xtreme_folder.ENGLISH)
    ]


def test_bucc_has_pairs_to_tune_on_and_texts_to_mine(folder: Path) -> None:
    """The development texts have one gold pair; of the test texts every sentence is alone."""
    dev = dict(read(folder, "bucc", "de", DEV))
    test = dict(read(folder, "bucc", "de"))

    assert dev["de-0/en-2"] == Pair(
        source="satz 0", target="sentence 2", source_name="de-0", target_name="en-2"
    )
    assert len(dev) == 1 + 2 + 3
    assert test["de-0/-"] == Pair(source="satz 0", target=None, source_name="de-0")
    assert test["-/en-3"] == Pair(source=None, target="sentence 3", target_name="en-3")
    assert len(test) == 3 + 4


@pytest.mark.parametrize(
    ("task", "name", "content", "said"),
    [
        ("xnli", "xnli/test-de.tsv", "one\r\n", "row 0: 1 columns; two sentences would be right"),
        ("xnli", "xnli/test-de.tsv", "", "has no rows"),
        ("udpos", "udpos/test-de.tsv", "\n\n", "has no rows"),
        ("xquad", "xquad/xquad.de.json", "{}", "KeyError: 'data'"),
        ("xquad", "xquad/xquad.de.json", "no", "SQuAD's form would be right"),
        ("tatoeba", "tatoeba/de-en.en", "a\n", "3 sentences for 1 in de-en.en"),
        ("bucc", "bucc2018/de-en.test.en", "en-0\n", "line 1: no tab between a name and its"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    folder: Path, task: str, name: str, content: str, said: str
) -> None:
    """With the file, the place in it, and what would be right."""
    (folder / name).write_text(content, "utf-8")

    with pytest.raises(DataError, match=said.replace("(", r"\(")) as raised:
        read(folder, task, "de")
    assert str(folder / "/".join(name.split("/")[:-1])) in str(raised.value)


def test_a_gold_pair_of_no_sentences_is_refused(folder: Path) -> None:
    """A pair that names a sentence of neither text is named."""
    (folder / "bucc2018" / "de-en.dev.gold").write_text("de-0\ten-9\n", "utf-8")

    with pytest.raises(DataError, match="de-0 en-9: names no sentence of either text"):
        read(folder, "bucc", "de", DEV)


def test_other_tasks_have_no_such_files(folder: Path) -> None:
    """A task that XTREME lacks, and development rows that it has no use for, are refused."""
    with pytest.raises(DataError, match="mnli: XTREME has no xtreme files of it; there are xnli"):
        read(folder, "mnli", "en")
    with pytest.raises(DataError, match="xnli: XTREME has no xtreme-dev files"):
        read(folder, "xnli", "en", DEV)
