"""The strategy source: whose rows stand in, how many of them, what is refused, what tables say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.fake_comparison import compared
from support.plans import MODEL, NLI, QA, RECIPES, TAGS, XNLI, request
from support.program import Command
from xharness import Kind, Role, Seq2Seq, Slice, Source, Strategy, Task, Train
from xharness.analysis import leakage
from xharness.commands import cite
from xharness.data import sources
from xharness.data.sources import Origin
from xharness.errors import DataError, StudyError
from xharness.phases import Checkpoint, Predict, describe
from xharness.planning import plan as planning
from xharness.planning import planner
from xharness.planning.plan import Plan
from xharness.planning.request import ChosenStrategy
from xharness.planning.resolve import Lock, Resolver
from xharness.report.outcome import source_lines
from xharness.strategies import Arm
from xharness.testing import assert_strategy_conforms, fake_task
from xharness_strategies.english import English
from xharness_strategies.multitask import MultiTask
from xharness_strategies.none import NoIntermediate
from xharness_strategies.source import OtherSource
from xharness_strategies.translate import TranslateRows


def counterpart(name: str, language: str, of: str = "nli", kind: Kind = NLI.kind) -> Task:
    """Return a data set of a family in one language."""
    made = fake_task(kind, name, role=Role.INTERMEDIATE, languages=(language,))
    return replace(made, counterpart_of=of)


CHINESE = counterpart("znli", "zh")
INDONESIAN = counterpart("inli", "id")
SECOND = counterpart("znli2", "zh")
QUESTIONS = counterpart("zqa", "zh", of="qa", kind=Kind.SPAN_QA)
TASKS = {t.name: t for t in (NLI, QA, XNLI, TAGS, CHINESE, INDONESIAN, QUESTIONS)}
ROWS = {"nli": 390, "znli": 50, "inli": 10, "qa": 80, "zqa": 70, "znli2": 20, "xnli": 5}
MT = Seq2Seq(name="mt", pretrain=1, style="bos", codes={"en": "e", "sw": "s"})
ZH = OtherSource(language="zh")
ID = OtherSource(language="id")


def resolver(rows: Mapping[str, int] = ROWS) -> Resolver:
    """Return a resolver that takes rows for counted."""
    return Resolver(lock=Lock(), counter=lambda task, _language, _split, _digest: rows[task.name])


def plan_of(
    *strategies: Strategy,
    arms: tuple[tuple[str, ...], ...] = (("nli",),),
    tasks: Mapping[str, Task] = TASKS,
    resolved: Resolver | None = None,
    **changes: Any,
) -> Plan:
    """Return a plan of none and some strategies on a target, without a limit of rows."""
    offered = (NoIntermediate(), *strategies)
    labels = [f"{s.name}:{s.language}" if isinstance(s, OtherSource) else s.name for s in offered]
    fields: dict[str, Any] = {
        "strategies": tuple(
            ChosenStrategy(label=label, strategy=s)
            for label, s in zip(labels, offered, strict=True)
        ),
        "arms": tuple(Arm(tasks=a) for a in arms),
        "limit_train": None,
        "translators": {"mt": MT},
        "translator": "mt",
        **changes,
    }
    made = request((XNLI,), **fields)
    return planner.build(made, tasks, resolved or resolver(), MODEL)


def limits(plan: Plan) -> dict[str, set[tuple[str, int | None]]]:
    """Return tasks and limits of their rows, by what a training is called."""
    found: dict[str, set[tuple[str, int | None]]] = {}
    for p in plan.phases:
        if isinstance(p, Train):
            found.setdefault(describe(p), set()).update((s.task, s.limit) for s in p.streams)
    return found


def test_the_strategy_conforms() -> None:
    """With a language it keeps every promise of a strategy, translated or not."""
    assert_strategy_conforms(ZH)
    assert_strategy_conforms(OtherSource(language="sw", translator="mt"))


def test_the_counterpart_is_trained_on() -> None:
    """Chinese rows are those of the Chinese counterpart; the target's own training stays."""
    trained = [describe(p) for p in plan_of(ZH).phases if isinstance(p, Train)]

    assert trained == ["train nli seed 1", "train znli seed 1", "train nli seed 1 after znli"]


