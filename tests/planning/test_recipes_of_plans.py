"""Whose recipe a training has: the target's own, a mixture's own, and lengths of each task."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.plans import MODEL, NLI, QA, RECIPES, XNLI, request
from xharness import Kind, Role, Train
from xharness.errors import StudyError
from xharness.exclusions import Exclusions
from xharness.keys import key, text
from xharness.phases import Predict
from xharness.planning import planner
from xharness.planning.plan import Plan
from xharness.planning.request import ChosenStrategy
from xharness.planning.resolve import Lock, Resolver
from xharness.recipes import RecipeBook
from xharness.strategies import Arm
from xharness.testing import fake_task
from xharness_strategies import english, mlm, multitask

TEXT = fake_task(Kind.MASKED_LM, "text", role=Role.INTERMEDIATE, languages=("en", "sw"))
TASKS = {t.name: t for t in (NLI, QA, XNLI, TEXT)}
ENGLISH, MULTITASK = english.English(), multitask.MultiTask()


def build(*arm: str, strategy: Any = ENGLISH, recipes: RecipeBook = RECIPES, **more: Any) -> Plan:
    """Return the plan of one arm; its target is trained on the rows of nli."""
    chosen = ChosenStrategy(label=strategy.name, strategy=strategy)
    made = request(
        (XNLI,), strategies=(chosen,), arms=(Arm(tasks=arm or ("nli",)),), recipes=recipes, **more
    )
    return planner.build(made, TASKS, Resolver(lock=Lock()), MODEL)


def trainings(plan: Plan) -> list[Train]:
    """Return the trainings of a plan, parents first."""
    return [p for p in plan.phases if isinstance(p, Train)]


def test_a_targets_training_has_the_targets_recipe() -> None:
    """Also where its rows are another task's, whose recipe it falls back to."""
    book = replace(
        RECIPES,
        by_task={"nli": {"batch": 4}},
        overrides_by_task={"xnli": {"learning_rate": 0.1}, "nli": {"epochs": 7}},
    )
    first, last = trainings(build(recipes=book))

    assert (first.recipe.learning_rate, first.recipe.batch, first.recipe.epochs) == (1e-3, 4, 7)
    assert (last.recipe.learning_rate, last.recipe.batch, last.recipe.epochs) == (0.1, 4, 7)


def test_a_target_is_read_as_it_was_trained() -> None:
    """Its windows are as long in training as in prediction."""
    book = replace(RECIPES, by_task={"nli": {"max_length": 40}})
    own = replace(book, overrides_by_task={"xnli": {"max_length": 60}})
    for recipes, length in ((book, 40), (own, 60)):
        plan = build(recipes=recipes)
        tested = {p.max_length for p in plan.phases if isinstance(p, Predict)}

        assert trainings(plan)[-1].streams[0].max_length == length
        assert tested == {length}


def test_a_mixture_is_the_same_in_either_order() -> None:
    """The keys of nli+qa and of qa+nli are equal."""
    assert [key(p) for p in build("nli", "qa").phases] == [
        key(p) for p in build("qa", "nli").phases
    ]


def test_a_mixture_has_a_recipe_of_its_own_and_its_tasks_their_lengths() -> None:
    """Neither the batch of the one nor of the other counts, but the lengths of both."""
    book = replace(
        RECIPES,
        by_task={
            "nli": {"batch": 4, "max_length": 40},
            "qa": {"batch": 2, "max_length": 96, "stride": 8},
            "mixture": {"batch": 64},
        },
    )
    first = trainings(build("nli", "qa", recipes=book))[0]

    assert first.recipe.batch == 64
    assert [(s.task, s.max_length, s.stride) for s in first.streams] == [
        ("nli", 40, None),
        ("qa", 96, 8),
    ]


def test_a_mixture_is_as_long_as_its_tasks_are_on_average() -> None:
    """Held to updates; otherwise all of its rows are used."""
    held = trainings(build("nli", "qa", strategy=MULTITASK, joined=("nli", "qa")))[0]
    free = trainings(
        build("nli", "qa", strategy=MULTITASK, joined=("nli", "qa"), match="examples")
    )[0]

    assert (held.budget, free.budget) == ("mean", "examples")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"overrides_by_task": {"tags": {"batch": 2}}}, "recipe.tags.batch: nothing"),
        ({"overrides_by_task": {"mixture": {"batch": 2}}}, "recipe.mixture.batch: nothing"),
        ({"overrides_by_task": {"nli": {"stride": 2}}}, "recipe.nli.stride: nothing"),
        ({"overrides": {"stride": 2}}, "recipe.stride: nothing"),
        ({"overrides": {"decay": 0.5}}, "recipe.decay: nothing"),
    ],
)
def test_a_change_that_nothing_reads_is_refused(changes: dict[str, Any], problem: str) -> None:
    """Of a task that is not trained, of windows that do not overlap, of another schedule."""
    with pytest.raises(StudyError) as caught:
        build(recipes=replace(RECIPES, **changes))

    assert caught.value.problems[0].startswith(problem)


def test_keys_hold_nothing_that_cannot_matter() -> None:
    """No seed where no rows are drawn, no overlap of single windows, no decay of this schedule."""
    plain, limited = (trainings(build(sample_seed=7, limit_train=n))[0] for n in (None, 5))

    assert "stride" not in text(plain.streams[0])
    assert "sample_seed" not in text(plain.streams[0])
    assert '"sample_seed":7' in text(limited.streams[0])
    assert "decay" not in text(plain.recipe).replace("weight_decay", "")


def test_text_beside_a_task_keeps_the_tasks_recipe() -> None:
    """Masked LM is no second task: only two tasks make a mixture."""
    book = replace(RECIPES, by_task={"nli": {"batch": 4}, "mixture": {"batch": 64}})
    first = trainings(build(strategy=mlm.MaskedLM(), recipes=book, text="text"))[0]

    assert [s.task for s in first.streams] == ["nli", "text"]
    assert first.recipe.batch == 4


def test_what_is_left_out_of_development_rows_is_in_the_key(tmp_path: Path) -> None:
    """Of their predictions alone: trainings and test scores are as without a list."""
    (tmp_path / "list.txt").write_text("abc\n", "utf-8")
    listed = Exclusions(path=tmp_path / "list.txt", column="text", of=("xnli",))
    book = replace(RECIPES, overrides={"keep": 2}, selection="english-dev")
    made = request((XNLI,), recipes=book)
    tasks = {**TASKS, "nli": replace(NLI, excluded=listed)}
    plain, with_list = (
        planner.build(made, each, Resolver(lock=Lock()), MODEL) for each in (TASKS, tasks)
    )
    dev = [p for p in with_list.phases if isinstance(p, Predict) and p.split == "dev"]

    assert {p.excluded for p in dev if p.task == "nli"} == {listed.digest}
    assert {p.excluded for p in with_list.phases if isinstance(p, Predict)} == {"", listed.digest}
    assert {key(p) for p in plain.phases} != {key(p) for p in with_list.phases}
