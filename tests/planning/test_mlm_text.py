"""Running text: the tasks that come with xharness, and how a large repository is begun."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from support.program import MIRROR
from xharness import DataError, Plain, Task
from xharness.data import reading
from xharness.data.sources import Origin
from xharness.errors import OfflineError
from xharness.testing import assert_conforms
from xharness_intermediate import mlm_text, wikipedia
from xharness_lab import text as lab_text

ARTICLES = [
    {"id": "7", "text": "First article.\n\nSecond paragraph."},
    {"id": "9", "text": " "},
    {"id": "12", "text": "Third."},
    {"id": "13", "text": "Fourth."},
]


def test_wikipedia_leaves_out_what_is_empty() -> None:
    """An article is its whole text, named by its number; an empty one is left out."""
    assert_conforms(wikipedia.TASK, ARTICLES, left_out=1)


def test_the_text_of_a_data_root_conforms() -> None:
    """A sentence of any source is an example."""
    assert_conforms(mlm_text.TASK, [{"text": "Hujambo."}], language="sw")


@pytest.mark.training
def test_the_labs_text_has_the_size_of_its_languages() -> None:
    """A language has documents in proportion to its text for pretraining, the same each time."""
    for code, count in lab_text.ROWS.items():
        rows = lab_text.rows(code, "train")
        assert len(rows) == count
        assert rows[:3] == lab_text.rows(code, "train")[:3]
    assert_conforms(lab_text.TASK, lab_text.rows("qaa", "train")[:20])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder laid out like the hub, with two files of Swahili articles."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path / "wikimedia" / "wikipedia" / "20231101.sw"
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(ARTICLES), folder / "train-00000-of-00002.parquet")
    pq.write_table(pa.Table.from_pylist(ARTICLES), folder / "train-00001-of-00002.parquet")
    return tmp_path


def beginning(count: int) -> Task:
    """Return Wikipedia with so many articles of each language."""
    (source,) = wikipedia.TASK.sources
    return replace(wikipedia.TASK, sources=(replace(source, first=count),))


def origin(root: Path | None, *, offline: bool = False) -> Origin:
    return Origin(data_root=root, offline=offline, digest="")


def test_only_the_first_articles_are_read(root: Path) -> None:
    """Of two files, three rows of the first one are read, one of them left out."""
    rows = reading.load(beginning(3), ("sw",), "train", (None, 0), origin(root))

    assert (rows.read, rows.left_out) == (3, 1)
    assert rows.examples == [Plain(text=ARTICLES[0]["text"]), Plain(text="Third.")]
    assert [n.item for n in rows.named] == ["7", "12"]


def test_a_file_shorter_than_what_is_wanted_is_read_whole(root: Path) -> None:
    """Four rows of a thousand are four."""
    assert reading.load(wikipedia.TASK, ("sw",), "train", (None, 0), origin(root)).read == 4


def test_a_language_without_a_file_is_named(root: Path) -> None:
    """A missing config says which file is not there."""
    with pytest.raises(DataError, match=r"no file 20231101\.de/train-00000\*\.parquet"):
        reading.load(wikipedia.TASK, ("de",), "train", (None, 0), origin(root))


def test_offline_fetches_no_text() -> None:
    """Without the files on this machine, --offline opens no connection and says so."""
    never = replace(beginning(3).sources[0], path="nobody/has-this")
    task = replace(wikipedia.TASK, sources=(never,))
    with pytest.raises(OfflineError, match="dataset nobody/has-this at b04c8d1ceb: not on"):
        reading.load(task, ("yo",), "train", (None, 0), origin(None, offline=True))


@pytest.mark.skipif(not (MIRROR / "local" / "mlm-text").is_dir(), reason="no text: see mlm_text")
@pytest.mark.parametrize("language", ["en", "sw", "th"])
def test_real_sentences_are_read(language: str) -> None:
    """The folder's sentences are read, none of them blank."""
    rows = reading.load(mlm_text.TASK, (language,), "train", (None, 0), origin(MIRROR))

    assert rows.read > 1000
    assert all(e.text.strip() for e in rows.examples)