def test_the_smallest_data_set_decides_for_all_strategies() -> None:
    """All take as many rows as the smallest data set has; the target's own training takes all."""
    plan = plan_of(English(), ZH, ID)

    assert limits(plan) == {
        "train nli seed 1": {("nli", 10), ("nli", None)},  # before the target, and none's target
        "train znli seed 1": {("znli", 10)},
        "train inli seed 1": {("inli", None)},  # the smallest: as in a plan without the others
        "train nli seed 1 after nli": {("nli", None)},
        "train nli seed 1 after znli": {("nli", None)},
        "train nli seed 1 after inli": {("nli", None)},
    }
    assert [(h.tasks, h.rows, h.smallest) for h in plan.held] == [
        (("nli", "znli", "inli"), 10, "inli")
    ]


def test_each_family_of_an_arm_has_its_own_number() -> None:
    """In an arm of two tasks each is compared with its own counterpart."""
    plan = plan_of(English(), ZH, arms=(("nli", "qa"),))
    (both,) = [p for p in plan.phases if isinstance(p, Train) and p.streams[0].task == "znli"]

    assert [(s.task, s.limit) for s in both.streams] == [("znli", None), ("zqa", None)]
    assert limits(plan)["train nli+qa seed 1"] == {("nli", 50), ("qa", 70)}
    assert {h.family: h.rows for h in plan.held} == {"nli": 50, "qa": 70}


def test_every_strategy_of_the_plan_is_held() -> None:
    """Mixtures and translations take no more rows than english does."""
    plan = plan_of(
        English(),
        ZH,
        MultiTask(),
        TranslateRows(languages=("sw",)),
        arms=(("nli",),),
        joined=("nli", "qa"),
    )
    streams = [
        (s.task, s.limit, s.translated.limit if s.translated else None)
        for p in plan.phases
        if isinstance(p, Train) and not isinstance(p.start, Checkpoint)
        for s in p.streams
        if s.limit is not None
    ]

    assert set(streams) == {("nli", 50, None), ("nli", 50, 50)}


@pytest.mark.parametrize(("limit", "used"), [(5, 5), (10, 10), (30, 10)])
def test_a_smaller_limit_wins(limit: int, used: int) -> None:
    """--limit-train below the smallest data set is the only limit, and nothing is said."""
    plan = plan_of(English(), ID, limit_train=limit)

    assert limits(plan)["train nli seed 1"] == {("nli", used), ("nli", limit)}
    assert limits(plan)["train nli seed 1 after inli"] == {("nli", limit)}
    assert bool(plan.held) is (limit > 10)


def test_nothing_is_counted_without_a_counterpart() -> None:
    """Plans of other strategies, or of translations alone, read no rows and keep their limits."""
    plan = plan_of(
        English(), OtherSource(language="sw", translator="mt"), resolved=Resolver(lock=Lock())
    )

    assert plan.held == ()
    assert {limit for found in limits(plan).values() for _, limit in found} == {None}


def test_arms_of_one_family_are_not_held_by_themselves() -> None:
    """Two data sets of a family as two arms of english are the user's own choice."""
    plan = plan_of(English(), arms=(("nli",), ("znli",)), resolved=Resolver(lock=Lock()))

    assert (plan.held, plan.sourced) == ((), ())


def test_a_counterpart_of_a_counterpart_is_in_its_family() -> None:
    """From the Chinese data set, English and Indonesian ones are counterparts too."""
    plan = plan_of(OtherSource(language="en"), ID, arms=(("znli",),))

    assert [(s.task, s.rows) for s in plan.sourced] == [("znli", "nli"), ("znli", "inli")]


def test_rows_are_counted_once() -> None:
    """What a count took reading for is locked with the digest of the data."""
    asked: list[str] = []

    def counter(task: Task, language: str, split: str, digest: str) -> int:
        asked.append(f"{task.name} {language} {split} {digest}")
        return ROWS[task.name]

    lock = Lock()
    plan_of(English(), ZH, resolved=Resolver(lock=lock, counter=counter))
    plan_of(English(), ZH, resolved=Resolver(lock=Lock(known=lock.new), counter=counter))

    assert asked == [
        "nli en train generated:fake/nli@1",
        "znli zh train generated:fake/znli@1",
    ]


def test_a_resolver_that_cannot_read_refuses_to_count() -> None:
    """Without what reads rows, a number is never guessed."""
    with pytest.raises(DataError, match="nli: its rows in en can be counted only where"):
        plan_of(English(), ZH, resolved=Resolver(lock=Lock()))


