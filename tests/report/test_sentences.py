"""What was found, in words: nothing is called found that is not, and nothing is called equal."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from support.cells import ahead, scored
from xharness.analysis.results import Summary
from xharness.planning.contrasts import TargetEntry
from xharness.report.sentences import sentences

LAB = ("lab_xnli", "lab_panx", "lab_mlqa", "lab_bucc")


def said(*cells: Summary, failed: Sequence[TargetEntry] = ()) -> str:
    """Return the sentence about the only row that is compared with `none`."""
    base = [scored(c.target) for c in cells]
    (text,) = sentences([*base, *cells], failed).values()
    return text


def test_all_ties() -> None:
    """Where nothing is significant, the sizes that would have been found stand beside it."""
    cells = [ahead(t, 1.0 - i, needs=2.0 + i) for i, t in enumerate(LAB)]

    assert said(*cells) == (
        "no difference found on any of the 4 targets (2.0 points on xnli to 5.0 on bucc would have "
        "been)."
    )


def test_all_better() -> None:
    """Of several targets all are counted, of two both are named, of one it alone."""
    cells = [ahead(t, 3.0, found=True) for t in LAB]

    assert said(*cells) == "better on all 4 targets."
    assert said(*cells[:2]) == "better on xnli and panx."
    assert said(cells[0]) == "better on lab_xnli."


def test_better_worse_and_not_found() -> None:
    """Each target stands in exactly one part, by its sign and its corrected p."""
    cells = [
        ahead("xnli", 8.2, found=True),
        ahead("panx", -8.0, found=True),
        ahead("mlqa", 9.9, needs=13.5),
        ahead("bucc", -0.3, needs=0.7),
    ]

    assert said(*cells) == (
        "better on xnli; worse on panx; no difference found on mlqa and bucc (0.7 points on bucc "
        "to 13.5 on mlqa would have been)."
    )


def test_one_size_for_all() -> None:
    """Where the same size would have been found everywhere, it stands once."""
    assert said(ahead("xnli", 0.1), ahead("panx", 0.1, needs=2.04)) == (
        "no difference found on xnli and panx (2.0 points would have been)."
    )


def test_a_size_that_cannot_be_is_not_named() -> None:
    """Over 100 points no difference would have been found, and that is said instead."""
    small, large, larger = (
        ahead(t, 1.0, needs=n) for t, n in (("xnli", 3.2), ("panx", 100.1), ("mlqa", 629.4))
    )

    assert said(small, large, larger) == (
        "no difference found on any of the 3 targets (3.2 points on xnli would have been; none of "
        "any size on panx and mlqa)."
    )
    assert said(large) == "no difference found on panx (nor would one of any size have been)."


@pytest.mark.parametrize("needs", [None, 2.0, 200.0])
@pytest.mark.parametrize("points", [-30.0, -0.01, 0.0, 0.01, 30.0])
@pytest.mark.parametrize("found", [None, False, True])
def test_no_difference_is_never_claimed(
    *, points: float, found: bool | None, needs: float | None
) -> None:
    """Whatever the numbers, "no difference" is followed by "found", and nothing is called equal."""
    text = said(ahead("xnli", points, found=found, needs=needs))

    assert not re.search(r"no difference(?! found on )|equal|same|no effect", text)


def test_one_seed() -> None:
    """With one seed the row is ahead or behind, and it is said that this decides nothing."""
    cells = [
        ahead("xnli", 8.2, found=None, seeds=1),
        ahead("panx", -1.0, found=None, seeds=1),
        ahead("mlqa", 0.04, found=None, seeds=1),
    ]

    assert said(*cells) == (
        "ahead on xnli, behind on panx, level on mlqa, but one seed decides nothing."
    )


def test_several_seeds_without_an_interval() -> None:
    """A target that cannot be tested is told apart from those that were."""
    cells = [ahead("xnli", 8.2, found=True), ahead("panx", 3.0, found=None)]

    assert said(*cells) == (
        "better on xnli; ahead on panx, but without an interval nothing is decided."
    )


def test_a_failed_phase() -> None:
    """A target whose phase failed has no result, and the cause is named."""
    cells = [ahead("xnli", 8.2, found=True), ahead("panx", None, missing=3, n=0)]
    failed = [TargetEntry("english", "mnli", "panx")]

    assert said(*cells, failed=failed) == (
        "better on xnli; no result on panx, where a phase failed."
    )


def test_a_missing_cell() -> None:
    """A target that lacks scores has no result; how many languages lack them is said."""
    one, three = (ahead(t, None, missing=n) for t, n in (("panx", 1), ("mlqa", 3)))

    assert said(ahead("xnli", 8.2, found=True), one, three) == (
        "better on xnli; no result on panx and mlqa (scores of 1 to 3 languages are missing)."
    )
    assert said(one) == "no result on panx (scores of 1 language are missing)."


def test_the_other_row_is_missing() -> None:
    """A row with a mean of its own is not compared where `none` has none."""
    alone = scored("panx", 55.0, strategy="english", intermediates="mnli", against="none")

    assert said(alone) == "not compared on panx, where none has no result."


def test_near_and_far_languages() -> None:
    """A significant difference between near and far languages is told with its size and its way."""
    cells = [
        ahead("xnli", 8.2, found=True, near_far=10.0, near_far_p_holm=0.01),
        ahead("panx", -8.0, found=True, near_far=20.9, near_far_p_holm=0.05),
        ahead("mlqa", -1.0, near_far=-3.0, near_far_p_holm=0.03),
        ahead("bucc", 5.0, near_far=30.0, near_far_p_holm=0.051),
    ]

    assert said(*cells) == (
        "better on xnli; worse on panx; no difference found on mlqa and bucc (2.0 points would "
        "have been); near languages gain more or lose less than far ones on xnli and panx (by 10.0 "
        "to 20.9); far languages lose less than near ones on mlqa (by 3.0)."
    )
    assert "near languages gain more than far ones on xnli (by 10.0)." in said(cells[0])


def test_rows_have_a_sentence_each() -> None:
    """Every row that is compared has one, under its name; arms are named where they differ."""
    one, two = ("english", "mnli"), ("english", "qqp")
    base = scored("xnli")

    assert list(sentences([base, ahead("xnli", 1.0, row=one)])) == ["english"]
    assert list(sentences([base, ahead("xnli", 1.0, row=one), ahead("xnli", 1.0, row=two)])) == [
        "english mnli",
        "english qqp",
    ]
