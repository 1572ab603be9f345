"""Leaderboards of earlier comparisons, from the store alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.fake_comparison import Compared, compared
from support.printing import sentences
from xharness.commands import leaderboard, plans, views
from xharness.errors import StoreError
from xharness.store.store import Store


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Compared, Compared]:
    """Return two comparisons in one store, the wider one later."""
    folder = tmp_path_factory.mktemp("both") / "store"
    first = compared(folder, targets=("colours",), seeds=(1,))
    second = compared(folder, targets=("colours", "match"), seeds=(1, 2))
    # The clock of a file system may be coarser than two plans are apart.
    for age, name in enumerate(reversed(first.store.plans())):
        os.utime(folder / "plans" / f"{name}.json", ns=(10**18 - age, 10**18 - age))
    return first, second


def digests(found: Compared) -> list[str]:
    return list(found.store.plans())


def test_the_latest_plan_is_shown(both: tuple[Compared, Compared]) -> None:
    """Without a name the board is that of the latest comparison."""
    first, second = both
    board = leaderboard.board(first.store, None, first.registry.tasks)

    assert len(digests(first)) == 2
    assert [t.name for t in board.plan.targets] == ["colours", "match"]
    assert len(board.results) == len(second.plan.answers)


def test_a_plan_can_be_named(both: tuple[Compared, Compared]) -> None:
    """The first digits of a plan's digest name it."""
    first, _ = both
    board = leaderboard.board(first.store, digests(first)[0][:6], first.registry.tasks)

    assert board.plan.seeds == (1,)
    assert {r.target for r in board.results} == {"colours"}


def test_the_leaderboard_names_suite_and_model(both: tuple[Compared, Compared]) -> None:
    """Both views begin with suite and model; their document has every result and summary."""
    first, second = both
    board = leaderboard.board(first.store, None, first.registry.tasks)
    view, details = leaderboard.leaderboard(board), leaderboard.details(board)

    assert sentences(view).startswith("small: fake-model; a small suite; seeds 1, 2; after first ")
    assert sentences(details).startswith(
        "small: fake-model a small suite; recipe quick; checkpoint"
    )
    assert view.document == details.document
    assert (view.document["suite"], view.document["model"]) == ("small", "fake-model")
    assert len(view.document["results"]) == len(second.plan.answers)
    assert len(view.document["summary"]) == 4


def test_one_target_language_by_language(both: tuple[Compared, Compared]) -> None:
    """A target's table has a row per language, and only its own results."""
    first, _ = both
    view = views.languages(leaderboard.board(first.store, None, first.registry.tasks), "match")

    assert {r["target"] for r in view.document["results"]} == {"match"}
    assert {s["target"] for s in view.document["summary"]} == {"match"}
    assert " de 40 " in sentences(view)


def test_an_unknown_target_gets_the_nearest(both: tuple[Compared, Compared]) -> None:
    """A misspelt target is named with the one that was meant."""
    first, _ = both
    board = leaderboard.board(first.store, None, first.registry.tasks)
    with pytest.raises(StoreError, match="no target 'colors'; did you mean colours"):
        views.languages(board, "colors")


def test_a_task_that_is_not_loaded_has_no_interval(both: tuple[Compared, Compared]) -> None:
    """A board needs no plugin: scores stand without their task, intervals do not."""
    first, _ = both
    board = leaderboard.board(first.store, None, {})

    assert all(s.mean is not None and s.low is None for s in board.summaries)


def test_plans_are_listed(both: tuple[Compared, Compared]) -> None:
    """Each plan is listed with what it compares, and how much of it is there."""
    first, _ = both
    rows = plans.listing(first.store).document["plans"]

    assert [row["plan"] for row in rows] == digests(first)
    assert [row["scores"] for row in rows] == ["6 of 6", "20 of 20"]
    assert rows[1]["strategies"] == "none, english"


def test_a_store_without_plans(tmp_path: Path) -> None:
    """An empty store says what to do first; its list of plans is empty."""
    store = Store(tmp_path / "store")
    with pytest.raises(StoreError, match="holds no plan yet; run xharness compare first"):
        leaderboard.board(store, None, {})

    assert plans.listing(store).document == {"plans": []}
    assert sentences(plans.listing(store)).startswith("plans")


def test_a_plan_that_is_not_there(both: tuple[Compared, Compared]) -> None:
    """A digest of no plan, or the beginning of several, is refused."""
    first, _ = both
    with pytest.raises(StoreError, match="no plan is called 'zzz'"):
        leaderboard.board(first.store, "zzz", {})
    with pytest.raises(StoreError, match="several plans begin with ''"):
        leaderboard.board(first.store, "", {})
