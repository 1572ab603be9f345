"""The arm chosen on development rows for each target, with its result on test rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from xharness.planning.contrasts import TargetEntry
from xharness.planning.plan import DEV_LIMIT
from xharness.report.caveats import mark
from xharness.report.table import Block, heading, name_lines, note, stacked
from xharness.report.wording import bracketed, percent, signed

if TYPE_CHECKING:
    from xharness.analysis.best_arm import BestArm
    from xharness.analysis.caveats import Caveats


def best_arms(chosen: Sequence[BestArm], *, width: int, caveats: Caveats | None) -> RenderableType:
    """Return one table per strategy that has several arms: targets as rows; empty without any.

    Args:
        chosen: In the order of the leaderboard.
        width: Columns of text there are.
        caveats: Which rows are marked.
    """
    parts: list[RenderableType] = []
    for strategy in dict.fromkeys(best.strategy for best in chosen):
        mine = [best for best in chosen if best.strategy == strategy]
        first = Block(
            heading=Text("target and arm"),
            cells=[name_lines(best.target, _choice(best, caveats)) for best in mine],
        )
        columns = [
            _column("dev", [_dev(best) for best in mine]),
            _column("test", [_test(best) for best in mine]),
            _column("without source", [_elsewhere(best) for best in mine]),
            _column(f"ahead of {_other(mine)}", [_ahead(best) for best in mine]),
        ]
        title = f"{strategy}: the best arm of each target, chosen on development rows"
        parts += [Text(), heading(title), Text(), *stacked(first, columns, width=width)]
    if parts:
        parts += [note(line) for line in _how_to_read()]
    return Group(*parts)


def best_arm_lines(chosen: Sequence[BestArm]) -> list[str]:
    """Return the best arms as sentences, one per strategy."""
    lines = []
    for strategy in dict.fromkeys(best.strategy for best in chosen):
        choices = [
            f"{best.target} {best.intermediates} (dev {_dev(best)}, test {_test(best)})"
            if best.intermediates is not None
            else f"{best.target} not chosen, {best.why}"
            for best in chosen
            if best.strategy == strategy
        ]
        lines.append(f"{strategy}, best arm chosen on development rows: {'; '.join(choices)}.")
    return lines


def _how_to_read() -> list[str]:
    """Return what the columns mean."""
    dev = f"Dev: percent on at most {DEV_LIMIT} development rows in the source language"
    return [
        f"{dev}, mean over seeds; test scores have no part in the choice.",
        "Test, ahead: as above; intervals do not allow for the choice of the arm.",
    ]


def _choice(best: BestArm, caveats: Caveats | None) -> str:
    """Return the arm, with its mark, or why there is none."""
    if best.intermediates is None:
        return f"not chosen: {best.why}"
    place = TargetEntry(best.strategy, best.intermediates, best.target)
    return f"{best.intermediates}{mark(place, caveats)}"


def _other(chosen: Sequence[BestArm]) -> str:
    """Return what the arms are compared with."""
    tests = [best.test for best in chosen if best.test is not None]
    return next((test.against for test in tests if test.against), "none")


def _dev(best: BestArm) -> str:
    """Return the development score of the chosen arm."""
    return "-" if best.intermediates is None else percent(best.dev[best.intermediates])


def _test(best: BestArm) -> str:
    """Return the test score of the chosen arm."""
    return "-" if best.test is None or best.test.mean is None else percent(best.test.mean)


def _elsewhere(best: BestArm) -> str:
    """Return the chosen arm's test score without the source language."""
    mean = None if best.test is None else best.test.mean_non_english
    return "-" if mean is None else percent(mean)


def _ahead(best: BestArm) -> str:
    """Return the difference and its interval."""
    test = best.test
    if test is None or test.delta is None:
        return "-"
    if test.low is None or test.high is None:
        return signed(test.delta)
    return f"{signed(test.delta)} {bracketed(test.low, test.high)}"


def _column(name: str, cells: Sequence[str]) -> Block:
    """Return a column of numbers."""
    return Block(heading=name_lines(name), cells=[Text(cell) for cell in cells])
