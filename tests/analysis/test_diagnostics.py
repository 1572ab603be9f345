"""A row of which one seed collapsed is named, and ordinary seeds are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.fake_comparison import Compared, better_with_training, compared
from xharness.analysis import results
from xharness.analysis.diagnostics import collapsed, collapsed_runs, lower_group
from xharness.commands.leaderboard import leaderboard, of_plan
from xharness.phases import Checkpoint, Predict
from xharness.report.diagnostics import diagnostic_lines


def test_the_seeds_below_a_wide_gap() -> None:
    """33.1 is 37.9 below seeds that are within 1.4; two seeds may be below, or most of them."""
    assert lower_group([71.0, 33.1, 72.4]) == (1,)
    assert lower_group([71.0, 33.1, 72.4, 35.0]) == (1, 3)
    assert lower_group([33.1, 71.0, 33.4]) == (0, 2)


@pytest.mark.parametrize(
    "scores",
    [[33.1, 72.4], [60.0, 63.0, 64.0], [60.0, 66.0, 68.0], [50.0, 50.0, 50.0]],
    ids=["two seeds", "twice as wide", "just thrice as wide", "all alike"],
)
def test_ordinary_gaps(scores: list[float]) -> None:
    """Two seeds do not say which is right; a gap of up to three ranges is ordinary."""
    assert lower_group(scores) == ()


@pytest.mark.parametrize(
    ("score", "limits", "is_collapsed"),
    [
        (33.1, {}, True),
        (53.1, {}, False),
        (52.0, {}, True),
        (33.1, {"error": 12.6}, True),
        (33.1, {"error": 12.7}, False),
        (33.1, {"usual": 7.5}, True),
        (33.1, {"usual": 7.6}, False),
    ],
)
def test_what_a_collapse_is(score: float, limits: dict[str, float], is_collapsed: bool) -> None:
    """It lost half of the 37.7 that 71.0 is ahead of 33.3, and is far below.

    By hand: 33.1 is 37.9 below, which is 3 times 12.63 (errors of items) and 5 times 7.58 (what
    seeds usually vary); 53.1 has lost 17.9, and 52.0 has lost 19.0, of 37.7.
    """
    assert collapsed([71.0, score, 72.4], (1,), baseline=33.3, **limits) is is_collapsed


def without_seed_two(phase: Predict) -> float:
    """Return what a training brings, but for seed 2 of `english`, which learns nothing."""
    start = phase.start
    trained_twice = isinstance(start, Checkpoint) and isinstance(start.train.start, Checkpoint)
    lost = phase.task == "colours" and trained_twice and start.train.seed == 2
    return 0.05 if lost else better_with_training(phase)


def runs(folder: Path, **changes: object) -> Compared:
    """Return a comparison on a target with three seeds."""
    return compared(folder / "store", targets=("colours",), seeds=(1, 2, 3), **changes)  # type: ignore[arg-type]


def test_a_collapsed_run_is_told_below_the_table_and_in_json(tmp_path: Path) -> None:
    """One line names seed, row, target and all scores; JSON has the seed and the row."""
    done = runs(tmp_path, skill=without_seed_two)
    board = of_plan(done.plan, "0", done.store, done.registry.tasks)
    (found,) = [d for d in board.diagnostics if d.diagnostic.kind == "seeds"]
    line = diagnostic_lines(board.diagnostics, done.plan)[0]
    (row,) = [
        n
        for n in json.loads(json.dumps(leaderboard(board).document))["notes"]
        if n["kind"] == "seeds"
    ]

    assert found.seeds == (2,)
    assert line.startswith("warning: seed 2 of english first on colours scored ")
    assert line.endswith(": a collapsed run. Look at it, or add seeds")
    assert (row["seeds"], row["strategies"]) == (
        [2],
        [{"strategy": "english", "intermediates": "first"}],
    )
    assert row["text"] in line


def test_ordinary_runs_are_not_told(tmp_path: Path) -> None:
    """Seeds that differ by what 40 rows vary are no news."""
    done = runs(tmp_path)
    scores = results.collect(done.plan, done.store)

    assert collapsed_runs(done.plan, scores, done.store, done.registry.tasks) == ()
