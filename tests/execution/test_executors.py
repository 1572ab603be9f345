"""An executor of a plugin is held to its promises, and its own errors are told from ours."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from xharness import Phase, Pretrain
from xharness.errors import PluginError, StoreError
from xharness.execution.executors import run_all

PHASES = [Pretrain(model="a", version=1), Pretrain(model="b", version=1)]
Run = Callable[[Iterable[Any], Callable[[Any], None]], object]


def error() -> None:
    """Raise."""
    raise KeyError("queue")


def executor(run: Run) -> Any:
    """Return an executor."""
    return SimpleNamespace(name="slurm", run=run)


def test_every_phase_is_run_once() -> None:
    """An executor may run phases in any order that it likes."""
    seen: list[Phase] = []
    run_all(executor(lambda ready, one: [one(p) for p in [*ready][::-1]]), PHASES, seen.append)

    assert seen == PHASES[::-1]


@pytest.mark.parametrize(
    ("run", "problem"),
    [
        (lambda *_: error(), "executor slurm: fails with KeyError: 'queue'"),
        (lambda *_: sys.exit(1), "executor slurm: fails with SystemExit: 1"),
        (lambda *_: None, "executor slurm: has run 0 of 2 phases; all would be right"),
        (lambda ready, one: one(ready[0]), "has run 1 of 2 phases; all would be right"),
        (lambda _, one: one(3), "runs 3, which is no phase of the plan"),
        (lambda ready, one: [one(ready[0]), one(ready[0])], "or was run before"),
    ],
)
def test_a_broken_promise_is_named(run: Run, problem: str) -> None:
    """The message has the executor and says that what finished is kept."""
    with pytest.raises(PluginError) as caught:
        run_all(executor(run), PHASES, lambda _: None)

    assert problem in str(caught.value)
    assert "what finished is kept" in str(caught.value)


@pytest.mark.parametrize("raised", [ValueError("ours"), StoreError("full"), KeyboardInterrupt()])
def test_what_a_phase_raises_ends_the_run_as_it_is(raised: BaseException) -> None:
    """An error that passes through an executor is not taken for its own."""

    def fail(phase: Phase) -> None:
        raise raised

    with pytest.raises(type(raised)) as caught:
        run_all(executor(lambda ready, one: [one(p) for p in ready]), PHASES, fail)

    assert caught.value is raised
