"""Intervals of means and of differences, against hand calculation, scipy and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats as reference

from support.stats_arms import ahead_of_nothing, difference, flat, level, sample, share
from xharness.stats import (
    Arm,
    Component,
    Drawn,
    MeanDifference,
    Parts,
    Sample,
    compare,
    seeds_needed,
)
from xharness.stats.components import parts
from xharness.stats.student import Student, student


def test_difference_by_hand() -> None:
    """Seeds 60, 40 against 30, 10: variance 100 + 100, 2 degrees, t = 30 / 14.142, by hand."""
    found = difference(level(60, 40), level(30, 10))

    assert found.difference == pytest.approx(30)
    assert found.degrees == pytest.approx(2)
    assert found.low == pytest.approx(30 - 4.30265 * 14.14214, abs=1e-3)
    assert found.high == pytest.approx(30 + 4.30265 * 14.14214, abs=1e-3)
    assert found.p == pytest.approx(1 - 2.12132 / 6.5**0.5, abs=1e-4)


def test_without_item_variance_it_is_welchs_test() -> None:
    """Where only seeds vary, p, degrees and interval are those of scipy's Welch t-test."""
    ours, theirs = (61.0, 64.5, 58.25, 63.0), (55.5, 60.25, 59.0)
    found = difference(level(*ours), level(*theirs))
    welch = reference.ttest_ind(ours, theirs, equal_var=False)
    low, high = welch.confidence_interval()

    assert (found.p, found.degrees) == pytest.approx((welch.pvalue, welch.df))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_mean_without_item_variance_is_the_one_sample_ahead_of_nothing() -> None:
    """Where only seeds vary, the interval of a mean is that of scipy's one-sample t-test."""
    scores = (61.0, 64.5, 58.25)
    found = ahead_of_nothing(level(*scores))
    low, high = reference.ttest_1samp(scores, 0).confidence_interval()

    assert found.difference == pytest.approx(np.mean(scores))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_item_variance_is_that_of_the_clusters() -> None:
    """Equal seeds leave s^2 / n of 40 cluster means (5 %: 4 sigma of 4,000 resamples' half)."""
    rng = np.random.default_rng(1)
    means = rng.random(40)
    arm = [[sample(np.repeat(means, 10), np.repeat(np.arange(40), 10).tolist())]] * 2
    found = ahead_of_nothing(arm, resamples=4000)
    half = reference.t.ppf(0.975, 39) * 100 * means.std(ddof=1) / 40**0.5

    assert found.low is not None
    assert found.degrees == pytest.approx(39)
    assert found.difference - found.low == pytest.approx(half, rel=0.05)


def test_what_is_common_to_an_item_cancels() -> None:
    """Two strategies that differ by the same amount on every item differ without doubt."""
    values = np.random.default_rng(2).random(50)
    ours, theirs = [[sample(values + 0.1)]] * 2, [[sample(values)]] * 2
    found = difference(ours, theirs)

    assert found.difference == pytest.approx(10)
    assert (found.low, found.high) == pytest.approx((10, 10))


def test_what_seed_and_item_do_together_counts_once() -> None:
    """Items add (MS(items) - MS(seeds x items)) / 8 of a table of 2 seeds by 4 items, by hand.

    The scores 1 5 3 7 and 2 2 6 10 have mean squares 52 / 3 and 12 / 3, so the items' part is
    5 / 3. All 256 resamples are taken, whose variance with n - 1 is 256/255 of that with n.
    """
    table = np.array([[1.0, 5.0, 3.0, 7.0], [2.0, 2.0, 6.0, 10.0]])
    every = np.stack(np.meshgrid(*[range(4)] * 4)).reshape(4, -1)
    drawn = table[:, every].mean(1).T[:, :, None]
    arm = Drawn(observed=table.mean(1)[:, None], resampled=drawn, clusters=4, items="x")
    found = parts([arm], np.ones(1))

    assert found is not None
    assert found.items.variance == pytest.approx(5 / 3 * 256 / 255)
    assert [s.variance for s in found.seeds] == [pytest.approx(0.25)]


def test_arms_drawn_otherwise_are_not_subtracted() -> None:
    """What was resampled with other items cannot be compared."""
    with pytest.raises(ValueError, match="same items"):
        compare(flat([60], [61]), flat([60, 61], [61, 60]))


@pytest.mark.parametrize(("effect", "seeds"), [(0.5, 64), (0.8, 26), (1.0, 17), (0.1, None)])
def test_seeds_needed(effect: float, seeds: int | None) -> None:
    """Where seeds are known to vary by 1 point, the numbers are Cohen's (1988, table 2.4.1)."""
    made = Parts(items=Component(0.0, 99), seeds=(Component(1e-6, 1e6 - 1),) * 2)

    assert seeds_needed(MeanDifference(difference=0, parts=made), effect) == seeds


