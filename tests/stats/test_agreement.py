"""Agreement between languages, with numbers worked by hand."""

from __future__ import annotations

import math

import pytest

from xharness.stats import agreement, kappa, rank_c


def test_kappa_by_hand() -> None:
    """20 and 15 of 50 agree, chance is 0.5: (0.7 - 0.5) / (1 - 0.5) = 0.4.

    The example of "Cohen's kappa" in Wikipedia; scikit-learn's cohen_kappa_score gives the same.
    """
    ours = ["yes"] * 25 + ["no"] * 25
    theirs = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15

    assert kappa(ours, theirs) == pytest.approx(0.4)


def test_kappa_of_always_and_never() -> None:
    """Equal answers have 1; always the opposite has -1."""
    assert kappa("abab", "abab") == 1
    assert kappa("abab", "baba") == -1


@pytest.mark.parametrize("answers", ["", "aaaa"])
def test_kappa_is_not_estimable(answers: str) -> None:
    """Without items, or with one answer only, chance explains all there is."""
    assert kappa(answers, answers) is None


def test_agreement_of_all_languages() -> None:
    """The same in all three languages for 2 of 4 items."""
    assert agreement(["abca", "abba", "abaa"]) == 75
    assert agreement(["abca", "abba", "bbaa"]) == 50


@pytest.mark.parametrize("answers", [[], ["ab"], ["", ""]])
def test_agreement_is_not_estimable(answers: list[str]) -> None:
    """One language, or no item, agrees with nothing."""
    assert agreement(answers) is None


def test_rank_c_by_hand() -> None:
    """Of three candidates, weights e^2, e and 1: the first differs, the first two are alike."""
    weights = [math.e**2, math.e, 1.0]

    assert rank_c(["abc"], ["bac"]) == pytest.approx((weights[1] + weights[2]) / sum(weights))
    assert rank_c(["abc"], ["acb"]) == pytest.approx(
        (weights[0] + weights[1] / 2 + weights[2]) / sum(weights)
    )


def test_rank_c_is_a_mean_over_items() -> None:
    """An item ranked alike counts 1, one of two candidates in reverse 1 / (1 + e)."""
    found = rank_c(["ab", "ab"], ["ab", "ba"])

    assert found == pytest.approx((1 + 1 / (1 + math.e)) / 2)


def test_rank_c_is_not_estimable() -> None:
    """Without items there is no number."""
    assert rank_c([], []) is None


def test_many_candidates() -> None:
    """A thousand candidates do not overflow."""
    assert rank_c([range(1000)], [range(1000)]) == pytest.approx(1)


@pytest.mark.parametrize("theirs", ["ac", "a", "aa"])
def test_other_candidates_are_refused(theirs: str) -> None:
    """Rankings of different candidates do not compare."""
    with pytest.raises(ValueError, match="same candidates"):
        rank_c(["ab"], [theirs])


def test_other_items_are_refused() -> None:
    """Lists of different lengths are not the same items."""
    for measure in (lambda: kappa("ab", "a"), lambda: agreement(["ab", "a"])):
        with pytest.raises(ValueError, match=r"shorter|longer"):
            measure()
