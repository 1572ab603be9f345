"""Rows become examples, or a sentence that says which row is wrong and what would be right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.data_root import put
from support.engine_tiny import CLASSIFY, TAG, with_rows
from support.program import MIRROR
from xharness.data import reading, sources
from xharness.data.sources import Origin
from xharness.errors import DataError, OfflineError
from xharness.examples import Classification, SpanQuestion, Tagging
from xharness.exclusions import Exclusions, text_digest
from xharness.planning.resolve import Lock, Resolver
from xharness.tasks import Slice, Task
from xharness_intermediate import squad_v1
from xharness_targets import xquad

HERE = Origin(data_root=None, offline=True, digest="generated:1")


def labelled(made: list[dict[str, Any]], **more: Any) -> Task:
    """Return a task of texts and labels that reads these rows."""

    def read(row: Any, _language: str) -> Classification | None:
        return None if row["text"] == "" else Classification(text=row["text"], label=row["label"])

    columns = ("text", "label")
    return with_rows(
        CLASSIFY, made, columns, read=read, item=lambda _r, p: f"r{p}", cluster=None, **more
    )


def load(task: Task, limit: int | None = None, language: str = "en", seed: int = 0) -> reading.Rows:
    return reading.load(task, (language,), "test", (limit, seed), HERE)


def items(rows: reading.Rows) -> list[str]:
    return [n.item for n in rows.named]


def test_smaller_sample_is_part_of_a_larger_one() -> None:
    """Five of 24 items are among the ten of the same seed, in row order; another seed differs."""
    five, ten = items(load(CLASSIFY, 5)), items(load(CLASSIFY, 10))

    assert set(five) < set(ten)
    assert ten == [i for i in items(load(CLASSIFY)) if i in ten]
    assert set(ten) != set(items(load(CLASSIFY, 10, seed=1)))


def test_every_language_keeps_the_same_items() -> None:
    """The sample is drawn by item, so German has the items that English has."""
    assert items(load(CLASSIFY, 7, "en")) == items(load(CLASSIFY, 7, "de"))


def test_limit_of_several_languages_is_for_all_together() -> None:
    """Six rows of two languages are six, not twelve."""
    found = reading.load(CLASSIFY, ("en", "de"), "train", (6, 0), HERE)

    assert len(found.named) == 6
    assert found.read == 48


def test_rows_that_the_protocol_leaves_out_are_counted() -> None:
    """Of three rows, the one that `read` gives None for is left out and counted."""
    rows = [{"text": t, "label": "red"} for t in ("a", "", "b")]
    found = load(labelled(rows))

    assert (found.read, found.left_out, items(found)) == (3, 1, ["r0", "r2"])


def test_unlabelled_row_is_named() -> None:
    """A row without a label stops the phase; the message has row, item and the labels."""
    rows: list[dict[str, Any]] = [{"text": "a", "label": "red"}, {"text": "b", "label": None}]
    with pytest.raises(DataError, match=r"row 1 \(item r1\): has no label; .* red, green, blue"):
        load(labelled(rows))


def test_unknown_label_is_named_with_the_right_ones() -> None:
    """A label that the task does not declare is an error, not a new label."""
    with pytest.raises(DataError, match="label 'pink' is not one of red, green, blue"):
        load(labelled([{"text": "a", "label": "pink"}]))


def test_all_problems_come_at_once_up_to_ten() -> None:
    """Twelve bad rows give ten lines, and a last one for the other two."""
    with pytest.raises(DataError) as caught:
        load(labelled([{"text": "a", "label": None}] * 12))

    assert len(str(caught.value).splitlines()) == 11
    assert str(caught.value).endswith("and 2 more rows")


@pytest.mark.parametrize(
    ("tags", "wrong"),
    [(None, "has no tags"), (("NOUN",), "1 tags for 2 words"), (("NOUN", "X"), "tag 'X' is not")],
)
def test_badly_tagged_sentence_is_named(tags: tuple[str, ...] | None, wrong: str) -> None:
    """Missing, too few or unknown tags stop the phase."""
    rows = [{"id": "a", "example": Tagging(tokens=("red", "is"), tags=tags)}]
    with pytest.raises(DataError, match=wrong):
        load(with_rows(TAG, rows, ("id", "example")))


def test_rows_are_told_apart_by_how_a_value_begins() -> None:
    """Where no column is the language alone, the beginning of an id is."""
    made = [{"text": f"{n}-{i}", "label": "red"} for n in ("de", "en") for i in range(2)]
    part = Slice(config="default", split="test", prefix=("text", "en-"))
    task = labelled(made, rows=lambda *_: part)

    assert [n.example.text for n in load(task).named] == ["en-0", "en-1"]


def test_missing_column_names_source_and_columns() -> None:
    """The message has the source, its config, what is missing and what is there."""
    task = labelled([{"text": "a", "gold": "red"}])
    with pytest.raises(
        DataError, match=r"fake/classify, config en, split test: no column label; .* text, gold"
    ):
        load(task)


def test_undeclared_column_is_not_seen() -> None:
    """A task that reads a column its source does not declare is told so."""
    task = replace(
        labelled([{"text": "a", "label": "red", "extra": 1}]), item=lambda r, _p: str(r["extra"])
    )
    with pytest.raises(DataError, match="asks for 'extra', which is no column"):
        load(task)


def test_language_without_rows_is_an_error() -> None:
    """A language whose column value never occurs is named."""
    task = labelled(
        [{"text": "a", "label": "red", "language": "de"}],
        rows=lambda _t, _s, language, split: Slice(
            config="all", split=split, where=("language", language)
        ),
    )

    with pytest.raises(DataError, match="classify: en has no rows in split test"):
        load(task)
    assert len(load(task, language="de").named) == 1


def test_unknown_language_names_the_known_ones() -> None:
    """A language that the task does not have is an error with those it has."""
    with pytest.raises(DataError, match="has no language 'fr'; it has en, de"):
        load(CLASSIFY, language="fr")


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "tsv", "parquet"])
def test_own_files_are_read(tmp_path: Path, suffix: str) -> None:
    """The user's own files give the same rows in every format; "NA" is a word like any other."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / f"test.en.{suffix}"
    rows = [{"text": "NA", "label": "red"}, {"text": "no, not so", "label": "blue"}]
    if suffix == "jsonl":
        path.write_text('{"text": "NA", "label": "red"}\n{"text": "no, not so", "label": "blue"}\n')
    elif suffix == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        separator = "\t" if suffix == "tsv" else ","
        path.write_text(
            "".join(
                separator.join(f'"{v}"' for v in r.values()) + "\n"
                for r in ({"text": "text", "label": "label"}, *rows)
            )
        )
    task = labelled(rows)
    source = replace(
        task.sources[0],
        generate=None,
        files={"test": f"test.{{language}}.{suffix}"},
        folder=str(tmp_path),
    )
    found = load(replace(task, sources=(source,)))

    assert [e.text for e in found.examples] == ["NA", "no, not so"]


