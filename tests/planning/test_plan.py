"""A request as phases: every phase once, parents first, shared where work is the same."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from support.plans import MATCH, RECIPES, TAGS, TASKS, XNLI, build, request
from xharness import Cell, Strategy, Train, Trainer
from xharness.errors import DataError, StudyError
from xharness.keys import key
from xharness.phases import Checkpoint, Predict, Score, Stream, describe, inputs
from xharness.planning import plan as planning
from xharness.planning import planner
from xharness.planning.definitions import definition
from xharness.planning.plan import Contrast, Plan
from xharness.planning.request import ChosenStrategy
from xharness.strategies import Arm


def described(plan: Plan) -> list[str]:
    return [describe(phase) for phase in plan.phases]


def test_every_phase_once_parents_first() -> None:
    """Both strategies on two targets: what is common to them stands in the plan once."""
    found = described(build(request()))

    assert found == [
        "pretrain tiny",
        "train nli seed 1",
        "predict xnli en test after nli",
        "score xnli en",
        "predict xnli sw test after nli",
        "score xnli sw",
        "predict match sw test",
        "score match sw",
        "train nli seed 1 after nli",
        "predict xnli en test after nli, nli",
        "score xnli en",
        "predict xnli sw test after nli, nli",
        "score xnli sw",
        "predict match sw test after nli",
        "score match sw",
    ]


def test_parents_come_before_children() -> None:
    """For any request, a phase comes after all that it reads, and no key is there twice."""
    made = request(
        (XNLI, TAGS, MATCH),
        seeds=(1, 2),
        arms=(Arm(tasks=("nli",)), Arm(tasks=("nli", "qa"))),
        recipes=replace(RECIPES, overrides={"keep": 3}, selection="english-dev"),
    )
    phases = build(made).phases
    place = {key(phase): i for i, phase in enumerate(phases)}

    assert len(place) == len(phases)
    assert all(place[key(p)] < place[key(phase)] for phase in phases for p in inputs(phase))


def test_sharing_is_counted() -> None:
    """Without sharing each of six scores would need its whole chain: 2 * 4 + 3 + 2 * 5 + 4."""
    plan = build(request())

    assert (plan.asked, len(plan.phases)) == (2 * 4 + 3 + 2 * 5 + 4, 15)


def test_intermediate_and_own_training_are_one_phase() -> None:
    """The baseline's training of xnli is the same work as the intermediate training on nli."""
    phases = build(request()).phases
    trains = [p for p in phases if isinstance(p, Train)]

    assert trains[1].start == Checkpoint(train=trains[0])


def test_answers_name_the_scores() -> None:
    """Every strategy, arm, target, language and seed has the key of its score."""
    plan = build(request(seeds=(1, 2)))
    scores = {key(p) for p in plan.phases if isinstance(p, Score)}
    cells = [(a.strategy, a.intermediates, a.target, a.language, a.seed) for a in plan.answers]

    assert {a.key for a in plan.answers} == scores
    assert sorted(cells) == sorted(
        (strategy, arm, *cell, seed)
        for seed in (1, 2)
        for strategy, arm in (("none", "-"), ("english", "nli"))
        for cell in (("xnli", "en"), ("xnli", "sw"), ("match", "sw"))
    )
    assert {a.signature for a in plan.answers} == {"accuracy@1", "retrieval-accuracy@1"}


def test_seeds_share_what_has_no_seed() -> None:
    """An untrained baseline on retrieval is one prediction, whatever the seed."""
    plan = build(request((MATCH,), seeds=(1, 2, 3)))
    keys = {a.key for a in plan.answers if a.strategy == "none"}

    assert len(keys) == 1
    assert len({a.key for a in plan.answers if a.strategy == "english"}) == 3


def test_arms_without_meaning_are_one_row() -> None:
    """A strategy that uses no intermediate task has one row, others one per arm."""
    two = request(arms=(Arm(tasks=("nli",)), Arm(tasks=("nli", "qa"))))
    rows = [(c.label, a.name) for c, a in planner.rows(two)]

    assert rows == [("none", "-"), ("english", "nli"), ("english", "nli+qa")]


