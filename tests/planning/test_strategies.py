"""The strategies beside none and english: which trainings they make, and what they refuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.plans import MODEL, NLI, QA, RECIPES, TAGS, XNLI, request
from support.program import SUPPORT, Command
from xharness import Kind, ModelSource, Role, Strategy, Task, Train
from xharness.errors import StudyError
from xharness.keys import key
from xharness.phases import describe
from xharness.planning import cost, planner
from xharness.planning import request as requests
from xharness.planning.plan import Plan
from xharness.planning.request import ChosenStrategy, Offers
from xharness.planning.resolve import Lock, Resolver
from xharness.planning.settings import Settings
from xharness.strategies import Arm
from xharness.testing import assert_strategy_conforms, fake_task
from xharness_strategies import english, mlm, multitask, none, sequence

TEXT = fake_task(Kind.MASKED_LM, "text", role=Role.INTERMEDIATE, languages=("en", "fr", "sw"))
TASKS = {t.name: t for t in (NLI, QA, XNLI, TAGS, TEXT)}
STRATEGIES = {
    s.name: s
    for module in (english, mlm, multitask, none, sequence)
    for s in module.xharness_strategies()
}


def build(strategy: Strategy, *arms: tuple[str, ...], **more: Any) -> Plan:
    """Return the plan of one strategy on a target in English and Swahili."""
    made = request(
        (XNLI,),
        strategies=(ChosenStrategy(label=strategy.name, strategy=strategy),),
        arms=tuple(Arm(tasks=a) for a in arms or (("nli",),)),
        text="text",
        **more,
    )
    return planner.build(made, TASKS, Resolver(lock=Lock()), MODEL)


def trainings(plan: Plan) -> list[Train]:
    """Return the trainings of a plan, parents first."""
    return [p for p in plan.phases if isinstance(p, Train)]


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=lambda s: s.name)
def test_strategies_conform(strategy: Strategy) -> None:
    """Each keeps what xharness.testing asks of a strategy."""
    assert_strategy_conforms(strategy)


def test_text_is_mixed_into_the_intermediate_training() -> None:
    """30 % of the updates are text in the targets' languages that it has; the target has none."""
    plan = build(mlm.MaskedLM())
    first, last = trainings(plan)
    task, text = first.streams

    assert (task.task, task.share) == ("nli", None)
    assert (text.task, text.share, text.exponent) == ("text", 0.3, 0.3)
    assert text.languages == ("en", "sw")
    assert first.budget == "updates"
    assert len(last.streams) == 1
    assert describe(last) == "train nli seed 1 after nli+30% text"
    assert (plan.match, plan.texts) == ("updates", ("text",))


def test_equal_examples_put_text_on_top() -> None:
    """With --match examples the budget is the tasks' own, whatever the arm."""
    (first, _) = trainings(build(mlm.MaskedLM(), match="examples"))

    assert first.budget == "examples"


def test_an_arm_of_two_tasks_counts_as_a_whole() -> None:
    """The updates of an arm's tasks together are what text is mixed into."""
    (first, _) = trainings(build(mlm.MaskedLM(), ("nli", "qa")))

    assert [s.task for s in first.streams] == ["nli", "qa", "text"]
    assert first.budget == "updates"


def test_parameters_reach_the_stream() -> None:
    """Share, languages and exponent are the user's; one language needs no exponent."""
    strategy = mlm.MaskedLM(share=0.5, text="text", languages=("fr", "sw"), exponent=1.0)
    text = trainings(build(strategy))[0].streams[-1]
    alone = trainings(build(mlm.MaskedLM(languages=("sw",))))[0].streams[-1]

    assert (text.share, text.languages, text.exponent) == (0.5, ("fr", "sw"), 1.0)
    assert (alone.languages, alone.exponent) == (("sw",), None)


@pytest.mark.parametrize("match", ["updates", "examples"])
def test_masked_lm_alone_has_the_updates_of_the_task(match: str) -> None:
    """The control gives text all updates, and as many as the task would take, however matched."""
    (first, _) = trainings(build(mlm.OnlyMaskedLM(), match=match))

    assert [s.share for s in first.streams] == [None, 1.0]
    assert first.budget == "updates"


def test_english_has_one_key_however_matched() -> None:
    """--match, a suite's text and its list of tasks change nothing of english."""
    plain = build(english.English())
    other = build(english.English(), match="examples", joined=("nli", "qa"))
    keys = [[key(p) for p in plan.phases] for plan in (plain, other)]

    assert keys[0] == keys[1]
    assert plain.match == ""


def test_a_checkpoint_is_chosen_on_what_has_scores() -> None:
    """english-dev scores the task beside the text; with text alone the last checkpoint is used."""
    book = replace(RECIPES, overrides={"keep": 2}, selection="english-dev")
    mixed, alone = (
        trainings(build(s, recipes=book))[1].start for s in (mlm.MaskedLM(), mlm.OnlyMaskedLM())
    )

    assert mixed.rule == "best"
    assert [[s.predictions.task for s in of] for of in mixed.dev] == [["nli"], ["nli"]]
    assert alone.rule == "last"


