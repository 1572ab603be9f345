"""The first screen: what it has in which order, how long it is, and that its commands work."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from support.cells import ahead, scored
from support.plans import published
from support.printing import printed
from xharness.analysis.caveats import Caveats
from xharness.analysis.leakage import Leaks
from xharness.analysis.results import Averages, Summary
from xharness.planning.contrasts import TargetEntry
from xharness.report.screen import Found, screen

NAMES = ("xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc", "tatoeba")
LAB = [f"lab_{name}" for name in NAMES]
ROWS = ("english", "translate", "mlm")
PLAN = replace(
    published(), suite="lab", model="lab-mini", title="fictional languages", seeds=(1, 2, 3, 4, 5)
)


def as_readme() -> list[Summary]:
    """Return three strategies on the lab's nine targets, with findings of every kind."""
    cells = [scored(t, 58.1) for t in LAB]
    for r, row in enumerate(ROWS):
        for i, target in enumerate(LAB):
            points = -12.3 + 3.1 * ((i + 4 * r) % 9)
            cells.append(
                ahead(
                    target,
                    points,
                    found=abs(points) > 7,
                    needs=3.0 + i,
                    row=(row, "lab_nli"),
                    near_far=4.0 if i == r else None,
                    near_far_p_holm=0.01 if i == r else None,
                    xtreme=Averages(mean=40.0 + points, mean_non_english=None, delta=points),
                )
            )
    return cells


def shown(cells: Sequence[Summary], width: int = 80, **more: Any) -> str:
    """Return what a pipe of this width receives."""
    more = {"plan": PLAN, "flags": (), **more}
    return printed(screen(Found(summaries=cells, **more), width=width), width)


@pytest.mark.parametrize(("width", "most"), [(80, 32), (100, 24), (160, 24)])
def test_it_is_one_screen(width: int, most: int) -> None:
    """The README's comparison, with findings of every kind, fits; no line is too wide."""
    lines = shown(as_readme(), width).splitlines()

    assert len(lines) <= most
    assert max(map(len, lines)) <= width
    assert sum(line.startswith("strategy") for line in lines) == 1


def test_the_order_is_answer_first() -> None:
    """What was compared, the table, a sentence for each row, and the commands, in this order."""
    lines = shown(as_readme(), 160).splitlines()

    assert lines[0] == "lab: lab-mini; fictional languages; seeds 1 to 5; after mnli"
    assert lines[2].split() == ["strategy", *NAMES, "mean"]
    assert [line.split()[0] for line in lines[4:8]] == ["none", *ROWS]
    assert lines[8].startswith("none: percent; others: points ahead of it (+) or behind (")
    assert [line.split(":")[0] for line in lines if ": better on " in line] == list(ROWS)
    assert [line.startswith("xharness leaderboard --") for line in lines[-3:]] == [True] * 3


def test_a_row_has_points_and_the_baseline_scores() -> None:
    """Every number is there, signed where it is a difference, with a dagger where it is found."""
    cells = [
        *(scored("xnli", 37.3), scored("panx", 51.9)),
        *(ahead("xnli", 8.2, found=True), ahead("panx", -0.04)),
    ]
    lines = [line.split() for line in shown(cells).splitlines()]

    assert ["none", "37.3", "51.9", "44.6"] in lines
    assert ["english", "+8.2†", "±0.0", "+4.1"] in lines


def test_numbers_stand_below_each_other() -> None:
    """The decimal points of a column are in one place, with a dagger behind some or not."""
    cells = [scored("xnli", 37.3), ahead("xnli", 8.2, found=True)]
    cells.append(ahead("xnli", 11.0, row=("mlm", "mnli")))
    rows = [line for line in shown(cells).splitlines() if re.match("none |english |mlm ", line)]

    assert len({row.index(".") for row in rows}) == 1


def test_failed_and_missing_cells_are_words() -> None:
    """A cell without a number says "failed" or is a dash, and its row has no mean."""
    cells = [scored("xnli"), scored("panx"), ahead("xnli", None, n=0, missing=3)]
    cells.append(ahead("panx", None, missing=1))
    text = shown(cells, failed=[TargetEntry("english", "mnli", "xnli")])

    assert ["english", "failed", "-", "-"] in [line.split() for line in text.splitlines()]
    assert shown([replace(c, n=0, mean=None) for c in cells]).endswith("no results yet\n")


def test_the_best_of_each_column_is_bold() -> None:
    """In a terminal the best score, or the points that lead to it, are bold; so are equal ones."""
    cells = [scored("xnli"), scored("panx"), ahead("xnli", 2.0), ahead("panx", -2.0)]
    found = Found(plan=PLAN, summaries=cells)
    text = printed(screen(found, width=80), force_terminal=True, color_system="standard")

    assert re.findall(r"\x1b\[1m([+±\d.]+)", text) == ["40.0", "40.0", "+2.0", "±0.0"]