def test_contrasts_are_declared() -> None:
    """The family of tests is every strategy and arm against `none`, on every target."""
    assert build(request()).contrasts == tuple(
        Contrast(strategy="english", intermediates="nli", against="none", target=target)
        for target in ("xnli", "match")
    )


def test_limits_and_seeds_reach_the_phases() -> None:
    """Training rows, items and the recipe of each task stand in the phases; data has one seed."""
    phases = build(request(seeds=(7,))).phases
    train = next(p for p in phases if isinstance(p, Train))
    predict = {p.task: p for p in phases if isinstance(p, Predict)}

    assert train.seed == 7
    assert train.streams == (
        Stream(
            task="nli",
            version=1,
            data="generated:fake/nli@1",
            languages=("en",),
            limit=10,
            definition=definition(TASKS["nli"]),
        ),
    )
    assert {p.limit for p in predict.values()} == {5}
    assert {p.sample_seed for p in predict.values()} == {0}
    assert (predict["match"].max_length, predict["xnli"].max_length) == (16, 128)
    assert predict["match"].pooling is not None
    assert predict["xnli"].pooling is None


def test_a_wider_request_only_adds() -> None:
    """More seeds, targets and arms keep every phase that was there."""
    small = {key(p) for p in build(request()).phases}
    wide = request(
        (XNLI, TAGS, MATCH), seeds=(1, 2), arms=(Arm(tasks=("nli",)), Arm(tasks=("qa",)))
    )

    assert small < {key(p) for p in build(wide).phases}


def test_the_best_checkpoint_is_chosen_on_dev_scores() -> None:
    """english-dev scores every kept checkpoint on the training task's dev rows, in English."""
    book = replace(RECIPES, overrides={"keep": 2}, selection="english-dev")
    phases = build(request((TAGS,), strategies=request().strategies[:1], recipes=book)).phases
    final = next(p for p in phases if isinstance(p, Predict) and p.split == "test")
    dev = [p for p in phases if isinstance(p, Predict) and p.split == "dev"]

    assert isinstance(final.start, Checkpoint)
    assert final.start.rule == "best"
    assert [s.predictions for (s,) in final.start.dev] == dev
    assert [(p.language, p.limit) for p in dev] == [("en", planning.DEV_LIMIT)] * 2
    assert [p.start.index for p in dev if isinstance(p.start, Checkpoint)] == [0, 1]


@pytest.mark.parametrize(
    ("keep", "selection", "rule"),
    [(1, "english-dev", "last"), (2, "last", "last"), (2, "weight-average", "average")],
)
def test_rules_that_need_no_scores(keep: int, selection: str, rule: str) -> None:
    """One checkpoint is the last one; the last and the average need no dev scores."""
    book = replace(RECIPES, overrides={"keep": keep})
    plan = build(request((TAGS,), recipes=book, selection=(selection,)))
    rules = {
        p.start.rule
        for p in plan.phases
        if isinstance(p, Predict) and isinstance(p.start, Checkpoint)
    }

    assert rules == {rule}
    assert not [p for p in plan.phases if isinstance(p, Predict) and p.split == "dev"]


def test_what_a_training_starts_from_is_the_recipes_choice() -> None:
    """With a recipe that says english-dev, testing by another rule trains exactly the same."""
    book = replace(RECIPES, overrides={"keep": 2}, selection="english-dev")
    own = build(request((TAGS,), recipes=book))
    other = build(request((TAGS,), recipes=book, selection=("last", "weight-average")))
    trained = [[p for p in plan.phases if isinstance(p, Train)] for plan in (own, other)]

    assert (own.rules, other.rules) == (("english-dev",), ("last", "weight-average"))
    assert trained[0] == trained[1]
    assert [p.start.rule for p in trained[0] if isinstance(p.start, Checkpoint)] == ["best"]


