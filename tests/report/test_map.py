"""The map of wins and losses, readable by signs and numbers alone."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from support.printing import words
from support.program import Command
from xharness.analysis.caveats import Caveats
from xharness.analysis.leakage import Leaks
from xharness.analysis.results import Summary
from xharness.planning.contrasts import TargetEntry
from xharness.report.winmap import verdict, win_map

BASE = Summary(
    strategy="none", intermediates="-", target="a", mean=50.0, mean_non_english=40.0, delta=None,
    low=None, high=None, seeds=3, languages=2, n=20, signature="s@1",
)  # fmt: skip


def cell(arm: str, target: str, delta: float, low: float | None, high: float | None) -> Summary:
    """Return a cell of the strategy `english`."""
    return replace(
        BASE, strategy="english", intermediates=arm, target=target, delta=delta, low=low, high=high
    )


CELLS = [
    BASE,
    replace(BASE, target="b"),
    cell("mnli", "a", 6.0, 1.0, 11.0),
    cell("mnli", "b", -3.0, -5.0, -1.0),
    cell("qqp", "a", 0.4, -1.0, 1.8),
    cell("qqp", "b", 2.0, 0.5, 3.5),
]
NO_CAVEATS = Caveats()


def drawn(
    cells: list[Summary], caveats: Caveats = NO_CAVEATS, *, without: bool = False
) -> RenderableType:
    """Return the map."""
    return win_map(cells, title="t", width=80, caveats=caveats, without_leakage=without)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.1, 2.0, "win"), (-2.0, -0.1, "loss"), (-1.0, 1.0, "tie"), (0.0, 0.0, "tie")],
)
def test_verdicts(low: float, high: float, said: str) -> None:
    """An interval above zero is a win, below a loss, and zero within a tie."""
    assert verdict(cell("x", "a", 0.0, low, high)) == said
    assert verdict(cell("x", "a", 1.0, None, None)) is None


def test_holm_decides_where_contrasts_were_tested() -> None:
    """An interval above zero is a tie if the difference does not hold with all the others."""
    found = cell("mnli", "a", 6.0, 1.0, 11.0)

    assert verdict(replace(found, p_holm=0.2)) == "tie"
    assert verdict(replace(found, p_holm=0.01)) == "win"
    assert verdict(replace(found, delta=-6.0, low=-11.0, high=-1.0, p_holm=0.01)) == "loss"
    text = " ".join(w for line in words(drawn([BASE, replace(found, p_holm=0.2)])) for w in line)
    assert "corrected for all contrasts of the plan (Holm)" in text


def test_cells_and_counts() -> None:
    """Each cell has sign, number and letter; rows, columns and all are counted."""
    found = words(drawn(CELLS))

    assert ["english", "+6.0", "W", "\N{MINUS SIGN}3.0", "L", "1W", "0=", "1L"] in found
    assert ["english", "+0.4", "=", "+2.0", "W", "1W", "1=", "0L"] in found
    assert ["in", "all", "1W", "1=", "0L", "1W", "0=", "1L", "2W", "1=", "1L"] in found


def test_one_seed_counts_signs() -> None:
    """Without intervals there are no letters, and counts are of signs."""
    found = words(drawn([replace(s, low=None, high=None, seeds=1) for s in CELLS]))

    assert ["english", "+6.0", "\N{MINUS SIGN}3.0", "1+", "0±", "1\N{MINUS SIGN}"] in found
    assert any(
        "No interval, with one seed or too few items: 4 cells." in " ".join(x) for x in found
    )


def test_same_data_is_marked_and_can_be_left_out_of_counts() -> None:
    """A marked cell stays in the map; with the switch it does not count."""
    caveats = Caveats(leaks=Leaks(cells={TargetEntry("english", "mnli", "a"): ("mnli",)}))
    counted, without = words(drawn(CELLS, caveats)), words(drawn(CELLS, caveats, without=True))

    assert ["english", "‡", "+6.0", "W", "\N{MINUS SIGN}3.0", "L", "1W", "0=", "1L"] in counted
    assert ["english", "‡", "+6.0", "W", "\N{MINUS SIGN}3.0", "L", "0W", "0=", "1L"] in without
    assert ["Counts", "leave", "‡", "out."] in without


def test_the_map_says_nothing_by_colour_alone() -> None:
    """With colours and without, the same characters are printed."""
    texts = []
    for colour in ("truecolor", None):
        console = Console(
            file=StringIO(),
            width=80,
            force_terminal=True,
            no_color=not colour,
            legacy_windows=False,
        )
        with console.capture() as captured:
            console.print(drawn(CELLS))
        texts.append(captured.get())
    from rich.text import Text

    assert Text.from_ansi(texts[0]).plain == Text.from_ansi(texts[1]).plain
    assert texts[0] != texts[1]


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_map_fits(width: int) -> None:
    """Many targets are stacked; no line is wider than asked for."""
    cells = [replace(s, target=f"target_{i}_{s.target}") for i in range(8) for s in CELLS]
    file = StringIO()
    made = win_map(cells, title="t", width=width, caveats=NO_CAVEATS, without_leakage=False)
    Console(file=file, width=width).print(made)

    assert max(map(len, file.getvalue().splitlines())) <= width
    assert file.getvalue().count("+6.0 W") == 8


def test_the_map_on_the_command_line(compare: Command, xharness: Command) -> None:
    """--map prints the map of all targets, and JSON; it goes with no other view."""
    compare()
    text = xharness("leaderboard", "--map").out
    found = xharness("leaderboard", "--map", "--json").json["map"]

    assert "xtreme: fake-model, against none" in text
    assert [(row["target"], row["verdict"]) for row in found] == [
        *(("colours", None), ("match", None))
    ]
    for flags in (["--map", "--audit"], ["--map", "--target", "colours"]):
        assert xharness("leaderboard", *flags).status == 2


def test_the_map_against_another_strategy(compare: Command, xharness: Command) -> None:
    """--against changes what rows are compared with, and the map says that it was not declared."""
    compare()
    text = " ".join(xharness("leaderboard", "--map", "--against", "english").out.split())

    assert "xtreme: fake-model, against english" in text
    assert "Points ahead of english (+)" in text
    assert "Compared with english afterwards" in text


def test_nothing_to_map() -> None:
    """Without a strategy beside none there is a sentence."""
    assert words(drawn([BASE]))[-1] == ["no", "differences", "yet"]
