"""Names and combinations are checked against what plugins offer, all problems at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from xharness import Cell, Kind, ModelSource, Role, Train, Trainer
from xharness.errors import StudyError
from xharness.planning.request import Offers, Request, build, parse
from xharness.planning.settings import Settings
from xharness.recipes import RecipeBook
from xharness.strategies import Arm, arms, parameters
from xharness.testing import fake_task
from xharness_strategies.english import English
from xharness_strategies.none import NoIntermediate


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunable:
    """A strategy with a parameter of every sort."""

    name: str = "tunable"
    summary: str = "for tests"
    uses_intermediates: bool = True
    deep: bool = False
    share: float = 0.5
    rounds: int = 1
    order: tuple[str, ...] = ("a",)
    rule: str = "plain"

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's own training."""
        return train.on_target()


def names(*values: Any) -> dict[str, Any]:
    """Return values by their names."""
    return {value.name: value for value in values}


OFFERS = Offers(
    tasks=names(
        fake_task(name="nli", role=Role.INTERMEDIATE),
        fake_task(Kind.SPAN_QA, "qa", role=Role.INTERMEDIATE),
        replace(fake_task(name="xnli", languages=("en", "de", "sw")), trains_on="nli"),
        fake_task(Kind.TAGGING, "tags"),
        fake_task(Kind.RETRIEVAL, "match", languages=("sw", "ur")),
    ),
    models=names(
        ModelSource(name="real", path="org/real"),
        ModelSource(name="made-up", pretrain=1, suites=("small",)),
    ),
    strategies=names(English(), NoIntermediate(), Tunable()),
)
RECIPES = RecipeBook(name="r", source="s", fields={"learning_rate": 1e-3, "batch": 8, "epochs": 1})
SETTINGS = Settings(
    suite="small",
    suite_by_default=False,
    title="a small suite",
    model="made-up",
    strategies=("english",),
    intermediates=(("nli",), ("nli", "qa")),
    targets=("xnli", "match"),
    languages=None,
    seeds=(1, 2),
    limit_train=10,
    limit_eval=5,
    recipes=RECIPES,
)


def request(**changes: Any) -> Request:
    return build(replace(SETTINGS, **changes), OFFERS)


def problems(**changes: Any) -> tuple[str, ...]:
    with pytest.raises(StudyError) as caught:
        request(**changes)
    return caught.value.problems


def test_a_request_is_fully_decided() -> None:
    """The baseline comes first, arms and targets as asked, every target with its languages."""
    found = request()

    assert [c.label for c in found.strategies] == ["none", "english"]
    assert [a.name for a in found.arms] == ["nli", "nli+qa"]
    assert [t.name for t in found.targets] == ["xnli", "match"]
    assert found.languages == {"xnli": ("en", "de", "sw"), "match": ("sw", "ur")}
    assert (found.seeds, found.limit_train, found.limit_eval) == ((1, 2), 10, 5)


def test_the_baseline_is_never_there_twice() -> None:
    """Asking for `none` changes nothing; alone it needs no intermediate task."""
    found = request(strategies=("none",), intermediates=())

    assert [c.label for c in found.strategies] == ["none"]
    assert [c.label for c in request(strategies=("english", "none")).strategies] == [
        *("none", "english")
    ]


def test_languages_come_in_the_tasks_order() -> None:
    """A list of languages picks from each target's own, in its own order."""
    assert request(languages=("sw", "en")).languages == {"xnli": ("en", "sw"), "match": ("sw",)}


def test_a_label_shows_the_parameters() -> None:
    """A strategy with parameters is called what the user wrote, and has them with their types."""
    label = "tunable:deep=true:share=0.25:rounds=3:order=b+c:rule=wild"
    found = request(strategies=(label, "tunable")).strategies

    assert [c.label for c in found] == ["none", label, "tunable"]
    assert parameters(found[1].strategy) == {
        "deep": True,
        "share": 0.25,
        "rounds": 3,
        "order": ("b", "c"),
        "rule": "wild",
    }


