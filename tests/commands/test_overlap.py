"""`data overlap`: planted overlaps are found, kept in the store and cited below the leaderboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.program import Command

PLUGIN = """
from xharness import Accuracy, Classification, Kind, Role, Source, Task
from xharness.testing import FakeRunner

RUN = "one two three four five six seven eight nine ten eleven twelve thirteen"
ROWS = {
    "news/train/en": [f"the papers say {RUN} today", "it snows", "nothing of the kind"],
    "weather/train/en": ["a cold day", "a warm day"],
    "weather/test/en": ["it snows", f"yes, {RUN}", "it is dry"],
    "weather/test/de": ["es schneit", "it snows"],
}


def generate(config, split):
    rows = [{"text": text, "label": n % 2} for n, text in enumerate(ROWS[f"{config}/{split}"])]
    return rows


def rows(task, source, language, split):
    from xharness import Slice

    return Slice(config=task.name, split=f"{split}/{language}")


def read(row, language):
    return Classification(text=row["text"], label=("cold", "warm")[row["label"]])


def task(name, role, languages):
    return Task(
        name=name,
        role=role,
        kind=Kind.CLASSIFICATION,
        version=1,
        sources=(
            Source(
                path=f"made/{name}",
                revision="1",
                generate=generate,
                columns=("text", "label"),
                licence="CC0-1.0",
            ),
        ),
        languages=languages,
        splits={"train": "train", "test": "test"},
        labels=("cold", "warm"),
        read=read,
        rows=rows,
        metric=Accuracy(),
        trains_on=name,
        summary="cold or warm",
    )


RUNNER = FakeRunner(
    tasks=[
        task("news", Role.INTERMEDIATE, ("en",)),
        task("weather", Role.TARGET, ("en", "de")),
    ]
)
xharness_tasks = RUNNER.xharness_tasks
xharness_models = RUNNER.xharness_models
xharness_run_phase = RUNNER.xharness_run_phase
"""


@pytest.fixture
def compared(tmp_path: Path) -> tuple[str, ...]:
    """Return the flags of a comparison whose intermediate rows hold text of the test set."""
    path = tmp_path / "weather.py"
    path.write_text(PLUGIN, "utf-8")
    return (
        *("--plugin", str(path), "--suite", "xtreme", "--model", "fake-model"),
        *("--targets", "weather", "--intermediates", "news", "--strategies", "english"),
    )


def pairs(document: Any) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    """Return what each training set shares with each language: items, whole, long, runs."""
    return {
        (one["task"], one["language"]): (one["items"], one["whole"], one["long"], one["runs"])
        for one in document["overlap"]
    }


PLANTED = {
    ("news", "en"): (3, 1, 1, 1),
    ("news", "de"): (2, 1, 0, 0),
    ("weather", "en"): (3, 0, 1, 0),
    ("weather", "de"): (2, 0, 0, 0),
}
"""Counted by hand in the plugin's rows."""


def test_planted_overlaps_are_counted_per_training_set_and_language(
    xharness: Command, compared: tuple[str, ...]
) -> None:
    """Those without any are in the document; the table has those with some."""
    ran = xharness("data", "overlap", *compared)

    assert pairs(xharness("data", "overlap", *compared, "--json").json) == PLANTED
    assert "2 training sets and 2 test sets: 4 pairs, 2 of them" in " ".join(ran.out.split())


def test_the_leaderboard_cites_what_was_counted(
    xharness: Command, compared: tuple[str, ...]
) -> None:
    """Before it was counted nothing is said, also of runs; afterwards numbers, on every screen."""
    before = xharness("compare", *compared)
    xharness("data", "overlap", *compared)
    after, details = (xharness("leaderboard", *compared[:2], *d) for d in ((), ("--details",)))

    assert "Test items with text" not in before.out
    line = (
        "Test items with text from rows that were trained on: weather in news: 2 whole, 1 with 13 "
        "words in a row, of 5 (most in en)."
    )
    assert line in " ".join(after.out.split())
    assert line in " ".join(details.out.split())
    assert pairs(xharness("leaderboard", *compared[:2], "--json").json) == PLANTED


def test_what_was_counted_is_kept(
    xharness: Command, compared: tuple[str, ...], tmp_path: Path
) -> None:
    """A second look, for more seeds, reads the store and not the rows."""
    xharness("data", "overlap", *compared)
    for path in (tmp_path / "store" / "overlaps").iterdir():
        content = json.loads(path.read_text("utf-8"))
        for one in content["tests"].values():
            one["items"] = 77
        path.write_text(json.dumps(content), "utf-8")

    again = xharness("data", "overlap", *compared, "--seeds", "2", "--json")

    assert {one["items"] for one in again.json["overlap"]} == {77}


def test_fewer_training_rows_are_another_training_set(
    xharness: Command, compared: tuple[str, ...]
) -> None:
    """One row of each has less in common, and is counted for itself."""
    xharness("data", "overlap", *compared)
    fewer = xharness("data", "overlap", *compared, "--limit-train", "1", "--json").json

    shared = sum(one["whole"] + one["runs"] for one in fewer["overlap"])
    assert shared < sum(whole + runs for _, whole, _, runs in PLANTED.values())