def test_wide_tables_are_split_evenly_and_once() -> None:
    """Columns that do not fit at 60 make two tables of about one width, each with all rows."""
    lines = shown(as_readme(), 60).splitlines()
    heads = [line for line in lines if line.startswith("strategy")]

    assert len(heads) == 2
    assert sum(line.startswith("translate ") for line in lines) == 2
    assert [word for head in heads for word in head.split()[1:]] == [*NAMES, "mean"]
    assert abs(len(heads[0].rstrip()) - len(heads[1].rstrip())) <= 10


@pytest.mark.parametrize(
    ("targets", "heads"),
    [
        (("lab_xnli", "lab_panx"), ["xnli", "panx"]),
        (("lab_xnli", "panx"), ["lab_xnli", "panx"]),
        (("lab_xnli", "labour"), ["lab_xnli", "labour"]),
        (("lab_xnli", "lab_"), ["lab_xnli", "lab_"]),
        (("lab_xnli",), ["lab_xnli"]),
    ],
)
def test_a_beginning_that_all_share_is_left_out(targets: Sequence[str], heads: list[str]) -> None:
    """Targets are called by what tells them apart; the commands below call them by their names."""
    text = shown([*map(scored, targets), *(ahead(t, 1.0) for t in targets)], 100)
    mean = ["mean"] if len(targets) > 1 else []

    assert text.splitlines()[2].split() == ["strategy", *heads, *mean]
    assert f"--target {targets[0]}" in text


def test_same_data_is_marked_and_explained() -> None:
    """A cell whose arm has the target's own training rows has its mark also on this screen."""
    leaks = Leaks(cells={TargetEntry("english", "mnli", "xnli"): ("mnli",)})
    text = shown([scored("xnli"), ahead("xnli", 9.0, found=True)], caveats=Caveats(leaks=leaks))

    assert "+9.0†‡" in text
    assert "‡ same data, no transfer" in text


def test_one_seed_says_what_would_help() -> None:
    """With one seed there is no dagger to explain, but a flag that gives tests."""
    text = shown([scored("xnli", seeds=1), ahead("xnli", 9.0, found=None, seeds=1)], 160)

    assert "one seed: no tests; --seeds 3 has them" in text
    assert "†" not in text


@pytest.mark.parametrize(("seeds", "chance"), [(2, "3 times in 4"), (5, "4 times in 5")])
def test_how_often_it_would_have_been_found_is_said(seeds: int, chance: str) -> None:
    """Two seeds say less about how far seeds differ; where all is found nothing is said."""
    cells = [scored("xnli", seeds=seeds), ahead("xnli", 9.0, seeds=seeds)]
    all_found = [cells[0], ahead("xnli", 9.0, found=True, seeds=seeds)]

    assert f"would have been found: {chance}" in shown(cells, 160)
    assert "would have been" not in shown(all_found, 160)


def test_the_baseline_alone_is_a_table() -> None:
    """Without a row that is compared there are scores and commands, and no sentence."""
    lines = shown([scored("xnli"), scored("panx")]).splitlines()

    assert lines[4].split() == ["none", "40.0", "40.0", "40.0"]
    assert lines[5:7] == ["percent", ""]
    assert len(lines) == 10


def test_commands_find_the_same_comparison() -> None:
    """Each command has the flags that it needs, quoted; the first is about the clearest finding."""
    cells = [scored("xnli"), scored("panx"), ahead("xnli", 9.0), ahead("panx", -2.0, found=True)]
    text = shown(cells, 160, flags=("--store", "my store"), without_leakage=True)
    commands = [shlex.split(line.split("  #")[0]) for line in text.splitlines()[-3:]]

    assert commands == [
        ["xharness", "leaderboard", "--target", "panx", "--store", "my store"],
        ["xharness", "leaderboard", "--consistency", "--store", "my store"],
        ["xharness", "leaderboard", "--details", "--without-leakage", "--store", "my store"],
    ]
    assert "xharness leaderboard" not in shown(cells, flags=None)


@pytest.mark.parametrize("name", ["[red]x[/red]", "x\x1b[31my", "a\nb"])
def test_names_are_printed_as_text(name: str) -> None:
    """Markup and control characters in names reach neither the terminal nor rich as such."""
    plan = replace(PLAN, model=name, title=name)
    cells = [scored(name), ahead(name, 9.0, row=(name, name), found=True)]
    text = shown(cells, 160, plan=plan)

    assert "\x1b" not in text
    assert "a\nb" not in text
    assert text.count("[red]x[/red]") in {0, 7}
