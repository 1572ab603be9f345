"""Thresholds on margins: the best cut, found once, that any metric can have."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness import MiningF1, SquadV2
from xharness.metrics import Answered, decide, score, tune

MARGINS = st.sampled_from((-1.0, 0.0, 0.5, 0.75, 2.0))
PAIRED = st.builds(Answered, st.sampled_from("ab"), st.sampled_from(["a", None]), MARGINS)


def f1(answers: list[Answered], threshold: float) -> float:
    """Return the F1 of pairs whose margin reaches a threshold."""
    rows = [MiningF1().statistics(decide(a, threshold), a.gold, "") for a in answers]
    return score(MiningF1(), [sum(column) for column in zip(*rows, strict=True)])


@given(st.lists(PAIRED, min_size=1, max_size=8))
def test_no_threshold_is_better(answers: list[Answered]) -> None:
    """The tuned threshold scores what the best of all cuts scores, found by trying each."""
    cuts = [math.inf, *(a.margin for a in answers if a.margin is not None)]
    best = max(f1(answers, cut) for cut in cuts)

    assert f1(answers, tune(MiningF1(), answers, "")) == pytest.approx(best)


def test_threshold_lies_between_the_last_kept_and_the_next() -> None:
    """Right at 2 and 1, wrong at 0.5: the cut is at 0.75."""
    answers = [Answered("a", "a", 2.0), Answered("b", "b", 1.0), Answered("c", None, 0.5)]

    assert tune(MiningF1(), answers, "") == 0.75


def test_last_candidate_can_be_the_best_cut() -> None:
    """Where every pair is right the threshold is the last one's margin; nothing follows it."""
    answers = [Answered("a", "a", 2.0), Answered("b", "b", 1.0)]

    assert tune(MiningF1(), answers, "") == 1.0
    assert [decide(a, 1.0) for a in answers] == ["a", "b"]


def test_margins_one_step_apart_are_still_cut_between() -> None:
    """The middle of two neighbouring numbers is one of them, and must not be the lower."""
    low = 1.0
    high = math.nextafter(low, 2.0)
    answers = [Answered("a", "a", high), Answered("c", None, low)]

    assert tune(MiningF1(), answers, "") == high


def test_nothing_right_keeps_everything() -> None:
    """Without a right pair every threshold scores zero, and the lowest loses nothing."""
    answers = [Answered("a", "b", 2.0), Answered("c", None, 0.5), Answered(None, "d", None)]

    assert tune(MiningF1(), answers, "") == 0.5
    assert tune(MiningF1(), [Answered(None, "d", None)], "") == 0.0


def test_unanswerable_questions_are_left_alone() -> None:
    """SQuAD v2 by hand: right at 3, unanswerable at 1 and -2; cut at 2 all three are right."""
    answers = [
        Answered("cat", ["cat"], 3.0),
        Answered("dog", [], 1.0),
        Answered("owl", [], -2.0),
    ]
    threshold = tune(SquadV2(), answers, "en")

    assert threshold == 2.0
    assert [decide(a, threshold) for a in answers] == ["cat", None, None]


def test_answering_nothing_can_be_best() -> None:
    """Where every question is unanswerable, the threshold is above every margin."""
    answers = [Answered("cat", [], 3.0), Answered("dog", [], 1.0)]

    assert [decide(a, tune(SquadV2(), answers, "en")) for a in answers] == [None, None]


def test_a_prediction_without_margin_is_an_error() -> None:
    """An answer that nothing can be compared with is neither kept nor taken back."""
    with pytest.raises(ValueError, match="answer 'cat' has no margin"):
        decide(Answered("cat", ["cat"], None), 0.0)