def test_missing_own_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is named by its full path."""
    task = labelled([])
    source = replace(
        task.sources[0], generate=None, files={"test": "none.csv"}, folder=str(tmp_path)
    )
    with pytest.raises(DataError, match=r"none\.csv: no such file"):
        load(replace(task, sources=(source,)))


def test_commit_is_taken_from_the_digest() -> None:
    """Only digests of hub commits name one; one per source."""
    commit = "0123456789abcdef0123456789abcdef01234567"

    assert sources.revisions(f"hub:{commit}", 1) == [commit]
    assert sources.revisions(f"hub:{commit},sha256:{'0' * 64}", 2) == [commit, None]
    assert sources.revisions("generated:lab@3", 1) == [None]


def test_offline_says_that_rows_are_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub data set that was never fetched is an error offline, not a connection."""
    import datasets
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    task = labelled([])
    source = replace(task.sources[0], generate=None, path="nobody/nothing")
    with pytest.raises(OfflineError, match="nobody/nothing, config en, split test"):
        load(replace(task, sources=(source,)))


@pytest.mark.skipif(
    not (MIRROR / "google" / "xtreme").is_dir(),
    reason="no folder laid out like the hub: set XHARNESS_DATA_ROOT",
)
def test_hub_layout_is_read_from_a_folder() -> None:
    """Real rows of a folder laid out like the hub: XQuAD's items are the same in two languages."""
    origin = Origin(data_root=MIRROR, offline=True, digest="sha256:none")
    english, chinese = (
        reading.load(xquad.TASK, (language,), "test", (20, 0), origin) for language in ("en", "zh")
    )

    assert items(english) == items(chinese)
    assert all(isinstance(e, SpanQuestion) and e.answers for e in english.examples)


def test_development_rows_of_a_test_set_are_left_out_and_counted(tmp_path: Path) -> None:
    """Their text is on the task's list, white space and case aside; other splits are whole."""
    (tmp_path / "list.txt").write_text(f"# a test set\n{text_digest('two words')}\n", "utf-8")
    listed = Exclusions(path=tmp_path / "list.txt", column="text", of=("target",))
    task = labelled(
        [{"text": t, "label": "red"} for t in ("one", " Two  words", "three")],
        excluded=listed,
        splits={"train": "train", "dev": "dev", "test": "test"},
    )
    dev, train = (reading.load(task, ("en",), s, (None, 0), HERE) for s in ("dev", "train"))

    assert items(dev) == ["r0", "r2"]
    assert (dev.read, dev.excluded, dev.left_out) == (3, 1, 0)
    assert (len(train.named), train.excluded) == (3, 0)


def test_squads_list_has_xquads_passages(shared: Path) -> None:
    """Of 9,259 rows of the mirror 892 have a passage that XQuAD tests; none is left."""
    digest = Resolver(lock=Lock(), data_root=MIRROR).data(squad_v1.TASK, ("en",), "dev")
    origin = Origin(data_root=MIRROR, offline=True, digest=digest)
    rows = reading.load(squad_v1.TASK, ("en",), "dev", (None, 0), origin)
    tested = Resolver(lock=Lock(), data_root=MIRROR).data(xquad.TASK, ("en",), "test")
    xquad_rows = reading.load(
        xquad.TASK, ("en",), "test", (None, 0), replace(origin, digest=tested)
    )
    passages = {text_digest(e.context) for e in xquad_rows.examples}

    assert (rows.read, rows.excluded) == (9_259, 901)
    assert not passages & {text_digest(e.context) for e in rows.examples}


def test_rows_of_a_folder_that_changed_are_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file written anew in its place gives its new rows, whatever the library has cached."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    task = labelled([])
    source = replace(task.sources[0], generate=None, path="org/colours", config="all")
    counts = []
    for count in (3, 2):
        rows = [{"text": "a", "label": "red"}] * count
        put(tmp_path / "root", "org/colours", {("all", "test"): rows})
        origin = Origin(data_root=tmp_path / "root", offline=True, digest=f"sha256:{count}")
        found = reading.load(replace(task, sources=(source,)), ("en",), "test", (None, 0), origin)
        counts.append(found.read)

    assert counts == [3, 2]