def test_all_arms_are_trained_on_at_once() -> None:
    """Two arms and a joint one are one row of one training, as long as one of its tasks is."""
    plan = build(multitask.MultiTask(mixing="temperature"), ("nli",), ("qa",), joined=("nli", "qa"))
    (first, _) = trainings(plan)

    assert [s.task for s in first.streams] == ["nli", "qa"]
    assert (first.mixing, first.temperature, first.cap) == ("temperature", 2.0, None)
    assert first.budget == "mean"
    assert {a.intermediates for a in plan.answers} == {"nli+qa"}


def test_all_examples_of_all_arms_are_the_arm_of_both() -> None:
    """With --match examples, a proportional mixture is the work of english on a+b."""
    joint = build(multitask.MultiTask(), ("nli",), ("qa",), joined=("nli", "qa"), match="examples")
    both = build(english.English(), ("nli", "qa"))

    assert [key(p) for p in joint.phases] == [key(p) for p in both.phases]


def test_a_sequence_goes_on_from_checkpoint_to_checkpoint() -> None:
    """The tasks of an arm are trained on in the order in which they are named."""
    plan = build(sequence.OneAfterTheOther(), ("qa", "nli"))

    assert [describe(t) for t in trainings(plan)] == [
        "train qa seed 1",
        "train nli seed 1 after qa",
        "train nli seed 1 after qa, nli",
    ]


@pytest.mark.parametrize(
    ("strategy", "problem"),
    [
        (
            sequence.OneAfterTheOther(),
            (
                "sequence: needs arms of two tasks or more, and nli is one; join them with a "
                "plus, in their order: --intermediates a+b"
            ),
        ),
        (
            mlm.MaskedLM(text="txt"),
            "text: no masked-LM task is called 'txt'; did you mean text?",
        ),
        (
            mlm.MaskedLM(languages=("sw", "fx")),
            "languages: no language of text is called 'fx'; known: en, fr, sw",
        ),
    ],
)
def test_what_cannot_be_planned_is_named(strategy: Strategy, problem: str) -> None:
    """An arm too short, or a text that is not there, says what would be right."""
    with pytest.raises(StudyError) as caught:
        build(strategy)

    assert caught.value.problems == (problem,)


def test_a_suite_without_text_says_how_to_name_one() -> None:
    """Where neither suite nor strategy names a text, the known ones are listed."""
    with pytest.raises(
        StudyError, match=r"suite small names none; write :text=NAME .* known: text"
    ):
        planner.build(
            replace(
                request((XNLI,)), strategies=(ChosenStrategy(label="mlm", strategy=mlm.MaskedLM()),)
            ),
            TASKS,
            Resolver(lock=Lock()),
            MODEL,
        )


def test_a_text_in_none_of_the_languages_is_refused() -> None:
    """A target in languages that the text does not have cannot be helped by it."""
    tags: Task = replace(TAGS, languages=("de",))
    with pytest.raises(StudyError, match="text has none of de, the targets'"):
        planner.build(
            request(
                (tags,),
                strategies=(ChosenStrategy(label="mlm", strategy=mlm.MaskedLM()),),
                text="text",
            ),
            {**TASKS, "tags": tags},
            Resolver(lock=Lock()),
            MODEL,
        )


SETTINGS = Settings(
    suite="small",
    suite_by_default=False,
    title="a small suite",
    model="tiny",
    strategies=("english",),
    intermediates=(("nli",), ("qa",)),
    targets=("xnli",),
    languages=None,
    seeds=(1,),
    limit_train=None,
    limit_eval=None,
    recipes=RECIPES,
    text="text",
)
OFFERS = Offers(
    tasks=TASKS,
    models={"tiny": ModelSource(name="tiny", pretrain=1)},
    strategies=STRATEGIES,
)


def test_lists_in_parameters_are_joined_by_plus() -> None:
    """--strategies mlm:share=0.5:languages=sw+fr is a strategy with these parameters."""
    label = "mlm:share=0.5:languages=sw+fr"
    found = requests.build(replace(SETTINGS, strategies=(label,)), OFFERS).strategies[1]

    assert found.label == label
    assert found.strategy == mlm.MaskedLM(share=0.5, languages=("sw", "fr"))


