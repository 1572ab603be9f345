"""What phases are expected to take: measured where it can be, and said to be a guess elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from support.store_worker import PRETRAIN, predict, score, train
from xharness.phases import Phase, Train
from xharness.planning import cost
from xharness.planning.cost import Expected
from xharness.store.store import Store
from xharness.testing import fake_task
from xharness.tuning import Tuning

TASKS = {"nli": fake_task(name="nli")}


def longer(phase: Train) -> Train:
    """Return a training of twice the epochs, which none in the store is like."""
    return replace(phase, recipe=replace(phase.recipe, epochs=2.0))


def took(store: Store, phase: Phase, seconds: float) -> None:
    """Put a phase that took so long into a store."""
    with store.publishing(phase) as building:
        assert building is not None
        (building.out / "provenance.json").write_text(json.dumps({"seconds": seconds}), "utf-8")


def test_a_phase_like_it_tells_most(tmp_path: Path) -> None:
    """The mean of trainings on the same task is expected of the next seed."""
    store, trainings = Store(tmp_path), [train(1), train(2), train(3)]
    took(store, trainings[0], 4)
    took(store, trainings[1], 6)
    expected = cost.estimator(trainings, TASKS, store)

    assert expected(trainings[2]) == Expected(seconds=5, measured=True)


def test_other_phases_scale_the_guess(tmp_path: Path) -> None:
    """What trainings took against the guess is expected of longer ones and of predictions too."""
    store, done = Store(tmp_path), train(1)
    took(store, done, cost.guess(done, TASKS) / 10)
    phases: list[Phase] = [done, longer(done), predict(done)]
    expected = cost.estimator(phases, TASKS, store)

    for phase in phases[1:]:
        assert expected(phase).seconds == pytest.approx(cost.guess(phase, TASKS) / 10)
        assert expected(phase).measured


def test_without_measurements_it_is_a_guess(tmp_path: Path) -> None:
    """A guess goes by the size of the encoder and is called one; scores take hardly any time."""
    done = train(1)
    expected = cost.estimator([done], TASKS, Store(tmp_path), cost.relative(768, 12))

    assert expected(done) == Expected(seconds=4 * cost.guess(done, TASKS), measured=False)
    assert not expected(PRETRAIN).measured
    assert expected(score(predict(done))).measured


@pytest.mark.parametrize(
    ("width", "depth", "size"), [(384, 12, 1.0), (1024, 24, 128 / 9), (64, 2, 0.1)]
)
def test_sizes(width: int, depth: int, size: float) -> None:
    """XLM-R large against MiniLM is (1024 / 384)² · 2; the smallest cost a tenth."""
    assert cost.relative(width, depth) == pytest.approx(size)


def test_steps_are_what_a_training_of_steps_takes() -> None:
    """Two epochs of 10 rows in batches of 5 are 4 updates, so they are guessed to take as long."""
    done = train(1)
    stream = replace(done.streams[0], limit=10)
    by_epochs, by_steps = (
        replace(done, streams=(stream,), recipe=replace(done.recipe, batch=5, **length))
        for length in ({"epochs": 2.0, "steps": None}, {"epochs": None, "steps": 4})
    )

    assert cost.guess(by_steps, TASKS) == pytest.approx(cost.guess(by_epochs, TASKS))


def test_half_of_the_rows_is_like_no_whole_training(tmp_path: Path) -> None:
    """What a training on all rows took is scaled for a half, and for another way of tuning."""
    store, done = Store(tmp_path), train(1)
    half = replace(done, streams=(replace(done.streams[0], part=(0, 2)),))
    tuned = replace(done, tuning=Tuning(method="frozen", version=1))
    took(store, done, 10)
    expected = cost.estimator([done, half, tuned], TASKS, store)

    assert expected(half).seconds == pytest.approx(5)
    assert expected(tuned).seconds == pytest.approx(10)
    assert expected(replace(half, seed=2)) == expected(half)
