"""Small requests, what they are planned with, and a published plan written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from xharness import Kind, ModelSource, Role, Task
from xharness.keys import Key
from xharness.phases import Pretrain
from xharness.planning import planner
from xharness.planning.plan import Answer, Plan, TargetFacts
from xharness.planning.request import ChosenStrategy, Request
from xharness.planning.resolve import Lock, ResolvedModel, Resolver
from xharness.recipes import RecipeBook
from xharness.strategies import Arm
from xharness.testing import fake_task
from xharness_strategies.english import English
from xharness_strategies.none import NoIntermediate

MODEL = ResolvedModel(start=Pretrain(model="tiny", version=1), name="tiny", width=8, depth=2)
RECIPES = RecipeBook(
    name="quick",
    source="a test",
    fields={"learning_rate": 1e-3, "batch": 8, "epochs": 1},
    by_task={"match": {"max_length": 16}},
)
NLI = fake_task(name="nli", role=Role.INTERMEDIATE, languages=("en",))
QA = fake_task(Kind.SPAN_QA, "qa", role=Role.INTERMEDIATE, languages=("en",))
XNLI = replace(fake_task(name="xnli", languages=("en", "sw")), trains_on="nli")
TAGS = fake_task(Kind.TAGGING, "tags", languages=("en", "de"))
MATCH = fake_task(Kind.RETRIEVAL, "match", languages=("sw",))
TASKS = {t.name: t for t in (NLI, QA, XNLI, TAGS, MATCH)}


def request(targets: Sequence[Task] = (XNLI, MATCH), **changes: Any) -> Request:
    made = Request(
        suite="small",
        title="a small suite",
        model=ModelSource(name="tiny", pretrain=1),
        strategies=(
            ChosenStrategy(label="none", strategy=NoIntermediate()),
            ChosenStrategy(label="english", strategy=English()),
        ),
        arms=(Arm(tasks=("nli",)),),
        targets=tuple(targets),
        languages={t.name: t.languages for t in targets},
        seeds=(1,),
        limit_train=10,
        limit_eval=5,
        recipes=RECIPES,
    )
    return replace(made, **changes)


def build(made: Request, tasks: dict[str, Task] = TASKS) -> Plan:
    return planner.build(made, tasks, Resolver(lock=Lock()), MODEL)


def published(languages: tuple[str, ...] = ("en", "sw", "th")) -> Plan:
    """Return a plan of two rows and one target."""
    target = TargetFacts(name="nli", languages=languages, source_language="en", signature="s@1")
    answers = tuple(
        Answer(
            strategy=name,
            intermediates=arm,
            target="nli",
            language=language,
            seed=1,
            signature="s@1",
            key=Key("k"),
        )
        for name, arm in (NONE, ENGLISH)
        for language in languages
    )
    return Plan(
        suite="s", title="t", model="m", recipe="r", selection="last", limit_train=None,
        limit_eval=None, seeds=(1,), targets=(target,), answers=answers, contrasts=(),
    )  # fmt: skip


NONE, ENGLISH = ("none", "-"), ("english", "mnli")