def test_dev_scores_are_never_faked() -> None:
    """A task without a dev split refuses english-dev, and says what to use."""
    bare = replace(TAGS, splits={"train": "train", "test": "test"})
    book = replace(RECIPES, overrides={"keep": 2}, selection="english-dev")
    with pytest.raises(StudyError, match=r"tags has no development set; use last or "):
        build(request((bare,), recipes=book), {**TASKS, "tags": bare})


def test_a_target_without_test_rows_is_refused() -> None:
    """A target that names no test split cannot be planned."""
    bare = replace(TAGS, splits={"train": "train"})
    with pytest.raises(DataError, match="tags: has no 'test' split; it has train"):
        build(request((bare,)), {**TASKS, "tags": bare})


def test_dev_scores_have_thresholds_too() -> None:
    """A checkpoint of a task with a threshold is chosen by the best score on dev, read once."""
    tuned = replace(TAGS, tuned_on="dev")
    book = replace(RECIPES, overrides={"keep": 2}, selection="english-dev")
    made = request((tuned,), strategies=request().strategies[:1], recipes=book)
    phases = build(made, {**TASKS, "tags": tuned}).phases
    chosen = next(p.start for p in phases if isinstance(p, Predict) and p.split == "test")

    assert isinstance(chosen, Checkpoint)
    assert [s.tuned_on == s.predictions for (s,) in chosen.dev] == [True, True]


def test_a_threshold_is_tuned_on_its_own_split() -> None:
    """A task with a tuned threshold has predictions of that split beside those of the test."""
    tuned = replace(MATCH, tuned_on="dev")
    plan = build(request((tuned,)), {**TASKS, "match": tuned})
    score = next(p for p in plan.phases if isinstance(p, Score))

    assert score.tuned_on is not None
    assert (score.tuned_on.split, score.predictions.split) == ("dev", "test")
    assert [p.split for p in inputs(score) if isinstance(p, Predict)] == ["test", "dev"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """model → each intermediate in turn → target."""

    name: str = "chain"
    summary: str = "one after the other"
    uses_intermediates: bool = True

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's own training at the end of the chain."""
        last = None
        for task in cell.intermediates:
            last = train.on(task, start=last, mixing="uniform")
        return train.on_target(start=last)


def test_a_chain_of_trainings() -> None:
    """A strategy builds chains; what it says about mixing is in the phases."""
    strategy: Strategy = Chain()
    made = request(
        (TAGS,),
        strategies=(ChosenStrategy(label="chain", strategy=strategy),),
        arms=(Arm(tasks=("nli", "qa")),),
    )
    trains = [p for p in build(made).phases if isinstance(p, Train)]

    assert [[s.task for s in p.streams] for p in trains] == [["nli"], ["qa"], ["tags"]]
    assert [p.mixing for p in trains] == ["uniform", "uniform", "proportional"]
    assert describe(trains[-1]) == "train tags seed 1 after nli, qa"


def test_a_mixture_is_one_training() -> None:
    """An arm of two tasks is one training with two streams."""
    made = request((TAGS,), arms=(Arm(tasks=("nli", "qa")),))
    mixed = next(p for p in build(made).phases if isinstance(p, Train) and len(p.streams) == 2)

    assert describe(mixed) == "train nli+qa seed 1"


def test_a_plan_survives_the_store() -> None:
    """What is published and read back is the plan without its phases, under the same digest."""
    plan = build(request(seeds=(1, 2)))
    content = planning.text(plan)
    found = planning.read(content)

    assert found == replace(plan, phases=())
    assert planning.digest(planning.text(plan)) == planning.digest(content)
    assert planning.digest(content) != planning.digest(planning.text(build(request())))


def test_plans_from_before_selection_was_an_axis_are_read() -> None:
    """A published plan without the fields for rules and development scores has one rule."""
    plan = build(request())
    content = json.loads(planning.text(plan))
    for name in ("further", "dev", "settings"):
        del content[name]
    for answer in content["answers"]:
        del answer["selection"]
    found = planning.read(json.dumps(content))

    assert found.rules == ("last",)
    assert [a.key for a in found.answers] == [a.key for a in plan.answers]
    assert (found.further, found.dev) == ((), ())
