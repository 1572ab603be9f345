"""The arm chosen on development rows, and its result on test rows."""

from __future__ import annotations

import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from support.fake_comparison import TASKS, Compared, compared
from support.program import Command
from xharness import Kind, Role
from xharness.analysis import best_arm
from xharness.commands import export, leaderboard
from xharness.commands.export import Form
from xharness.phases import Checkpoint, Predict, Score
from xharness.planning.plan import DEV_LIMIT
from xharness.testing import fake_task

SECOND = fake_task(Kind.SPAN_QA, "second", role=Role.INTERMEDIATE, languages=("en",))
BARE = replace(TASKS[2], splits={"train": "train", "test": "test"})


def arm(phase: Predict) -> tuple[str, int]:
    """Return the first task that was trained on, and the seed."""
    start, found = phase.start, ("", 0)
    while isinstance(start, Checkpoint):
        found = (start.train.streams[0].task, start.train.seed)
        start = start.train.start
    return found


def contrary(phase: Predict) -> float:
    """Return 1 or 0, so that scores are 100 and 0.

    On development rows the first arm is right with seed 1, on test rows the second always is.
    """
    name, seed = arm(phase)
    return float(name == "first" and seed == 1) if phase.split == "dev" else float(name == "second")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return two arms on a target with a development set and one without, with two seeds."""
    return compared(
        tmp_path_factory.mktemp("arms") / "store",
        targets=("colours", "tags"),
        tasks=(TASKS[0], SECOND, TASKS[1], BARE),
        intermediates=(("first",), ("second",)),
        skill=contrary,
    )


def board(done: Compared) -> leaderboard.Board:
    """Return its board."""
    return leaderboard.board(done.store, None, done.registry.tasks)


def test_the_choice_is_by_development_scores_alone(done: Compared) -> None:
    """On development rows the arms have 100 and 0, so 50, against 0 and 0.

    So the first arm is chosen, though it is wrong on every test row, where the second has 100.
    """
    chosen, _ = board(done).best_arms
    tested = {s.intermediates: s.mean for s in board(done).summaries if s.target == "colours"}

    assert (chosen.strategy, chosen.target, chosen.language) == ("english", "colours", "en")
    assert dict(chosen.dev) == {"first": 50.0, "second": 0.0}
    assert chosen.intermediates == "first"
    assert chosen.test is not None
    assert chosen.test.mean == 0.0
    assert tested == {"-": 0.0, "first": 0.0, "second": 100.0}


def test_without_a_development_set_there_is_no_choice(done: Compared) -> None:
    """A target that has none says so, and has neither arm nor result."""
    _, bare = board(done).best_arms

    assert (bare.target, bare.intermediates, bare.test) == ("tags", None, None)
    assert bare.why == "no development set"


def test_what_is_planned_for_it(done: Compared) -> None:
    """One more score per arm and seed: of the tested checkpoint, in the source language."""
    dev = [p for p in done.plan.phases if isinstance(p, Predict) and p.split == "dev"]
    tested = [p.start for p in done.plan.phases if isinstance(p, Predict) and p.split == "test"]

    assert len(dev) == len(done.plan.dev) == 2 * 2
    assert {(p.task, p.language, p.limit) for p in dev} == {("colours", "en", DEV_LIMIT)}
    assert all(p.start in tested for p in dev)


def test_one_arm_needs_no_choice(tmp_path: Path) -> None:
    """With one arm nothing is planned and nothing shown."""
    one = compared(tmp_path, targets=("colours",), seeds=(1,))

    assert one.plan.dev == ()
    assert board(one).best_arms == ()


def test_the_first_of_equals(tmp_path: Path) -> None:
    """Arms that are equally good on development rows: the first named is chosen."""
    same = compared(
        tmp_path,
        targets=("colours",),
        tasks=(TASKS[0], SECOND, TASKS[1]),
        intermediates=(("second",), ("first",)),
        skill=lambda _: 1.0,
    )

    assert [best.intermediates for best in board(same).best_arms] == ["second"]


def test_a_missing_score_is_no_choice(tmp_path: Path) -> None:
    """Where one arm lacks the score of one seed, the arms do not compare."""
    made = compared(
        tmp_path,
        targets=("colours",),
        tasks=(TASKS[0], SECOND, TASKS[1]),
        intermediates=(("first",), ("second",)),
    )
    artifact = made.store.find(made.plan.dev[0].key)
    assert artifact is not None
    shutil.rmtree(artifact.path)
    (found,) = best_arm.collect(made.plan, board(made).summaries, made.store)

    assert (found.intermediates, found.why) == (None, "development scores missing")
    assert set(found.dev) == {"second"}


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_table(done: Compared, width: int) -> None:
    """It stands below the leaderboard, with arm, both scores and the reason where none is."""
    file = StringIO()
    Console(file=file, width=width).print(leaderboard.details(board(done)).draw(width))
    lines = file.getvalue().splitlines()
    below = lines[next(i for i, line in enumerate(lines) if "the best arm of each" in line) :]
    colours = next(line for line in below if line.startswith("colours"))

    assert max(map(len, lines)) <= width
    assert colours.split()[1:4] == ["50.0", "0.0", "0.0"]
    assert "not chosen: no" in " ".join(" ".join(below).split())


def test_exports_have_it(done: Compared) -> None:
    """Rows say whether their arm is the chosen one, tables have a sentence, JSON everything."""
    found = board(done)
    marks = {(r["target"], r["intermediates"]): r["best_arm"] for r in export.rows(found)}
    (line,) = [
        line
        for line in export.text(found, Form.MARKDOWN).splitlines()
        if "best arm chosen on development rows" in line
    ]
    chosen, bare = leaderboard.leaderboard(found).document["best_arms"]

    assert marks == {
        ("colours", "-"): None,
        ("colours", "first"): True,
        ("colours", "second"): False,
        ("tags", "-"): None,
        ("tags", "first"): None,
        ("tags", "second"): None,
    }
    assert "colours first (dev 50.0, test 0.0)" in line
    assert "tags not chosen, no development set" in line
    assert "best arm chosen on development rows" in export.text(found, Form.LATEX)
    assert (chosen["intermediates"], chosen["test"]["mean"]) == ("first", 0.0)
    assert (bare["why"], bare["test"]) == ("no development set", None)


def test_no_dev_score_is_an_answer(done: Compared) -> None:
    """What is measured on development rows never stands among the results."""
    dev = {a.key for a in done.plan.dev}
    scores = [p for p in done.plan.phases if isinstance(p, Score)]

    assert dev.isdisjoint(r.key for r in board(done).results)
    assert len(scores) == len({a.key for a in done.plan.answers}) + len(dev)


def test_the_command(compare: Command) -> None:
    """Two arms on the command line: the section is printed, and --json has it."""
    two = ("--intermediates", "first,second", "--targets", "colours")
    table = compare(*two, "--details")
    document = compare(*two, "--json").json

    assert "english: the best arm of each target" in table.out
    assert [best["target"] for best in document["best_arms"]] == ["colours"]
