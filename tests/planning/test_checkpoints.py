"""Which kept checkpoint is tested: rules as an axis of one plan, and what none of them costs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from support.fake_comparison import TASKS, Compared, compared, trainings
from support.program import Command
from xharness import Slice, Source, Task
from xharness.analysis import results, selection_audit
from xharness.commands import export, leaderboard
from xharness.errors import StudyError
from xharness.phases import Checkpoint, Predict, Score, Train
from xharness.planning import plan as planning
from xharness.planning.checkpoints import TARGET_DEV
from xharness.tasks import by_config

EVERY = ("last", "english-dev", "target-dev", "weight-average")

BEST = {"en": 1, "de": 2, "sw": 0}
"""Of three kept checkpoints, which one is right after the intermediate training; others are
wrong. Without it the last one is right in English, and nothing is in other languages."""


def index(start: Checkpoint) -> int | None:
    """Return which checkpoint is used; None for the mean of all weights."""
    if start.rule == "last":
        return start.train.recipe.keep - 1
    if start.rule == "average":
        return None
    if start.rule == "kept":
        return start.index
    right = [all(by_checkpoint(s.predictions) for s in of) for of in start.dev]
    return right.index(max(right))


def by_checkpoint(phase: Predict) -> float:
    """Return 1 where the right checkpoint is used, else 0; so scores are 100 and 0."""
    start = phase.start
    assert isinstance(start, Checkpoint)
    if trainings(phase) == 1:
        return float(phase.language == "en" and index(start) in {2, None})
    return float(index(start) == BEST[phase.language])


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison under every rule, with three checkpoints and one seed."""
    return compared(
        tmp_path_factory.mktemp("every") / "store",
        targets=("colours",),
        seeds=(1,),
        selection=EVERY,
        skill=by_checkpoint,
        keep=3,
    )


def test_every_rule_answers_every_question(done: Compared) -> None:
    """Each rule has the same cells; those of the first named are the plan's answers."""
    cells = {
        rule: [
            (a.strategy, a.target, a.language, a.seed)
            for a in planning.under(done.plan, rule).answers
        ]
        for rule in EVERY
    }

    assert done.plan.rules == EVERY
    assert done.plan.selection == "last"
    assert {a.selection for a in done.plan.answers} == {"last"}
    assert all(found == cells["last"] for found in cells.values())
    assert len(cells["last"]) == 2 * 3


def test_scores_under_each_rule_by_hand(done: Compared) -> None:
    """English, German and Swahili are right at checkpoints 1, 2 and 0.

    So the last is right in German only, that of the English score in English only, that of each
    language's own score everywhere, and the average nowhere.
    """
    scores = {
        rule: {
            r.language: r.score
            for r in results.collect(planning.under(done.plan, rule), done.store)
            if r.strategy == "english"
        }
        for rule in EVERY
    }

    assert scores == {
        "last": {"en": 0.0, "de": 100.0, "sw": 0.0},
        "english-dev": {"en": 100.0, "de": 0.0, "sw": 0.0},
        "target-dev": {"en": 100.0, "de": 100.0, "sw": 100.0},
        "weight-average": {"en": 0.0, "de": 0.0, "sw": 0.0},
    }


def test_the_audit_of_one_plan_by_hand(done: Compared) -> None:
    """The oracle has 100, the last and the English one 33.3, the average 0, `none` always 33.3.

    So the gaps are 66.7, 66.7 and 100, and `none` is ahead under the average only.
    """
    found = selection_audit.collect(done.plan, [], done.store)
    row = {r.strategy: r for r in found.rows}
    (flip,) = found.flips

    assert row["english"].oracle_gap == pytest.approx(
        {"last": 200 / 3, "english-dev": 200 / 3, "weight-average": 100.0}
    )
    assert row["english"].spread == pytest.approx(100.0)
    assert row["none"].spread == pytest.approx(0.0)
    assert flip.differences == pytest.approx(
        {"last": 0.0, "english-dev": 0.0, "target-dev": -200 / 3, "weight-average": 100 / 3}
    )


def test_no_rule_trains(done: Compared) -> None:
    """Four rules need the trainings of one: the intermediate, and the target's with and without."""
    trained = [phase for phase in done.runner.ran if isinstance(phase, Train)]

    assert len(trained) == 3


@pytest.mark.training
@pytest.mark.parametrize("first", EVERY)
def test_another_rule_only_predicts_and_scores(tmp_path: Path, first: str) -> None:
    """Whatever was asked for first, a second comparison under all rules trains nothing."""
    compared(tmp_path, targets=("colours",), seeds=(1,), selection=(first,), keep=2)
    again = compared(tmp_path, targets=("colours",), seeds=(1,), selection=EVERY, keep=2)

    assert {type(phase) for phase in again.runner.ran} == {Predict, Score}


