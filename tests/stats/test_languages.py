"""Groups of languages, and languages as a sample, by hand and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as reference

from support.stats_arms import flat, sample, share
from xharness.stats import (
    Drawn,
    between_groups,
    between_languages,
    draw,
    sampled,
    sampled_between,
)

GAINS = (0.0, 2.0, 4.0, 6.0)
"""Of a strategy in four languages, in points."""


def gaining(gains: tuple[float, ...], seeds: int = 2) -> tuple[Drawn, Drawn]:
    """Return two arms with seeds and items alike, the first ahead by this in each language."""
    return (
        flat(*[[50 + gain for gain in gains]] * seeds),
        flat(*[[50.0] * len(gains)] * seeds),
    )


def test_difference_in_differences_by_hand() -> None:
    """(62 - 50) - (50 - 45) = 7; seeds 10 and 14 apart: error 2 with 1 degree, t = 12.706."""
    found = between_groups(flat([60, 50], [64, 50]), flat([50, 45], [50, 45]), [0], [1])

    assert found.difference == pytest.approx(7)
    assert found.degrees == pytest.approx(1)
    assert (found.low, found.high) == pytest.approx((7 - 25.4124, 7 + 25.4124), abs=1e-3)


def test_groups_are_means_of_their_languages() -> None:
    """Gains of 4 and 6 against one of 2: (4 + 6) / 2 - 2 = 3; the first language is in neither."""
    found = between_groups(*gaining(GAINS), [2, 3], [1])

    assert found.difference == pytest.approx(3)


@pytest.mark.parametrize(("one", "other"), [([], [1]), ([0], []), ([0, 1], [1])])
def test_groups_must_be_apart(one: list[int], other: list[int]) -> None:
    """A group without languages, or two that share one, cannot be compared."""
    with pytest.raises(ValueError, match="two groups"):
        between_groups(*gaining(GAINS), one, other)


def test_equal_families_are_a_t_test_of_their_gains() -> None:
    """Where nothing else varies, the interval over families is scipy's one-sample t interval."""
    found = sampled(*gaining(GAINS), ["a", "b", "c", "d"])
    expected = reference.ttest_1samp(GAINS, 0)

    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))
    assert (found.p, found.degrees) == pytest.approx((expected.pvalue, 3))


def test_families_are_one_observation_each() -> None:
    """A second language that gains like its relative adds nothing."""
    once = sampled(*gaining(GAINS), list("abcd"))
    twice = sampled(*gaining(tuple(np.repeat(GAINS, 2).tolist())), list("aabbccdd"))

    assert (twice.low, twice.high, twice.p) == pytest.approx((once.low, once.high, once.p))


def test_unequal_families_by_hand() -> None:
    """Half the languages are one family: the sum of squares, 3.5, counts twice; error sqrt(7).

    Shares 1/2, 1/6, 1/6, 1/6 have squares that sum to 1/3 and cubes to 5/36, so the factor is
    1/3 / (1/3 - 2 * 5/36 + 1/9) = 2.
    """
    found = sampled(*gaining((0.0, 0.0, 0.0, 3.0, 6.0, 9.0)), list("aaabcd"))

    assert found.difference == pytest.approx(3)
    assert found.error == pytest.approx(7**0.5)
    assert found.degrees is not None
    assert 1 < found.degrees < 3


@pytest.mark.parametrize(
    ("families", "seeds"), [("aabc", 2), ("abcd", 1)], ids=["3 families", "one seed"]
)
def test_too_little_is_not_estimable(families: str, seeds: int) -> None:
    """With fewer than four families, or one seed, there is a difference and no interval."""
    found = sampled(*gaining(GAINS, seeds), list(families))

    assert found.difference == pytest.approx(3)
    assert (found.low, found.high, found.p) == (None, None, None)


def test_every_language_needs_a_family() -> None:
    """Families are given per language."""
    with pytest.raises(ValueError, match="4 families"):
        sampled(*gaining(GAINS), ["a", "b"])


def test_seeds_and_items_widen_it() -> None:
    """What seeds and items add to the variance is counted beside the families."""
    rng = np.random.default_rng(5)
    arms = [
        [
            [sample((rng.random(60) < 0.5 + gain / 100).astype(float)) for gain in gains]
            for _ in range(3)
        ]
        for gains in (GAINS, (0.0,) * 4)
    ]
    ours, theirs = (draw(arm, score=share, seed=1) for arm in arms)
    found = sampled(ours, theirs, list("abcd"))

    assert found.parts is not None
    assert found.parts.languages is not None
    assert found.error is not None
    assert found.error**2 == pytest.approx(sum(c.variance for c in found.parts.all()))
    assert min(s.variance for s in found.parts.seeds) > 0


def test_how_far_languages_are_apart_by_hand() -> None:
    """Source less the mean of two: 80 - 50 = 30 and 84 - 50 = 34; mean 32, error 2, t = 12.706."""
    found = between_languages(flat([80, 40, 60], [84, 45, 55]), [0], [1, 2])

    assert found.mean == pytest.approx(32)
    assert (found.low, found.high) == pytest.approx((32 - 25.4124, 32 + 25.4124), abs=1e-3)


def test_two_groups_of_families_are_welchs_test() -> None:
    """Where nothing else varies, two groups of single families are scipy's unequal-variance t."""
    one, other = (0.0, 2.0, 4.0, 6.0), (1.0, 1.0, 5.0, 9.0, 4.0)
    arms = gaining((*one, *other))
    found = sampled_between(
        *arms, dict(enumerate("abcd")), {4 + i: f for i, f in enumerate("efghi")}
    )
    expected = reference.ttest_ind(one, other, equal_var=False)
    interval = expected.confidence_interval()

    assert found.difference == pytest.approx(-1)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert (found.p, found.degrees) == pytest.approx((expected.pvalue, expected.df))


def test_a_group_without_families_stays_fixed() -> None:
    """With the source fixed at a gain of 1, the interval is that of the others' gains alone."""
    found = sampled_between(*gaining((1.0, *GAINS)), {0: None}, dict(enumerate("abcd", start=1)))
    expected = reference.ttest_1samp(GAINS, 0).confidence_interval()

    assert (found.low, found.high) == pytest.approx((1 - expected.high, 1 - expected.low))


@pytest.mark.parametrize(
    ("other", "seeds"), [("efg", 2), ("eefg", 2), ("efgh", 1)], ids=["3", "3 families", "one seed"]
)
def test_two_groups_need_four_families_each(other: str, seeds: int) -> None:
    """With fewer families in either group, or one seed, there is a difference and no interval."""
    arms = gaining((*GAINS, *[1.0] * len(other)), seeds)
    found = sampled_between(*arms, dict(enumerate("abcd")), {4 + i: f for i, f in enumerate(other)})

    assert found.difference == pytest.approx(2)
    assert (found.low, found.high, found.p) == (None, None, None)


def test_a_group_is_fixed_whole_or_not_at_all() -> None:
    """A family for some languages of a group only is a mistake."""
    with pytest.raises(ValueError, match="every language"):
        sampled_between(*gaining(GAINS), {0: "a", 1: None}, {2: "b", 3: "c"})
