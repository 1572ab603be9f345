"""A finished comparison without a model: fake tasks, run into a store by a fake runner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness import Kind, Phase, Role, Task
from xharness.execution import run
from xharness.phases import Checkpoint, Predict
from xharness.planning import plan as planning
from xharness.planning import planner
from xharness.planning.plan import Plan
from xharness.planning.request import build
from xharness.planning.resolve import Lock, Resolver
from xharness.planning.settings import Settings
from xharness.plugin import registry as registries
from xharness.plugin.registry import Registry
from xharness.recipes import RecipeBook
from xharness.store.store import Store
from xharness.testing import FakeRunner, fake_task

TASKS = (
    fake_task(name="first", role=Role.INTERMEDIATE, languages=("en",)),
    fake_task(name="colours", languages=("en", "de", "sw"), rows=40),
    fake_task(Kind.TAGGING, "tags", languages=("en",), rows=40),
    fake_task(Kind.RETRIEVAL, "match", languages=("de", "sw"), rows=40),
)


def trainings(phase: Predict) -> int:
    """Return how many trainings stand before a prediction."""
    count, start = 0, phase.start
    while isinstance(start, Checkpoint):
        count, start = count + 1, start.train.start
    return count


def better_with_training(phase: Predict) -> float:
    """Return 0.4, and 0.2 more for each training; German is easier."""
    return 0.4 + 0.2 * trainings(phase) + (0.05 if phase.language == "de" else 0.0)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A plan, the store it was run into, and what ran it."""

    plan: Plan
    store: Store
    registry: Registry
    runner: FakeRunner

    @property
    def metrics(self) -> dict[str, Any]:
        """The metric of each target."""
        return {t.name: self.registry.tasks[t.name].metric for t in self.plan.targets}


def compared(
    folder: Path,
    *,
    targets: Sequence[str] = ("colours", "match"),
    seeds: Sequence[int] = (1, 2),
    fail_on: type[Phase] | None = None,
    tasks: Sequence[Task] = TASKS,
    selection: Sequence[str] = (),
    intermediates: Sequence[Sequence[str]] = (("first",),),
    skill: Callable[[Predict], float] = better_with_training,
    **recipe: Any,
) -> Compared:
    """Return a comparison of `english` with `none`, run into a store in a folder.

    Further keywords are fields of the recipe.
    """
    runner = FakeRunner(tasks=tasks, skill=skill, fail_on=fail_on)
    registry = registries.load(("fakes", runner))
    fields = {"learning_rate": 1e-3, "batch": 8, "epochs": 1, **recipe}
    settings = Settings(
        suite="small",
        suite_by_default=False,
        title="a small suite",
        model="fake-model",
        strategies=("english",),
        intermediates=tuple(tuple(arm) for arm in intermediates),
        targets=tuple(targets),
        languages=None,
        seeds=tuple(seeds),
        limit_train=None,
        limit_eval=None,
        recipes=RecipeBook(name="quick", source="a test", fields=fields),
        selection=tuple(selection),
    )
    request = build(settings, registry.offers)
    resolver = Resolver(lock=Lock())
    plan = planner.build(request, registry.tasks, resolver, resolver.model(request.model))
    store = Store(folder)
    text = planning.text(plan)
    store.save_plan(planning.digest(text), text)
    run.run(plan.phases, store, registry, run.RunSettings(threads=1))
    return Compared(plan=plan, store=store, registry=registry, runner=runner)