def test_each_language_has_its_own_development_scores(done: Compared) -> None:
    """target-dev scores every checkpoint on development rows of the language that is tested."""
    chosen = {
        p.language: [s.predictions for of in p.start.dev for s in of]
        for p in done.plan.phases
        if isinstance(p, Predict)
        and p.split == "test"
        and isinstance(p.start, Checkpoint)
        and p.start.rule == "best"
        and trainings(p) == 2
    }

    assert set(chosen) == {"en", "de", "sw"}
    for language, scored in chosen.items():
        assert [p.split for p in scored] == ["dev"] * 3
        assert {p.language for p in scored} <= {language, "en"}


def dev_in(*languages: str) -> Task:
    """Return the task `colours` with development rows in these languages only."""

    def rows(task: Task, source: Source, language: str, split: str) -> Slice:
        if split == "dev" and language not in languages:
            raise ValueError(f"no {language}")
        return by_config(task, source, language, split)

    return replace(TASKS[1], rows=rows)


def test_target_dev_is_refused_where_there_is_no_set(tmp_path: Path) -> None:
    """Targets without development rows, or without them in some languages, are named at once."""
    bare = replace(TASKS[2], splits={"train": "train", "test": "test"})
    with pytest.raises(StudyError) as caught:
        compared(
            tmp_path,
            targets=("colours", "tags", "match"),
            tasks=(TASKS[0], dev_in("en", "de"), bare, TASKS[3]),
            selection=("english-dev", "target-dev"),
            keep=2,
        )
    partly, wholly, english = caught.value.problems

    assert partly.startswith("target-dev: colours has no development set in sw (")
    assert wholly.startswith("target-dev: tags has no development set; ")
    assert english.startswith("english-dev: tags has no development set; ")


def test_it_is_refused_though_only_one_is_kept(tmp_path: Path) -> None:
    """With one checkpoint there is nothing to choose, and still the name would be a false claim."""
    with pytest.raises(StudyError, match="colours has no development set"):
        compared(
            tmp_path,
            targets=("colours",),
            tasks=(TASKS[0], dev_in()),
            selection=(TARGET_DEV,),
        )


def test_what_is_published_holds_every_rule(done: Compared) -> None:
    """A plan that is read back has the same rules and answers."""
    assert planning.read(planning.text(done.plan)) == replace(done.plan, phases=())


def test_rows_name_their_rule(done: Compared) -> None:
    """Exported rows are those of all rules, as many of each."""
    board = leaderboard.board(done.store, None, done.registry.tasks)
    rules = [row["selection"] for row in export.rows(board)]

    assert rules == [rule for rule in EVERY for _ in range(6)]
    assert len({r["key"] for r in export.rows(board)}) >= 4


def test_the_commands(compare: Command, xharness: Command) -> None:
    """Tables show the first rule and say where the others are; JSON names all of them."""
    ran = compare("--selection", "english-dev,last", "--set", "recipe.keep=2")
    shown = xharness("leaderboard")
    audited = xharness("leaderboard", "--audit", "--json").json
    sliced = xharness("leaderboard", "--audit", "--target", "colours", "--json").json

    assert ran.status == 0
    for out in (ran.out, shown.out):
        assert "Checkpoints chosen by english-dev; leaderboard --audit shows last too." in " ".join(
            out.split()
        )
    assert audited["rules"] == sliced["rules"] == ["english-dev", "last"]
    assert not audited["same_checkpoints"]
    assert xharness("leaderboard", "--json").json["rules"] == ["english-dev", "last"]


def test_rules_without_a_choice_say_so(compare: Command, xharness: Command) -> None:
    """Where every training keeps one checkpoint, all rules are the same, and tables say why."""
    ran = compare("--selection", "english-dev,last", "--set", "recipe.keep=1")

    assert "All rules test the same checkpoints" in " ".join(ran.out.split())
    assert "All rules test the same checkpoints" in " ".join(
        xharness("leaderboard", "--audit").out.split()
    )


def test_a_refusal_on_the_command_line(compare: Command) -> None:
    """XQuAD and Tatoeba have no development set: both are named, and nothing runs."""
    ran = compare("--targets", "xquad,tatoeba", "--selection", "target-dev")

    assert ran.status == 2
    assert "target-dev: xquad has no development set" in ran.said
    assert "target-dev: tatoeba has no development set" in ran.said
    assert "Traceback" not in ran.err