def test_a_strategy_can_be_named_with_its_package() -> None:
    """Of two packages' strategies the qualified name chooses one, and takes its parameters."""
    tunable = OFFERS.strategies["tunable"]
    offers = replace(OFFERS, strategies={**OFFERS.strategies, "theirs:own": tunable})
    labels = ("theirs:own", "theirs:own:rounds=3")
    found = build(replace(SETTINGS, strategies=labels), offers).strategies

    assert [c.label for c in found] == ["none", *labels]
    assert found[1].strategy == tunable
    assert parameters(found[2].strategy)["rounds"] == 3


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"targets": ("xnl",)},
            "targets: no target task is called 'xnl'; did you mean xnli?",
        ),
        (
            {"targets": ("nli",)},
            "targets: no target task is called 'nli'; did you mean xnli?",
        ),
        (
            {"intermediates": (("xnli",),)},
            "intermediates: no intermediate task is called 'xnli'; did you mean nli?",
        ),
        (
            {"strategies": ("englsh",)},
            "strategies: no strategy is called 'englsh'; did you mean english?",
        ),
        (
            {"languages": ("en", "sw", "xx")},
            "languages: no language of these targets is called 'xx'; known: de, en, sw, ur",
        ),
        (
            {"languages": ("en",)},
            "languages: match has none of en; leave it out with --targets",
        ),
        (
            {"model": "reel"},
            (
                "model: no model is called 'reel'; did you mean real? "
                "(a folder or a hub id has a slash: ./my-model, org/model)"
            ),
        ),
        ({"targets": ()}, "targets: empty; name at least one target task"),
        ({"targets": ("xnli", "xnli")}, "targets: 'xnli' is named twice"),
        ({"intermediates": (("nli",), ("nli",))}, "intermediates: 'nli' is named twice"),
        ({"intermediates": (("nli", "nli"),)}, "intermediates: 'nli' is named twice"),
        ({"intermediates": ()}, "intermediates: missing; name at least one intermediate task"),
        ({"strategies": ("english", "english")}, "strategies: 'english' is named twice"),
        (
            {"strategies": ("tunable:dep=true",)},
            "strategies: tunable has no parameter 'dep'; did you mean deep?",
        ),
        (
            {"strategies": ("english:x=1",)},
            "strategies: english has no parameter 'x'; there are none",
        ),
        (
            {"strategies": ("tunable:deep=yes",)},
            "strategies: tunable:deep: 'yes' is neither true nor false",
        ),
        (
            {"strategies": ("tunable:rounds=1.5",)},
            "strategies: tunable:rounds: '1.5' is not a whole number, such as 1",
        ),
        (
            {"strategies": ("tunable:share=half",)},
            "strategies: tunable:share: 'half' is not a number, such as 0.5",
        ),
        (
            {"recipes": replace(RECIPES, overrides_by_task={"nly": {"epochs": 1}})},
            "set: recipe.nly: no task is called 'nly'; did you mean nli?",
        ),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], problem: str) -> None:
    """Each wrong name or combination says where, what, and what would be right."""
    assert problems(**changes) == (problem,)


def test_all_problems_at_once() -> None:
    """Wrong targets, arms, strategies, languages and model make one message."""
    found = problems(
        targets=("xnl",),
        intermediates=(("x",),),
        strategies=("y",),
        languages=("zz",),
        model="w",
    )

    assert [line.partition(":")[0] for line in found] == [
        *("targets", "intermediates", "strategies", "languages", "model")
    ]


def test_a_target_needs_its_training_task() -> None:
    """A target whose training rows come from a task that is not loaded is refused."""
    lonely = replace(OFFERS, tasks={"xnli": OFFERS.tasks["xnli"]})
    with pytest.raises(StudyError, match="xnli is trained on 'nli', which no plugin offers"):
        build(replace(SETTINGS, targets=("xnli",), strategies=(), intermediates=()), lonely)


def test_a_real_model_needs_a_suite() -> None:
    """A real model on the default, fictional suite is refused with the sentence that helps."""
    (found,) = problems(model="real", suite_by_default=True)

    assert "real is a real model, but without --suite the targets are those of 'small'" in found
    assert "add --suite xtreme, or --suite small if you mean it" in found
    assert request(model="real").model.path == "org/real"


def test_a_model_of_one_suite_stays_there() -> None:
    """A model that knows only fictional languages is refused elsewhere."""
    (found,) = problems(suite="xtreme")

    assert found == (
        "model: made-up knows only the languages of small; use --suite small, "
        "or a multilingual model"
    )


@pytest.mark.parametrize("name", ["org/model", "./folder", "/somewhere/else"])
def test_any_folder_or_hub_id_is_a_model(name: str) -> None:
    """What has a slash needs no plugin."""
    assert request(model=name).model == ModelSource(name=name, path=name)


@pytest.mark.parametrize(
    ("text", "like", "value"),
    [("true", False, True), ("2", 1, 2), ("2", 1.0, 2.0), ("a+b", (), ("a", "b")), ("x", "y", "x")],
)
def test_parameters_are_read_as_their_default(text: str, like: object, value: object) -> None:
    """A parameter has the type of its default."""
    assert parse(text, like) == value


def test_arms_have_names() -> None:
    """An arm is called by its tasks; none has a dash."""
    assert [a.name for a in arms([["nli", "qa"], ["nli"]])] == ["nli+qa", "nli"]
    assert Arm(tasks=()).name == "-"
