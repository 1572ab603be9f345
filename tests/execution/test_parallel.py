"""Walking a plan with several phases at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from support.store_worker import PRETRAIN, Writer, contents, plan, predict, score, train
from xharness.execution import run
from xharness.execution.parallel import Parallel
from xharness.keys import key
from xharness.phases import Phase, Predict, inputs
from xharness.store import maintenance
from xharness.store.store import Store


def walked(phases: list[Phase], workers: int = 1) -> list[Phase]:
    """Return the phases in the order in which they are begun."""
    seen: list[Phase] = []
    Parallel(workers=workers).run(phases, seen.append)
    return seen


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_phase_once_and_parents_first(workers: int) -> None:
    """However many run at once, each phase is begun once, after those it reads."""
    found = walked(plan(), workers)

    assert sorted(map(key, found)) == sorted(map(key, plan()))
    assert all(found.index(p) < found.index(f) for f in found for p in inputs(f))


def test_the_store_is_that_of_a_serial_run(tmp_path: Path) -> None:
    """Three at once publish the bytes that one after the other publishes."""
    one, three = Store(tmp_path / "one"), Store(tmp_path / "three")
    run.run(plan(), one, Writer(tmp_path / "a"), run.RunSettings(threads=1))
    settings = run.RunSettings(threads=1, executor=Parallel(workers=3))
    outcome = run.run(plan(), three, Writer(tmp_path / "b"), settings)

    assert contents(three) == contents(one)
    assert outcome.run == tuple(map(key, plan()))
    assert maintenance.verify(three) == []


def test_independent_phases_run_at_once() -> None:
    """Two trainings of one model each wait for the other to have begun."""
    both = threading.Barrier(2)

    def run_one(phase: Phase) -> None:
        if phase != PRETRAIN:
            both.wait(timeout=20)

    Parallel(workers=2).run([PRETRAIN, train(1), train(2)], run_one)

    assert not both.broken


def test_what_others_wait_for_comes_first() -> None:
    """Trainings come before predictions, and a score as soon as it can."""
    one, two = train(1), train(2)
    of_one, of_two = predict(one), predict(two)
    given: list[Phase] = [PRETRAIN, one, of_one, score(of_one), two, of_two, score(of_two)]

    assert walked(given) == [PRETRAIN, one, two, of_one, score(of_one), of_two, score(of_two)]


def test_predictions_with_weights_in_memory_come_together() -> None:
    """A thread goes on with the weights that its last prediction was made with."""
    given: list[Phase] = [PRETRAIN, train(1), train(2)]
    given += [predict(train(s), language) for language in ("en", "sw") for s in (1, 2)]
    found = [p for p in walked(given) if isinstance(p, Predict)]

    assert [p.start for p in found] == [found[0].start] * 2 + [found[2].start] * 2


def test_what_a_phase_raises_ends_the_walk() -> None:
    """An interrupt in one phase is raised to the caller, and no further phase is begun."""
    seen: list[Phase] = []

    def run_one(phase: Phase) -> None:
        seen.append(phase)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Parallel(workers=3).run(plan(), run_one)

    assert seen == [PRETRAIN]