def test_a_counterpart_has_its_familys_recipe() -> None:
    """What the recipe says of the English task holds for its counterpart, its own fields first."""
    book = replace(
        RECIPES,
        by_task={"nli": {"batch": 4, "max_length": 32}},
        overrides_by_task={"nli": {"epochs": 3}, "inli": {"batch": 2}},
    )
    found = {
        p.streams[0].task: (p.recipe.batch, p.streams[0].max_length, p.recipe.epochs)
        for p in plan_of(ZH, ID, recipes=book).phases
        if isinstance(p, Train) and not isinstance(p.start, Checkpoint)
    }

    assert found["znli"] == (4, 32, 3.0)
    assert found["inli"] == (2, 32, 3.0)


def test_checkpoints_are_chosen_on_the_counterparts_own_rows() -> None:
    """The development rows are those of what was trained on, in its language."""
    book = replace(RECIPES, overrides={"keep": 2}, selection="english-dev")
    plan = plan_of(ZH, recipes=book)
    found = {describe(p) for p in plan.phases if isinstance(p, Predict) and p.split == "dev"}

    assert "predict znli zh dev after znli" in found


def test_all_rows_are_translated_into_one_language() -> None:
    """With a translator the English rows are used whole, in the one language."""
    plan = plan_of(OtherSource(language="sw", translator="mt", beams=4))
    (stream,) = [s for p in plan.phases if isinstance(p, Train) for s in p.streams if s.translated]

    assert stream.translated is not None
    assert (stream.languages, stream.part, stream.limit) == (("sw",), (0, 1), None)
    assert (stream.translated.into, stream.translated.beams) == ("sw", 4)


def test_lines_tell_real_rows_from_translated_ones() -> None:
    """Below the table stand what was used, how it came to be, and how much of it."""
    plan = plan_of(
        English(), ZH, OtherSource(language="sw", translator="mt"), TranslateRows(languages=("sw",))
    )

    assert source_lines(plan) == [
        "source:zh: znli in place of nli, real rows in zh.",
        "source:sw: nli in sw, machine-translated by mt.",
        "Equal data: nli, znli give 50 training rows each, as many as znli has.",
    ]


def test_a_plan_is_read_back_with_its_sources() -> None:
    """What is published of a plan holds the lines below its table."""
    plan = plan_of(English(), ZH)
    found = planning.read(planning.text(plan))

    assert (found.sourced, found.held) == (plan.sourced, plan.held)


def test_chinese_rows_are_no_rows_of_the_english_task() -> None:
    """Only the arm whose rows the target is trained on has same-data supervision."""
    plan = plan_of(English(), ZH)

    assert set(leakage.find(plan, TASKS).cells) == {("english", "nli", "xnli")}


@pytest.mark.parametrize(
    ("strategy", "arm", "problem"),
    [
        (
            OtherSource(language="sv"),
            ("nli",),
            (
                "language: nli has no counterpart in 'sv'; there are zh (znli), id (inli), "
                "zh (znli2); translated rows are source:language=sv:translator=NAME"
            ),
        ),
        (
            OtherSource(),
            ("nli",),
            "language: missing; nli has counterparts in zh (znli), id (inli), zh (znli2)",
        ),
        (
            OtherSource(language="en"),
            ("nli",),
            "language: nli is in en itself, as in `english`; others: zh (znli)",
        ),
        (
            ZH,
            ("nli",),
            "task: nli in zh may be znli, znli2; write source:language=zh:task=znli",
        ),
        (
            OtherSource(language="zh", task=("zqa",)),
            ("nli",),
            "task: nli in zh may be znli, znli2; write source:language=zh:task=znli",
        ),
        (
            OtherSource(language="zh", task=("znlli",)),
            ("nli",),
            "task: no counterpart is called 'znlli'; did you mean znli or znli2?",
        ),
        (
            ZH,
            ("words",),
            (
                "words: has no counterpart in another language; those with one are nli, qa; "
                "translated rows are source:language=CODE:translator=NAME"
            ),
        ),
    ],
)
def test_what_there_is_not_is_refused(
    strategy: OtherSource, arm: tuple[str, ...], problem: str
) -> None:
    """An error says what is wrong, and what there is."""
    words = fake_task(Kind.TAGGING, "words", role=Role.INTERMEDIATE, languages=("en",))
    tasks = {**TASKS, "znli2": SECOND, "words": words}

    with pytest.raises(StudyError) as error:
        plan_of(strategy, arms=(arm,), tasks=tasks)
    assert any(problem in p for p in error.value.problems), error.value.problems


def test_all_problems_of_an_arm_come_at_once() -> None:
    """An arm of two tasks without the language has two lines."""
    with pytest.raises(StudyError) as error:
        plan_of(OtherSource(language="sv"), arms=(("nli", "qa"),))
    assert len(error.value.problems) == 2