@pytest.mark.parametrize(
    ("label", "problem"),
    [
        ("mlm:shar=0.3", "mlm has no parameter 'shar'; did you mean share?"),
        (
            "mlm:share=1",
            (
                "mlm:share: 1 is not between 0 and 1, such as 0.3; for masked LM alone there is "
                "mlm-only"
            ),
        ),
        ("mlm:exponent=2", "mlm:exponent: 2 is not from 0 to 1, such as 0.3"),
        (
            "multitask:mixing=even",
            "multitask:mixing: 'even' is none of proportional, uniform, capped, temperature",
        ),
        (
            "multitask:mixing=capped",
            "multitask:cap: missing; mixing=capped needs one, such as cap=10000",
        ),
        ("multitask:cap=5", "multitask:cap: 5 has no meaning; write mixing=capped too"),
        (
            "multitask:mixing=temperature:temperature=0.5",
            "multitask:temperature: 0.5 is below 1; 2 would be right",
        ),
        ("sequence:share=1", "sequence has no parameter 'share'; there are none"),
    ],
)
def test_wrong_parameters_are_refused(label: str, problem: str) -> None:
    """A parameter that is unknown or out of its range says what would be right."""
    with pytest.raises(StudyError) as caught:
        requests.build(replace(SETTINGS, strategies=(label,)), OFFERS)

    assert caught.value.problems == (f"strategies: {problem}",)


def test_one_arm_of_one_task_takes_the_suites_list() -> None:
    """Several arms are joined; one task alone is replaced by the suite's list, or refused."""
    wanted = replace(SETTINGS, strategies=("multitask",))
    one = replace(wanted, intermediates=(("nli",),))
    with pytest.raises(StudyError) as caught:
        requests.build(one, OFFERS)

    assert requests.build(wanted, OFFERS).joined == ("nli", "qa")
    assert requests.build(replace(one, multitask=("qa", "nli")), OFFERS).joined == ("qa", "nli")
    assert caught.value.problems == (
        (
            "strategies: multitask trains on several tasks at once, and there is nli; write "
            "--intermediates a,b, or multitask: [a, b] into the suite small"
        ),
    )


PLUGIN = SUPPORT / "text_plugin.py"
ONLY = "mlm-only:text=text"


def test_all_of_them_are_compared_by_one_command(
    xharness: Command, tiny_model: Path, tmp_path: Path
) -> None:
    """Text, control, mixture and sequence beside english, with a real encoder; again from store."""
    arguments = (
        *("compare", "--json", "--offline", "--suite", "xtreme", "--plugin", str(PLUGIN)),
        *("--model", str(tiny_model), "--targets", "classify", "--intermediates", "middle+words"),
        *("--strategies", f"english,mlm:text=text:share=0.5,{ONLY},multitask,sequence"),
        *("--set", "recipe.steps=4", "--set", "recipe.max_length=32"),
        *("--workers", "1", "--store", str(tmp_path / "store")),
    )
    found, again = xharness(*arguments), xharness(*arguments)
    rows = {(r["strategy"], r["intermediates"], r["language"]) for r in found.json["results"]}
    names = ("english", "mlm:text=text:share=0.5", ONLY, "multitask", "sequence")

    assert found.status == 0, found.err
    assert rows == {
        *(("none", "-", n) for n in ("en", "de")),
        *((name, "middle+words", n) for name in names for n in ("en", "de")),
    }
    assert again.json["phases"]["run"] == 0
    assert again.json["results"] == found.json["results"]


def test_match_is_a_flag_and_a_variable(xharness: Command, tiny_model: Path) -> None:
    """--match examples and XHARNESS_MATCH plan the same phases, and another word is refused."""
    arguments = (
        *("plan", "--json", "--offline", "--suite", "xtreme", "--plugin", str(PLUGIN)),
        *("--model", str(tiny_model), "--targets", "classify", "--intermediates", "middle"),
        *("--strategies", "mlm:text=text"),
    )
    by_default, flag, variable = (
        {p["key"] for p in run.json["phases"]}
        for run in (
            xharness(*arguments),
            xharness(*arguments, "--match", "examples"),
            xharness(*arguments, XHARNESS_MATCH="examples"),
        )
    )

    assert flag == variable != by_default
    assert "no budget is called 'update'; did you mean updates?" in (
        xharness(*arguments, "--match", "update").said
    )


def test_a_strategy_says_what_its_parameters_are(xharness: Command) -> None:
    """`show mlm` has every parameter with its default, and `list strategies` how it is typed."""
    shown = xharness("show", "mlm", "--json").json
    listed = {s["name"]: s for s in xharness("list", "strategies", "--json").json["strategies"]}

    assert shown["parameter share"].startswith("0.3: part of all updates")
    assert shown["parameter languages"].startswith("codes, a+b+c")
    assert listed["mlm"]["parameters"] == "share=0.3, text, languages, exponent=0.3"


def test_text_costs_what_it_has_of_all_updates() -> None:
    """Of 1,000 rows half are text, twice as long as the tokens of a pair; on top it is more."""
    recipe = replace(RECIPES, overrides={"max_length": 80})
    half = mlm.MaskedLM(share=0.5)
    guessed = [
        cost.guess(trainings(build(s, recipes=recipe, match=match))[0], TASKS)
        for s, match in (
            (english.English(), "updates"),
            (half, "updates"),
            (half, "examples"),
            (mlm.OnlyMaskedLM(), "updates"),
        )
    ]

    assert [g / guessed[0] for g in guessed] == pytest.approx([1.0, 1.5, 3.0, 2.0])
