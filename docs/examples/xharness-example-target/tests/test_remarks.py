"""The task keeps its promises on every row that the package ships."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from xharness_example_target import TASK, read

from xharness import Classification, Row
from xharness.testing import assert_conforms


def rows(split: str, language: str) -> Sequence[Row]:
    """Return the rows of one shipped file."""
    source = TASK.sources[0]
    path = Path(source.folder or "", source.files[split].format(language=language))
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("split", "language"), [s.split("/") for s in TASK.sources[0].expected])
def test_every_file_conforms(split: str, language: str) -> None:
    """Every shipped file has the rows it should have, and all of them can be read."""
    found = rows(split, language)
    assert_conforms(TASK, found, language=language)

    assert len(found) == TASK.sources[0].expected[f"{split}/{language}"]


def test_labels_are_the_same_in_every_language() -> None:
    """A translation says what the remark says, so it has the label of the remark."""
    labels = [[(r["number"], r["label"]) for r in rows("test", name)] for name in TASK.languages]

    assert labels[0] == labels[1] == labels[2]


def test_read() -> None:
    """A remark becomes one text with its label."""
    row = {"number": 1, "remark": "It broke at once.", "label": "displeased"}

    assert read(row, "en") == Classification(text="It broke at once.", label="displeased")
