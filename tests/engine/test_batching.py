"""Updates see what the recipe and the seed say, however little fits into memory."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from xharness.engine.encoder.batching import (
    apportioned,
    in_random_order,
    micro_batches,
    shuffled_updates,
)
from xharness.engine.prediction.neighbours import nearest
from xharness.engine.training import schedule
from xharness.errors import StudyError


def test_every_pass_sees_every_window_once() -> None:
    """Five updates of four windows are two passes over ten: each window comes twice."""
    lengths = np.arange(10)
    seen = np.concatenate(list(islice(shuffled_updates(lengths, 4, seed=3), 5)))

    assert np.bincount(seen).tolist() == [2] * 10


def test_updates_have_the_batch_size_of_the_recipe() -> None:
    """Less data than a batch is repeated inside it."""
    first = next(shuffled_updates(np.array([3, 5, 7]), 8, seed=0))

    assert sorted(np.bincount(first).tolist()) == [2, 3, 3]


def test_updates_are_grouped_by_length_and_shuffled_by_seed() -> None:
    """Of 64 lengths in batches of 8, an update spans 8 neighbours; another seed, another order."""
    lengths = np.arange(64)
    one = list(islice(shuffled_updates(lengths, 8, seed=1), 8))
    same = list(islice(shuffled_updates(lengths, 8, seed=1), 8))
    other = list(islice(shuffled_updates(lengths, 8, seed=2), 8))

    assert all(np.ptp(u) == 7 for u in one)
    assert [u.tolist() for u in one] == [u.tolist() for u in same]
    assert [u.tolist() for u in one] != [u.tolist() for u in other]


def test_portions_fit_the_budget_and_lose_nothing() -> None:
    """Four windows of 10 and one of 50 tokens in portions of 25: the long one goes alone."""
    lengths = np.array([10, 50, 10, 10, 10])
    found = micro_batches(np.arange(5), lengths, tokens=25)

    assert [p.tolist() for p in found] == [[1], [0, 2], [3, 4]]


@pytest.mark.parametrize(
    ("shares", "total", "counts"),
    [
        ([3.0, 1.0], 4000, [3000, 1000]),
        # Exact parts 6.67, 2.22, 1.11: the largest remainder gets the one that is missing.
        ([6.0, 2.0, 1.0], 10, [7, 2, 1]),
        # 3.33 each: of equal remainders the first.
        ([1.0, 1.0, 1.0], 10, [4, 3, 3]),
        ([5.0, 0.0], 3, [3, 0]),
    ],
)
def test_updates_are_apportioned_exactly(
    shares: list[float], total: int, counts: list[int]
) -> None:
    """Hamilton's method, by hand."""
    assert apportioned(shares, total) == counts


def test_every_pool_gives_exactly_its_updates_in_random_order() -> None:
    """Not in blocks, and another seed has another order."""
    one, other = (list(in_random_order([300, 100], seed)) for seed in (5, 6))

    assert one.count(0) == other.count(0) == 300
    assert one != other
    assert one != sorted(one)


def test_linear_schedule_rises_to_the_peak_and_falls_to_zero() -> None:
    """Ten updates, two of them warm-up: thirds up to the peak, then eighths down."""
    found = [schedule.factor("linear", u, 10, 0.2, 0.0) for u in range(10)]

    assert found == pytest.approx([1 / 3, 2 / 3, *(n / 8 for n in range(8, 0, -1))])


def test_stable_schedule_stays_at_the_peak_until_it_decays() -> None:
    """Ten updates, two of warm-up and two of decay: the peak lies between them."""
    found = [schedule.factor("wsd", u, 10, 0.2, 0.2) for u in range(10)]

    assert found == pytest.approx([1 / 3, 2 / 3, *[1.0] * 6, 2 / 3, 1 / 3])


def test_unknown_schedule_is_refused() -> None:
    """A schedule that does not exist is named, with the nearest that does."""
    with pytest.raises(StudyError, match="'linar'; did you mean linear"):
        schedule.factor("linar", 0, 10, 0.1, 0.1)


def test_nearest_is_by_angle_and_the_first_of_equals() -> None:
    """Length does not matter; of two equal sources the earlier one is found."""
    source = np.array([[1.0, 9.0], [0.5, 0.0], [0.5, 0.0], [0.0, 7.0]], dtype=np.float32)
    target = np.array([[2.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    found = nearest(source, target, threads=1)

    assert found.tolist() == [1, 3]