def test_a_named_one_of_several_is_taken() -> None:
    """Where a language has two data sets, `task` decides."""
    tasks = {**TASKS, "znli2": SECOND}
    plan = plan_of(OtherSource(language="zh", task=("znli2",)), tasks=tasks)

    assert [s.rows for s in plan.sourced] == ["znli2"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("source:language=zh:translator=mt:task=znli", "source:task: has no meaning with"),
        ("source:language=zh:beams=4", "source:beams: 4 has no meaning without translator=NAME"),
        ("source:langauge=zh", "source has no parameter 'langauge'; did you mean language?"),
        ("source:language=zh", "first: has no counterpart in another language"),
    ],
)
def test_the_program_refuses(compare: Command, given: str, problem: str) -> None:
    """A wrong parameter, or a task without counterparts, ends with status 2 and one message."""
    ran = compare("--strategies", given)

    assert ran.status == 2
    assert ran.out == ""
    assert problem in ran.said
    assert "Traceback" not in ran.err


PLUGIN = """
from dataclasses import replace

from xharness import Role
from xharness.testing import FakeRunner, fake_task

FIRST = fake_task(name="first", role=Role.INTERMEDIATE, languages=("en",), rows=12)
ZWEITE = fake_task(name="zweite", role=Role.INTERMEDIATE, languages=("de",), rows=9)
RUNNER = FakeRunner(
    tasks=[
        FIRST,
        replace(ZWEITE, counterpart_of="first"),
        fake_task(name="colours", languages=("en", "de")),
    ]
)
xharness_tasks = RUNNER.xharness_tasks
xharness_models = RUNNER.xharness_models
xharness_run_phase = RUNNER.xharness_run_phase
"""


def test_a_package_adds_a_language(xharness: Command, tmp_path: Path) -> None:
    """A task of somebody's own that names its counterpart is all it takes; tables say so."""
    plugin = tmp_path / "german.py"
    plugin.write_text(PLUGIN, "utf-8")
    given = (
        *("--plugin", plugin, "--suite", "xtreme", "--model", "fake-model", "--targets", "colours"),
        *("--intermediates", "first", "--strategies", "english,source:language=de"),
    )
    shown = xharness("plan", *given, "--store", tmp_path / "store")
    stored = (*given, "--store", tmp_path / "store")
    ran = xharness("compare", *stored, "--details", COLUMNS="200")
    found = xharness("compare", *given, "--store", tmp_path / "store", "--json")
    again = xharness("leaderboard", "--store", tmp_path / "store", "--plugin", plugin, "--details")

    lines = (
        "source:language=de: zweite in place of first, real rows in de.",
        "Equal data: first, zweite give 9 training rows each, as many as zweite has.",
    )
    assert ran.status == 0, ran.err
    for printed in (shown, ran, again):
        flat = " ".join(printed.out.split())
        assert all(line in flat for line in lines), flat
    assert found.json["held"] == [
        {
            "family": "first",
            "tasks": ["first", "zweite"],
            "rows": 9,
            "smallest": "zweite",
            "cut": ["first"],
        }
    ]
    assert [s["rows"] for s in found.json["sourced"]] == ["zweite"]


def test_what_was_trained_on_is_cited(tmp_path: Path) -> None:
    """The bibliography of a comparison has the data set that stood in."""
    done = compared(tmp_path / "store")
    found = planning.read(planning.text(plan_of(ZH)))
    source = replace(CHINESE.sources[0], citation="@misc{znli, title = {Z}}")
    known = {**done.registry.tasks, **TASKS, "znli": replace(CHINESE, sources=(source,))}

    offers = replace(done.registry.offers, tasks=known)
    cited = cite.of_plan(found, None, offers)
    assert "@misc{znli, title = {Z}}" in cited.entries


def test_a_loading_script_is_never_run(tmp_path: Path) -> None:
    """A repository that holds code in place of rows is refused, with what helps."""
    folder = tmp_path / "somebody" / "nli"
    folder.mkdir(parents=True)
    (folder / "nli.py").write_text("raise SystemExit('was run')\n", "utf-8")
    source = Source(path="somebody/nli", columns=("premise",), licence="-")
    origin = Origin(data_root=tmp_path, offline=True, digest="sha256:none")

    with pytest.raises(DataError, match="holds a loading script, which is never run; give a fold"):
        sources.rows(source, Slice(config="default", split="train"), "zh", None, origin)
