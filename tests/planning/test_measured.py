"""What a calibration says of a plan: every expected number here is added up by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from support.store_worker import PRETRAIN, predict, score, train
from xharness.phases import Phase, Recipe
from xharness.planning import cost, measured, workload
from xharness.planning.cost import Cost
from xharness.planning.measured import Calibration, Speed, line
from xharness.store.store import Store
from xharness.testing import fake_task

TASKS = {"nli": fake_task(name="nli")}  # does not say how many rows, so 1,000 are expected

FOUND = Calibration(
    speeds={
        "train nli, windows of 128 in batches of 8": Speed(
            fixed=2, per_row=0.01, tokens=40, fixed_bytes=5_000
        ),
        "predict nli, windows of 128": Speed(
            fixed=0.5, per_row=0.002, first=0.001, fixed_bytes=100, row_bytes=2
        ),
        "score nli": Speed(fixed=0.25),
        "pretrain tiny": Speed(fixed=1),
    },
    workers=1,
    opening=4,
    network=3,
    worker_bytes=500,
    caller_bytes=50,
    when="2026-11-27",
)


def costs(store: Path, phases: Sequence[Phase], found: Calibration = FOUND) -> Cost:
    """Return the expected times of phases, none of which was run."""
    return cost.estimator(phases, TASKS, Store(store), calibration=found)


def test_each_phase_has_its_fixed_part_and_its_rows(tmp_path: Path) -> None:
    """A training 2 + 1,000 · 0.01 s; a score 0.25 s; making the encoder 1 s."""
    phases: list[Phase] = [PRETRAIN, train(1), predict(train(1)), score(predict(train(1)))]
    expected = costs(tmp_path, phases)

    assert [expected(phases[n]).seconds for n in (0, 1, 3)] == pytest.approx([1, 12, 0.25])
    assert all(expected(phase).measured for phase in phases)


def test_a_network_is_opened_once_and_rows_are_read_once_in_each_worker(tmp_path: Path) -> None:
    """Rows 0.5 + 1,000 · 0.002 s, read first 1 s more, with a new network 3 s more."""
    one, two, three = train(1), train(2), train(3)
    predictions = [predict(one, "en"), predict(one, "sw"), predict(two, "en"), predict(three, "en")]
    alone = costs(tmp_path, predictions)
    in_two = costs(tmp_path, predictions, replace(FOUND, workers=2))

    assert [alone(p).seconds for p in predictions] == pytest.approx([6.5, 3.5, 5.5, 5.5])
    assert [in_two(p).seconds for p in predictions] == pytest.approx([6.5, 3.5, 6.5, 5.5])


def test_an_unmeasured_stream_goes_by_the_tokens_of_the_measured_one(tmp_path: Path) -> None:
    """Rows of 128 tokens of text take 3.2 times as long as sentence pairs of 40."""
    text = replace(train().streams[0], task="text", share=0.5)
    mixed = replace(train(), streams=(*train().streams, text), budget="updates")
    tasks = {**TASKS, "text": fake_task(name="text")}
    usual = workload.tokens_of_row(tasks["text"], 128) / 40
    expected = cost.estimator([mixed], tasks, Store(tmp_path), calibration=FOUND)

    # Half of 1,000 rows are of each stream.
    assert expected(mixed).seconds == pytest.approx(2 + 500 * 0.01 + 500 * 0.01 * usual)


def test_a_task_that_was_not_measured_goes_by_the_measured_ones(tmp_path: Path) -> None:
    """A training of the measured task takes 12 s; another with half the rows half of that."""
    stream = replace(train().streams[0], task="other", limit=500)
    other = replace(train(), streams=(stream,))
    tasks = {**TASKS, "other": fake_task(name="other")}
    phases = [train(), other]
    expected = cost.estimator(phases, tasks, Store(tmp_path), calibration=FOUND)

    assert expected(other).seconds == pytest.approx(6)
    assert expected(other).measured


def test_workers_share_the_work_but_no_chain_is_shorter_than_its_phases(tmp_path: Path) -> None:
    """Trainings of 12 s: two in two workers end after 4 + 12 s; a chain needs 4 + 12 + 6.5 s."""
    trainings = [train(1), train(2)]
    chain: list[Phase] = [train(1), predict(train(1))]

    assert cost.wall(trainings, costs(tmp_path, trainings), 2, FOUND) == pytest.approx(16)
    assert cost.wall(trainings, costs(tmp_path, trainings), 1, FOUND) == pytest.approx(28)
    assert cost.wall(chain, costs(tmp_path, chain), 8, FOUND) == pytest.approx(22.5)
    assert cost.wall([], costs(tmp_path, []), 8, FOUND) == 0


def test_disk_counts_every_kept_checkpoint_and_the_rows_of_predictions() -> None:
    """Three checkpoints of 5,000 bytes; 100 bytes and 1,000 rows of 2."""
    keeping = replace(train(), recipe=replace(train().recipe, keep=3))

    assert cost.disk(keeping, 9, TASKS, FOUND) == 15_000
    assert cost.disk(predict(train()), 9, TASKS, FOUND) == 2_100
    assert cost.disk(keeping, 9, TASKS) == 27  # without a calibration: the model's weights


def test_memory_is_that_of_the_caller_and_of_each_worker(tmp_path: Path) -> None:
    """50 bytes and three times 500; not known where the system does not tell."""
    phases = [train(1)]
    expected = costs(tmp_path, phases)
    untold = replace(FOUND, worker_bytes=0)

    assert cost.left(phases, expected, lambda _: 0, 3, FOUND).memory == 1_550
    assert cost.left(phases, expected, lambda _: 0, 3, untold).memory is None


def test_steps_decide_how_many_rows_are_trained_on() -> None:
    """Ten updates of 8 rows are 80; at least 200 updates are 1,600 of 1,000 rows."""
    steps = replace(train(), recipe=Recipe(learning_rate=1e-3, batch=8, steps=10))
    repeated = replace(train(), recipe=replace(train().recipe, steps_at_least=200))

    assert workload.rows_of(steps, TASKS) == 80
    assert workload.rows_of(repeated, TASKS) == 1_600


@pytest.mark.parametrize(
    ("few", "many", "found"),
    [
        ((10, 2.0), (110, 12.0), (1.0, 0.1)),
        ((10, 5.0), (20, 4.0), (0.0, 0.2)),  # noise: more rows took less
        ((10, 1.0), (20, 4.0), (0.0, 0.2)),  # noise: without rows it would take -2
        ((10, 2.0), (10, 3.0), (3.0, 0.0)),
    ],
)
def test_a_line_through_two_measurements_meets_the_larger_and_has_no_part_below_zero(
    few: tuple[float, float], many: tuple[float, float], found: tuple[float, float]
) -> None:
    """(12 - 2) s for 100 rows more is 0.1 s a row, so 1 s is fixed; noise counts as of the rows."""
    assert line(few, many) == pytest.approx(found)


def test_a_calibration_is_read_back_as_it_was_kept(tmp_path: Path) -> None:
    """The store keeps one under each name, the later in place of the earlier."""
    store = Store(tmp_path)
    store.save_calibration("a", measured.text(replace(FOUND, opening=1)))
    store.save_calibration("a", measured.text(FOUND))
    kept = store.calibration("a")

    assert kept is not None
    assert measured.read(kept) == FOUND
    assert store.calibration("b") is None
