"""Two trained models: exact numbers by hand, resampled ones against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as reference

from support.stats_arms import sample, share
from xharness.stats import mcnemar, paired_bootstrap, randomisation


@pytest.mark.parametrize(
    ("only_ours", "only_theirs", "p"),
    [(8, 1, 20 / 512), (1, 8, 20 / 512), (3, 3, 1.0), (0, 0, 1.0), (5, 0, 2 / 32)],
)
def test_mcnemar_by_hand(only_ours: int, only_theirs: int, p: float) -> None:
    """Twice the binomial tail: of 9 that differ at most 1, (1 + 9) / 512 on each side."""
    ours = [True] * only_ours + [False] * only_theirs + [True] * 20 + [False] * 4
    theirs = [False] * only_ours + [True] * only_theirs + [True] * 20 + [False] * 4
    found = mcnemar(ours, theirs)

    assert (found.only_ours, found.only_theirs) == (only_ours, only_theirs)
    assert found.p == pytest.approx(p)


def test_mcnemar_is_the_sign_test() -> None:
    """30 against 15 items have the p of scipy's two-sided binomial test."""
    found = mcnemar([True] * 30 + [False] * 15, [False] * 30 + [True] * 15)

    assert found.p == pytest.approx(reference.binomtest(30, 45).pvalue)


def test_other_items_are_refused() -> None:
    """Lists of different lengths are not the same items."""
    with pytest.raises(ValueError, match=r"shorter|longer"):
        mcnemar([True], [True, False])


def test_bootstrap_interval_is_scipys() -> None:
    """The ends are those of scipy's paired percentile bootstrap, to a tenth of the width."""
    rng = np.random.default_rng(1)
    ours, theirs = rng.random(80) + 0.1, rng.random(80)
    found = paired_bootstrap([sample(ours)], [sample(theirs)], score=share, seed=0)
    expected = reference.bootstrap(
        (100 * (ours - theirs),), np.mean, method="percentile", rng=2
    ).confidence_interval
    width = expected.high - expected.low

    assert found.difference == pytest.approx(100 * (ours - theirs).mean())
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=width / 10)


def test_bootstrap_draws_clusters() -> None:
    """Ten copies of each item say no more than one: the interval stays as wide."""
    rng = np.random.default_rng(2)
    ours, theirs = rng.random(40), rng.random(40)
    codes = np.repeat(np.arange(40), 10).tolist()
    once = paired_bootstrap([sample(ours)], [sample(theirs)], score=share, seed=0)
    copied = paired_bootstrap(
        [sample(np.repeat(ours, 10), codes)],
        [sample(np.repeat(theirs, 10), codes)],
        score=share,
        seed=0,
    )

    assert (copied.low, copied.high, copied.p) == pytest.approx((once.low, once.high, once.p))


def test_randomisation_by_hand() -> None:
    """Ours is ahead on all of 4 clusters: only 2 of the 16 swaps are as extreme, p = 1/8.

    5,000 rounds have a standard error of 0.005.
    """
    found = randomisation(
        [sample([1, 1, 1, 1])], [sample([0, 0, 0, 0])], score=share, seed=0, rounds=5000
    )

    assert found.difference == pytest.approx(100)
    assert found.p == pytest.approx(1 / 8, abs=0.02)
    assert (found.low, found.high) == (None, None)


def test_randomisation_swaps_all_languages_at_once() -> None:
    """The same answers in a second language leave p as it is."""
    ours, theirs = sample([1, 1, 1, 0, 1, 1]), sample([0, 1, 0, 1, 0, 0])
    once = randomisation([ours], [theirs], score=share, seed=3)
    twice = randomisation([ours] * 2, [theirs] * 2, score=share, seed=3)

    assert twice == once


def test_a_model_does_not_differ_from_itself() -> None:
    """The same answers have a difference of zero and p of one in both tests."""
    same = [sample([1, 0, 1, 1, 0])]
    boot = paired_bootstrap(same, same, score=share, seed=0)
    swapped = randomisation(same, same, score=share, seed=0)

    assert (boot.difference, boot.p, boot.low, boot.high) == (0, 1, 0, 0)
    assert (swapped.difference, swapped.p) == (0, 1)


def test_one_cluster_is_not_estimable() -> None:
    """Items from one passage have a difference and no test."""
    ours, theirs = [sample([1, 1], [7, 7])], [sample([0, 1], [7, 7])]
    boot = paired_bootstrap(ours, theirs, score=share, seed=0)
    swapped = randomisation(ours, theirs, score=share, seed=0)

    assert (boot.difference, boot.p, boot.low) == (50, None, None)
    assert (swapped.difference, swapped.p) == (50, None)
