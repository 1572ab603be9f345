"""A look at rows finds what would stop a training, in the time that opening files takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.data_root import put
from support.engine_tiny import CLASSIFY, with_rows
from xharness.data import early
from xharness.data.sources import Origin
from xharness.examples import Classification
from xharness.tasks import Task

LABELS = ("red", "green", "blue")
ROWS = tuple({"text": f"thing {i}", "label": i % 3} for i in range(300))


def task() -> Task:
    """Return a task that reads a data set of a data root."""

    def read(row: Any, _language: str) -> Classification:
        return Classification(text=row["text"], label=LABELS[row["label"]])

    made = with_rows(CLASSIFY, [], ("text", "label"), read=read, item=lambda _r, p: f"r{p}")
    source = replace(made.sources[0], generate=None, path="org/colours", config="all")
    return replace(made, sources=(source,), cluster=None)


def found(root: Path, rows: Sequence[dict[str, Any]] = ROWS) -> list[str]:
    """Return what a look at a data root finds, without the name of its folder."""
    if rows:
        put(root, "org/colours", {("all", "test"): rows})
    origin = Origin(data_root=root, offline=True, digest="sha256:1")
    problems = early.problems(task(), "en", "test", origin)
    return [line.replace(f"{root}/org/colours/", "") for line in problems]


def test_sound_rows_are_passed(tmp_path: Path) -> None:
    """Nothing is said of what is as declared."""
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            [{"text": "a", "colour": 1}],
            "all/test.parquet: no column label; the columns are text, colour",
        ),
        (
            [*ROWS[:2], {"text": None, "label": 1}],
            "all/test.parquet, row 2 (item r2): text is nothing (null); text would be right",
        ),
        (
            [{"text": "a", "label": 3}],
            (
                "all/test.parquet, row 0: the task cannot read it; IndexError: tuple index out of "
                "range"
            ),
        ),
    ],
)
def test_columns_and_first_rows_are_read(
    tmp_path: Path, rows: list[dict[str, Any]], problem: str
) -> None:
    """What a task cannot read is found, with the file and the row."""
    assert found(tmp_path, rows) == [problem]


def test_a_file_that_is_cut_off_is_named(tmp_path: Path) -> None:
    """A parquet file's footer is at its end, so one that is cut off has none."""
    found(tmp_path)
    path = tmp_path / "org/colours/all/test.parquet"
    path.write_bytes(path.read_bytes()[:-100])

    assert len(found(tmp_path, ())) == 1
    assert "all/test.parquet: is no whole parquet file of " in found(tmp_path, ())[0]


def test_only_the_first_rows_are_read(tmp_path: Path) -> None:
    """A wrong row further back is left to the phase that reads it: a look is quick."""
    assert found(tmp_path, [*ROWS, {"text": None, "label": 1}]) == []
