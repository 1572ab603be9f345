"""Rows that were computed differently are marked where they are compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.fake_comparison import Compared, compared
from xharness.analysis import numerics
from xharness.analysis.used_phases import used_phases
from xharness.commands import leaderboard
from xharness.commands.leaderboard import Board
from xharness.planning.contrasts import TargetEntry
from xharness.store.artifacts import MANIFEST, seal

PROFILE: dict[str, Any] = {
    "engine": 1,
    "device": "cpu",
    "precision": "float32",
    "threads": 1,
    "attention": "sdpa",
    "hardware": "cpu EPYC",
    "versions": {"torch": "2.13.0+cpu"},
}
ENGLISH = TargetEntry("english", "first", "colours")


@pytest.fixture
def done(tmp_path: Path) -> Compared:
    """Return a comparison of two targets with two seeds."""
    return compared(tmp_path / "store")


def board_with(done: Compared, **english: Any) -> Board:
    """Return its board, as if an engine had computed it, english on colours differently.

    Args:
        done: The comparison.
        english: What is different in the profile of these rows' predictions.
    """
    for used in used_phases(done.plan, done.store):
        manifest, folder = used.artifact.manifest, used.artifact.path
        if manifest["kind"] in {"Train", "Predict"}:
            ours = [*used.places] == [ENGLISH] and manifest["kind"] == "Predict"
            profile = json.dumps(PROFILE | (english if ours else {}))
            (folder / "profile.json").write_text(profile, "utf-8")
            (folder / MANIFEST).unlink()
            seal(folder, **{n: manifest[n] for n in ("key", "phase", "kind", "inputs")})
    return leaderboard.board(done.store, None, done.registry.tasks)


@pytest.mark.parametrize(
    "other",
    [
        {"device": "cuda"},
        {"attention": "eager"},
        {"versions": {"torch": "2.14.1"}},
        {"engine": 2},
        {"compiled": True},
    ],
)
def test_a_contrast_between_classes_is_marked(done: Compared, other: dict[str, Any]) -> None:
    """Device, kernel, minor version, engine and compiling: the row, what it means, and --json."""
    board = board_with(done, **other)
    text = " ".join(leaderboard.leaderboard(board).document["numerics"]["classes"])
    grid = leaderboard.as_grid(board)
    marked = [
        row[0].lines[0][0].text
        for row in grid.rows
        if any(piece.text == "\N{SECTION SIGN} " for line in row[1].lines for piece in line)
    ]

    assert [*board.caveats.numerics.mixed] == [ENGLISH]
    assert marked == ["english"]
    assert any("computed differently from the row it is compared with" in n for n in grid.notes)
    assert "cpu, sdpa attention, torch 2.13, engine 1" in text


@pytest.mark.parametrize("other", [{"threads": 4}, {"hardware": "cpu Xeon"}, {}])
def test_threads_and_processors_are_told_without_a_mark(
    done: Compared, other: dict[str, Any]
) -> None:
    """They change last digits; --json has them."""
    board = board_with(done, **other)
    found = leaderboard.leaderboard(board).document["numerics"]

    assert found["mixed"] == []
    assert len(found["hardware"]) == 1 + bool(other)
    assert not any("other numerics" in n for n in leaderboard.as_grid(board).notes)


def test_what_no_engine_computed_has_no_class(done: Compared) -> None:
    """The fakes compute nothing, so nothing is said of them."""
    found = numerics.collect(done.plan, used_phases(done.plan, done.store))

    assert found == numerics.Numerics()
