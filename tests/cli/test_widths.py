"""Every list and view at 80, 100 and 200 columns: names are whole, and no line is too long."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from support.fake_comparison import TASKS, Compared, compared
from support.printing import printed
from support.program import Command
from xharness.commands import leaderboard, plans, views
from xharness.commands.leaderboard import Board
from xharness.languages import By
from xharness.report.table import Block, Column, name_lines, stacked, table
from xharness.report.view import View
from xharness.testing import fake_task

WIDTHS = (80, 100, 200)
LISTS = ("tasks", "models", "strategies", "translators", "plugins", "suites", "languages")
LONG = "a_first_task_with_a_long_name"


def overrun(text: str, width: int) -> list[str]:
    """Return the lines that are wider than the pipe."""
    return [line for line in text.splitlines() if len(line) > width]


@pytest.mark.parametrize("what", LISTS)
def test_a_list_breaks_no_name(xharness: Command, what: str) -> None:
    """Names, kinds, models and codes stand whole on their lines, however narrow the list is."""
    fields = ("name", "kind", "model", "recipe", "state", "family")
    rows = xharness("list", what, "--json", XHARNESS_DISABLE="").json[what]
    whole = {word for row in rows for field in fields for word in str(row.get(field, "")).split()}
    for width in WIDTHS:
        text = xharness("list", what, COLUMNS=str(width), XHARNESS_DISABLE="").out

        assert not overrun(text, width)
        assert whole <= set(text.replace(",", " ").split())


TARGETS = ("colours", "commonsense_questions_and_answers")
VIEWS: dict[str, Callable[[Board, Compared], View]] = {
    "summary": lambda board, _: leaderboard.leaderboard(board, flags=()),
    "--details": lambda board, _: leaderboard.details(board),
    "--diagnostics": lambda board, _: leaderboard.diagnosed(board),
    "--target": lambda board, _: views.languages(board, "colours"),
    "--map": lambda board, _: views.win_map(board, without_leakage=False),
    "--audit": lambda board, done: views.audit(board, done.store, None),
    "--consistency": lambda board, done: views.consistency(
        board, done.store, done.registry.tasks, None
    ),
    "--consistency --target": lambda board, done: views.consistency(
        board, done.store, done.registry.tasks, TARGETS[1]
    ),
    "--plans": lambda _, done: plans.listing(done.store),
    **{
        f"--by {by.value}": lambda board, done, by=by: views.groups(
            board, done.store, done.registry.tasks, by, None
        )
        for by in By
    },
}
PARTS = {
    "--target": TARGETS[:1],
    "--consistency --target": TARGETS[1:],
    "--audit": (),
    "--diagnostics": (),
}
"""Targets that a view shows where it is not all."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison on targets one of which has a long name."""
    targets = [fake_task(name=n, languages=("en", "de", "sw", "fr"), rows=40) for n in TARGETS]
    folder = tmp_path_factory.mktemp("wide") / "store"
    return compared(folder, targets=TARGETS, tasks=(TASKS[0], *targets))


def shown(view: str, done: Compared, width: int, **terminal: Any) -> str:
    """Return what a view prints at a width."""
    board = leaderboard.board(done.store, None, done.registry.tasks)
    return printed(VIEWS[view](board, done).draw(width), width, **terminal)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_fits(done: Compared, view: str, width: int) -> None:
    """No line is wider than the pipe, and strategies, arms and targets stand whole."""
    text = shown(view, done, width)
    words = set(text.replace(",", " ").replace(":", " ").split())

    assert not overrun(text, width)
    assert words >= set(PARTS.get(view, TARGETS))
    if view not in {"--audit", "--diagnostics", "--plans"}:
        assert words >= {"none", "english", "first"}


@pytest.mark.parametrize("view", VIEWS)
def test_without_colour_a_view_is_the_same(
    done: Compared, view: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal with NO_COLOR gets the characters that a pipe gets, and no colour."""
    monkeypatch.setenv("NO_COLOR", "1")
    text = shown(view, done, 80, force_terminal=True, color_system="truecolor")
    styles = {int(n) for found in re.findall(r"\x1b\[([\d;]+)m", text) for n in found.split(";")}

    assert re.sub(r"\x1b\[[\d;]+m", "", text) == shown(view, done, 80)
    assert not styles & {*range(30, 50), *range(90, 108)}


COLUMNS = (
    Column(name="name"),
    Column(name="size", number=True, room=2),
    Column(name="from", room=1),
    Column(name="summary", prose=True),
)
ROWS = [("a-name-of-some-length", 1_000_000, "an/origin-with-a-name", "words " * 20)]


def test_the_least_important_column_goes_first() -> None:
    """21 + 21 + 18 and two gaps of 2 are 64; ten more are the size's, with its gap 11."""
    assert "1,000,000" in printed(table(COLUMNS, ROWS), 75)
    at_74 = printed(table(COLUMNS, ROWS), 74)

    assert "1,000,000" not in at_74
    assert "an/origin-with-a-name" in at_74
    assert "No room for size" in at_74
    assert "an/origin" not in printed(table(COLUMNS, ROWS), 63)


def test_a_heading_of_one_long_word_is_whole() -> None:
    """A strategy's name above a narrow column is not broken in the middle."""
    first = Block(heading=name_lines("language"), cells=[name_lines("sw")])
    block = Block(heading=name_lines("a-strategy-of-mine", LONG), cells=[name_lines("1.0")])
    (drawn, _) = stacked(first, [block], width=80)

    assert f"  {LONG}\n" in printed(drawn, 80)


def test_a_row_name_of_one_long_word_is_whole() -> None:
    """An arm longer than a third of the width is not broken while the numbers fit beside it."""
    first = Block(heading=name_lines("strategy"), cells=[name_lines("english", LONG)])
    block = Block(heading=name_lines("score"), cells=[name_lines("+1.0 [-2.0, +4.0]")])
    (drawn, _) = stacked(first, [block], width=60)

    assert LONG in printed(drawn, 60).split()