def test_no_number_of_seeds_replaces_items() -> None:
    """With an item error of 1 point, 1 point cannot be detected at any number of seeds."""
    made = Parts(items=Component(1.0, 99), seeds=(Component(0.1, 9), Component(0.1, 9)))

    assert seeds_needed(MeanDifference(difference=0, parts=made), 1.0, most=1000) is None


def test_degrees_allow_for_seeds_that_agree_by_luck() -> None:
    """Two seeds against a constant arm: the seeds count 9.849 times in the degrees, by hand.

    A quarter of chi squared with one degree is below 0.10153, and 1 / 0.10153 is 9.849. Without
    that the degrees would be 4 / (1 + 1 / 99) = 3.96; the error stays what it is.
    """
    made = Parts(items=Component(1.0, 99), seeds=(Component(1.0, 1), Component(0.0, 1)))
    found = student(made)

    assert found.error == pytest.approx(2**0.5)
    assert found.degrees == pytest.approx(10.849**2 / (9.849**2 + 1 / 99), rel=1e-3)


def test_two_arms_are_hardly_lucky_together() -> None:
    """Two arms of three seeds: half of chi squared with two degrees is below 2 ln 2, by hand."""
    made = Parts(items=Component(2.0, 99), seeds=(Component(1.0, 2), Component(1.0, 2)))
    factor = 2 / (2 * math.log(2))

    assert student(made).degrees == pytest.approx(
        (2 * factor + 2) ** 2 / (factor**2 + 4 / 99), rel=1e-6
    )


@pytest.mark.parametrize("items", [0.1, 0.5, 2.0])
def test_coverage_of_two_seeds_against_a_constant_arm(items: float) -> None:
    """The intervals hold zero 93.5 % of the time at least; by Welch's degrees 87 to 94 %.

    4,000 repeats of 95 % have a standard error of 0.34 %. Seeds give variance 1 with one degree.
    """
    rng = np.random.default_rng(12)
    held = 0
    for _ in range(4000):
        made = Parts(
            items=Component(items * rng.chisquare(99) / 99, 99),
            seeds=(Component(rng.chisquare(1), 1), Component(0.0, 1)),
        )
        held += abs(rng.normal(0, (1 + items) ** 0.5)) <= student(made).half

    assert held / 4000 >= 0.935


@pytest.mark.parametrize(
    ("seeds", "effect", "power"),
    [(4, 1.0, 0.2224633), (20, 10 / 15, 0.5377573), (20, 10 / 14, 0.5954089), (20, 1.0, 0.8689528)],
)
def test_power_of_a_known_error(seeds: int, effect: float, power: float) -> None:
    """Where the error is known, power is what R's power.t.test(n, delta, sd) prints.

    The last is the example of its help page. Like here, the tail on the wrong side is left out.
    """
    found = Student(error=(2 / seeds) ** 0.5, degrees=2 * seeds - 2, known=math.inf)

    assert found.power(effect) == pytest.approx(power, abs=1e-7)


@pytest.mark.parametrize("degrees", [1.0, 1.3, 2.0, 4.7, 126.0])
def test_detectable_effect_of_a_known_error(degrees: float) -> None:
    """At the detectable effect, scipy's noncentral t exceeds the bound four times in five."""
    found = Student(error=2.0, degrees=degrees, known=math.inf).detectable()
    bound = reference.t.ppf(0.975, degrees)

    assert reference.nct.sf(bound, degrees, found / 2.0) == pytest.approx(0.8, abs=1e-4)


def test_a_corrected_level_asks_for_more() -> None:
    """Where only p at most 0.05 / 9 counts, the effect exceeds that bound four times in five."""
    found = Student(error=2.0, degrees=8.0, known=math.inf).detectable(level=0.05 / 9)
    bound = reference.t.ppf(1 - 0.05 / 18, 8.0)

    assert reference.nct.sf(bound, 8.0, found / 2.0) == pytest.approx(0.8, abs=1e-4)


@pytest.mark.parametrize("degrees", [2.0, 4.0, 18.0])
def test_detectable_effect_of_an_estimated_error(degrees: float) -> None:
    """The effect that one test names, a new test of the same size finds four times in five.

    20,000 pairs of tests with normal values: a standard error of 0.3 %.
    """
    rng = np.random.default_rng(6)
    first, second = np.sqrt(rng.chisquare(degrees, (2, 20_000)) / degrees)
    named = first * Student(error=1.0, degrees=degrees).detectable()
    seen = (rng.standard_normal(20_000) + named) / second

    assert (seen > reference.t.ppf(0.975, degrees)).mean() == pytest.approx(0.8, abs=0.012)


def test_nothing_varies_and_anything_is_found() -> None:
    """Without error every difference is found, and none is not."""
    found = Student(error=0.0, degrees=math.inf)

    assert (found.power(0.1), found.power(0.0), found.detectable()) == (1.0, 0.0, 0.0)


