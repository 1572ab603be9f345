"""A user's own file that cannot be used ends in one message: where, and what would be right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.engine_tiny import CLASSIFY, with_rows
from xharness.data import own_files, reading
from xharness.data.sources import Origin
from xharness.errors import DataError
from xharness.examples import Classification
from xharness.tasks import Task

TEXT = "text would be right"


def task(path: Path) -> Task:
    """Return a task that reads pairs of texts with a label from one file."""

    def read(row: Any, _language: str) -> Classification:
        return Classification(text=row["text"], pair=row["other"], label=row["label"])

    columns = ("text", "other", "label")
    made = with_rows(CLASSIFY, [], columns, read=read, item=lambda _r, p: f"r{p}", cluster=None)
    source = replace(
        made.sources[0], generate=None, files={"test": path.name}, folder=str(path.parent)
    )
    return replace(made, sources=(source,))


def said(path: Path) -> str:
    """Return what reading a file ends in, without the name of its folder."""
    origin = Origin(data_root=None, offline=True, digest="sha256:1")
    with pytest.raises(DataError) as caught:
        reading.load(task(path), ("en",), "test", (None, 0), origin)
    return str(caught.value).replace(f"{path.parent}/", "")


GOOD = '{"text": "a", "other": "b", "label": "red"}\n'
HEADER = "text,other,label\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b"", "a.jsonl: has no rows; one per example would be right"),
        ("a.jsonl", b"\n\n", "a.jsonl: has no rows; one per example would be right"),
        (
            "a.jsonl",
            GOOD.encode() + b'{"text": "caf\xe9"}\n',
            "a.jsonl, line 2: byte 0xe9 is not UTF-8; save the file as UTF-8",
        ),
        (
            "a.jsonl",
            GOOD + '\n{"text": "a", "other"\n',
            (
                "a.jsonl, line 3: is no JSON at character 22 (Expecting ':' delimiter); one object "
                "per line would be right"
            ),
        ),
        (
            "a.jsonl",
            f"[{GOOD.strip()}]",
            "a.jsonl, line 1: is a list; one object per line, as in {...}, would be right",
        ),
        (
            "a.jsonl",
            GOOD + '{"text": null, "other": "b", "label": "red"}\n',
            "a.jsonl, line 2: classify en test, row 1 (item r1): text is nothing (null); " + TEXT,
        ),
        (
            "a.jsonl",
            "\n" + '{"text": 5, "other": "b", "label": "red"}\n',
            "a.jsonl, line 2: classify en test, row 0 (item r0): text is the number 5; " + TEXT,
        ),
        (
            "a.jsonl",
            '{"text": "a", "other": true, "label": "red"}\n',
            "a.jsonl, line 1: classify en test, row 0 (item r0): pair (column other) is the value "
            "true; " + TEXT,
        ),
        (
            "a.jsonl",
            GOOD * 2 + '{"text": 5, "other": "b", "label": "red"}\n' + GOOD,
            "a.jsonl, line 3: field text is the number 5; text, as elsewhere, would be right",
        ),
        (
            "a.jsonl",
            '{"text": "\\ud83d", "other": "b", "label": "red"}\n',
            (
                "a.jsonl, line 1: field text has half of a character (a lone surrogate, as in "
                "\\ud83d); the character itself would be right"
            ),
        ),
        ("a.csv", "", "a.csv: is empty; a header and one row per example would be right"),
        ("a.csv", HEADER, "a.csv: has a header and no rows; one per example would be right"),
        (
            "a.csv",
            "text,text,label\na,b,red\n",
            (
                "a.csv, line 1: the header is 'text', 'text', 'label'; a different name for every "
                "column would be right"
            ),
        ),
        (
            "a.csv",
            HEADER.encode() + b"caf\xe9,b,red\n",
            "a.csv, line 2: byte 0xe9 is not UTF-8; save the file as UTF-8",
        ),
        (
            "a.csv",
            HEADER + '"a\nb",b,red\nno, not so,b,red\n',
            (
                "a.csv, line 4: 4 fields where the header has 3; a text with a separator in it "
                "stands in quotation marks"
            ),
        ),
        (
            "a.csv",
            HEADER + 'a,b,red\n"a,b,red\nc,d,red\n',
            (
                "a.csv, line 3: unexpected end of data; a text with a separator or a quotation "
                "mark in it stands in quotation marks, with each one inside doubled"
            ),
        ),
        (
            "a.csv",
            HEADER + '"x\ny",b,red\nc,d,pink\n',
            (
                "a.csv, line 4: classify en test, row 1 (item r1): label 'pink' is not one of red, "
                "green, blue"
            ),
        ),
        (
            "a.tsv",
            "text\tother\tlabel\n12\ta\tred\n",
            "a.tsv, line 2: classify en test, row 0 (item r0): text is the number 12; " + TEXT,
        ),
        (
            "a.tsv",
            "text\tother\tlabel\na\ttrue\tred\n",
            "a.tsv, line 2: classify en test, row 0 (item r0): pair (column other) is the value "
            "true; " + TEXT,
        ),
        (
            "a.parquet",
            b"PAR1 and no more",
            (
                "a.parquet: is no whole parquet file of 16 bytes (Parquet magic bytes not found in "
                "footer. Either the file is corrupted or this is not a parquet file.); fetch or "
                "write it again"
            ),
        ),
        ("a.txt", GOOD, "a.txt: cannot be read; write one of .jsonl, .csv, .tsv, .parquet"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_in_one_message(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    """The table: name of the file, its content, and the message."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    assert said(path) == message


def test_all_wrong_lines_come_at_once(tmp_path: Path) -> None:
    """Of twelve broken lines ten are listed, and the other two counted."""
    path = tmp_path / "a.jsonl"
    path.write_text("{\n" * 12, "utf-8")
    lines = said(path).splitlines()

    assert len(lines) == 11
    assert lines[9].startswith("a.jsonl, line 10: is no JSON")
    assert lines[10] == "and 2 more rows"


@pytest.mark.parametrize(
    "value",
    ["2020-01-01", "2020-01-01T10:00:00", "\u2028 a line break in a text", "NA", "null", ""],
)
def test_a_text_is_what_the_file_has(tmp_path: Path, value: str) -> None:
    """Dates, odd line breaks and words such as NA are text like any other."""
    import json

    path = tmp_path / "a.jsonl"
    row = {"text": value, "label": "red", "more": {"starts": [1, 2], "none": []}}
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8")

    assert own_files.read(path).to_pylist() == [row]


def test_a_field_may_be_missing_in_some_lines(tmp_path: Path) -> None:
    """It is null there, wherever in the file it first occurs; whole and broken numbers may mix."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n{"b": "x", "a": 0.5}\n', "utf-8")

    assert own_files.read(path).to_pylist() == [{"a": 1.0, "b": None}, {"a": 0.5, "b": "x"}]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_files_of_other_systems_are_read(tmp_path: Path, bom: bytes, end: bytes) -> None:
    """A byte order mark and Windows' ends of lines are no part of the rows."""
    lines: dict[str, list[bytes]] = {
        "a.jsonl": [b'{"text": "a"}', b'{"text": "b"}'],
        "a.csv": [b"text", b"a", b"b"],
    }
    for name, content in lines.items():
        (tmp_path / name).write_bytes(bom + end.join(content) + end)
        found = own_files.read(tmp_path / name).to_pylist()

        assert found == [{"text": "a"}, {"text": "b"}]
