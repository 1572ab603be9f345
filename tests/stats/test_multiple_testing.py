"""Many tests at once: Holm's correction, ranks, and wins, ties and losses."""

from __future__ import annotations

import pytest

from support.stats_arms import flat
from xharness.stats import Rank, Record, compare, holm, level_left, ranks, record, significant


def test_holm_by_hand() -> None:
    """0.005 x 4, 0.01 x 3, 0.03 x 2, and 0.04 no less than the one before (R, p.adjust)."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


def test_holm_never_exceeds_one() -> None:
    """Twice 0.7 is still a p."""
    assert holm([0.7, 0.9]) == (1.0, 1.0)


def test_tests_that_could_not_be_made_count() -> None:
    """A declared contrast without p stays without, and the others are corrected for it."""
    assert holm([0.02, None, None]) == (pytest.approx(0.06), None, None)
    assert holm([]) == ()


def test_the_level_that_is_left_is_shared_by_what_is_not_found() -> None:
    """Of five tests two are found: a third would have needed 0.05 / 3, whatever could be tested."""
    adjusted = holm([0.001, 0.002, 0.018, 0.5, None])

    assert [significant(p) for p in adjusted] == [True, True, False, False, False]
    assert level_left(adjusted) == pytest.approx(0.05 / 3)
    assert holm([0.001, 0.002, 0.0166, 0.5, None])[2] == pytest.approx(0.0498)
    assert level_left([0.01]) == level_left([]) == 0.05


@pytest.mark.parametrize(
    ("p", "expected"), [(0.05, True), (0.0501, False), (None, False), (0.0, True)]
)
def test_significance(p: float | None, expected: bool) -> None:
    """At most 5 % is significant; what could not be tested is not."""
    assert significant(p) is expected


def test_record() -> None:
    """One ahead, one behind, one of each that is not significant, one without a test."""
    found = record([3.0, -2.0, 1.0, -1.0, 9.0], [0.01, 0.04, 0.2, 1.0, None])

    assert found == Record(wins=1, ties=2, losses=1, not_estimable=1)


def test_ranks() -> None:
    """One strategy far ahead is first for sure; two that are alike share ranks two and three."""
    found = ranks(
        [flat([50.2], [50.9], [51.1]), flat([70.0], [70.5], [70.2]), flat([50.0], [51.0], [50.5])]
    )

    assert found == (
        Rank(rank=2, low=2, high=3),
        Rank(rank=1, low=1, high=1),
        Rank(rank=3, low=2, high=3),
    )


def test_ranks_are_corrected_together() -> None:
    """A pair that differs by itself, p = 0.038, is not separated among three strategies."""
    one, two, far = flat([50.0], [52.0]), flat([57.0], [59.0]), flat([54.0], [55.0])
    alone = compare(two, one).p
    assert alone is not None

    assert alone < 0.05
    assert ranks([one, two]) == (Rank(rank=2, low=2, high=2), Rank(rank=1, low=1, high=1))
    assert [(r.low, r.high) for r in ranks([one, two, far])] == [(1, 3)] * 3


def test_one_seed_leaves_every_rank_open() -> None:
    """Without intervals the order is what was seen, and any other is possible."""
    found = ranks([flat([60.0]), flat([70.0]), flat([60.0])])

    assert found == tuple(Rank(rank=r, low=1, high=3) for r in (2, 1, 2))