def test_a_difference_says_what_could_have_been_detected() -> None:
    """Seeds 60, 40 against 30, 10: error 14.142 with 2 degrees, detectable four times in five."""
    found = difference(level(60, 40), level(30, 10))

    assert found.error == pytest.approx(14.14214)
    assert found.detectable == pytest.approx(Student(error=14.14214, degrees=2).detectable())


def test_translations_of_an_item_are_drawn_together() -> None:
    """A second language that repeats the first one's results does not narrow the interval."""
    values = np.random.default_rng(3).random(50)
    once = ahead_of_nothing([[sample(values)]] * 2)
    twice = ahead_of_nothing([[sample(values)] * 2] * 2)

    assert (twice.low, twice.high) == pytest.approx((once.low, once.high))


def test_score_of_totals_is_not_the_mean_of_scores() -> None:
    """Items count by their weight in the totals: 1 of 1 and 0 of 3 are 25 percent."""
    one = Sample(statistics=np.array([[1.0, 1.0], [0.0, 3.0]]), clusters=np.array([0, 1]))

    assert ahead_of_nothing([[one]]).difference == pytest.approx(25)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (level(60), level(50, 40)),
        (level(60, 50), level(40)),
        ([[sample([1, 0], [7, 7])]] * 2, [[sample([0, 0], [7, 7])]] * 2),
    ],
    ids=["one seed of ours", "one seed of theirs", "one cluster"],
)
def test_not_estimable(ours: Arm, theirs: Arm) -> None:
    """With one seed in an arm, or one cluster, there is a difference but no interval."""
    found = difference(ours, theirs)

    assert found.difference > 0
    assert (found.low, found.high, found.p, found.degrees) == (None, None, None, None)
    assert (found.error, found.detectable, found.parts) == (None, None, None)
    with pytest.raises(ValueError, match="estimated difference"):
        seeds_needed(found, 1.0)


def test_nothing_varies() -> None:
    """A strategy compared with itself, all seeds alike: no difference, p of one."""
    found = difference(level(50, 50), level(50, 50))

    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_same_seed_same_ahead_of_nothing() -> None:
    """The resampling depends on its seed alone."""
    values = np.random.default_rng(4).random(50)
    arm = [[sample(values)], [sample(values[::-1].copy())]]

    assert ahead_of_nothing(arm, seed=5) == ahead_of_nothing(arm, seed=5)
    assert ahead_of_nothing(arm, seed=5) != ahead_of_nothing(arm, seed=6)


@pytest.mark.parametrize(
    "theirs",
    [
        [[sample([1, 0, 1])]],
        [[sample([1, 0, 1, 1])], []],
        [],
        [[sample([1, 0, 1, 1], [0, 1, 2, 9])]],
        [[sample([1, 0, 1, 1]), sample([1, 0, 1, 1])]],
    ],
    ids=["fewer items", "no language", "no seed", "other clusters", "more languages"],
)
def test_other_items_are_refused(theirs: Arm) -> None:
    """Trainings that were not scored on the same items cannot be compared."""
    with pytest.raises(ValueError, match=r"same items|languages|needs a seed"):
        difference([[sample([1, 0, 1, 1])]], theirs)


def simulated(rng: np.random.Generator, seed_points: float) -> tuple[Arm, Arm]:
    """Return two equally good strategies: 3 seeds, 8 languages, 300 parallel items.

    An item is right where difficulty (of the item, of its translation, and of both for one
    strategy) plus a little noise of each training exceeds a bound; a seed moves all languages.
    """
    items, languages, seeds = 300, 8, 3
    common = 0.7 * rng.normal(size=(items, 1)) + 0.5 * rng.normal(size=(items, languages))
    # One point of score is 0.0265 of ability: at the bound, the density of the sum of all
    # normal parts (variance 1.08) is 0.377.
    made = []
    for _ in range(2):
        ability = common + 0.5 * rng.normal(size=(items, languages))
        noise = 0.3 * rng.normal(size=(seeds, items, languages))
        shift = 0.0265 * seed_points * rng.normal(size=(seeds, 1, 1))
        right = (ability + noise + shift + 0.2 > 0).astype(float)
        made.append([[sample(r[:, x]) for x in range(languages)] for r in right])
    return made[0], made[1]


@pytest.mark.training
@pytest.mark.parametrize("seed_points", [1.3, 4.0])
def test_coverage(seed_points: float) -> None:
    """95 % intervals hold the true difference of zero 93 to 98.5 % of the time.

    300 repeats of 95 % have a standard error of 1.3 %, and the interval may be a little wide.
    """
    rng = np.random.default_rng(11)
    held, spread = 0, []
    for repeat in range(300):
        ours, theirs = simulated(rng, seed_points)
        found = difference(ours, theirs, seed=repeat, resamples=100)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0 <= found.high
        means = [np.mean([share(s.statistics.sum(0).tolist()) for s in t]) for t in ours]
        spread.append(np.var(means, ddof=1))

    assert np.mean(spread) ** 0.5 == pytest.approx(seed_points, rel=0.15)
    assert 0.93 * 300 <= held <= 0.985 * 300
