"""Checks that an executor runs every phase once, after those that it reads."""

from __future__ import annotations

from collections.abc import Iterator

from xharness.errors import PluginError
from xharness.execution.executors import run_all
from xharness.keys import Key, key
from xharness.phases import (
    Checkpoint,
    Phase,
    Predict,
    Pretrain,
    Recipe,
    Score,
    Stream,
    Train,
    inputs,
)
from xharness.plugin.hooks import Executor
from xharness.testing.promises import admitted, refuse


def assert_executor_conforms(executor: Executor) -> None:
    """Let an executor run a small plan, and one whose run has to end.

    Phases are not really run: `run_one` only notes which phase it is given.

    Raises:
        AssertionError: If it breaks a promise; names every problem.
    """
    problems = admitted("executor", executor) or [*_in_order(executor), *_ends(executor)]
    refuse("executor", executor, problems)


def plan() -> tuple[Phase, ...]:
    """Return phases, parents first: two chains of trainings from one model, and their scores."""
    model = Pretrain(model="fake-model", version=1)
    phases: list[Phase] = [model]
    recipe = Recipe(learning_rate=1e-3, batch=2, steps=2)
    for seed in (1, 2):
        stream = Stream(task="fake", version=1, data="fake", languages=("en",))
        first = Train(start=model, streams=(stream,), recipe=recipe, seed=seed)
        last = Train(start=Checkpoint(train=first), streams=(stream,), recipe=recipe, seed=seed)
        predicted = Predict(
            start=Checkpoint(train=last),
            task="fake",
            version=1,
            data="fake",
            language="en",
            split="test",
        )
        phases += [first, last, predicted, Score(predictions=predicted, metric="accuracy@1")]
    return tuple(phases)


def _in_order(executor: Executor) -> Iterator[str]:
    """Yield what is wrong with how a plan is run."""
    done: set[Key] = set()
    early: list[str] = []

    def run_one(phase: Phase) -> None:
        if any(key(parent) not in done for parent in inputs(phase)):
            early.append(type(phase).__name__)
        done.add(key(phase))

    try:
        run_all(executor, plan(), run_one)
    except PluginError as wrong:
        yield f"run: {wrong}"
    if early:
        yield f"run: runs a {early[0]} before a phase that it reads; afterwards would be right"


def _ends(executor: Executor) -> Iterator[str]:
    """Yield what is wrong with how an executor ends when `run_one` raises."""
    calls: list[Phase] = []

    def run_one(phase: Phase) -> None:
        calls.append(phase)
        raise KeyboardInterrupt

    try:
        run_all(executor, plan(), run_one)
    except KeyboardInterrupt:
        return
    except PluginError:
        pass
    yield (
        f"run: goes on after run_one has raised KeyboardInterrupt ({len(calls)} calls); "
        "to let it pass would be right"
    )
