"""Pictures: what is in them, that they are what they say, and the same every time."""

from __future__ import annotations

import builtins
import re
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from support.fake_comparison import Compared, compared
from support.program import FAKES, Command
from xharness.analysis.caveats import Caveats
from xharness.analysis.leakage import Leaks
from xharness.analysis.learning_curves import curves
from xharness.commands import leaderboard
from xharness.commands import plot as plots
from xharness.commands.leaderboard import Board
from xharness.commands.plot import Plot
from xharness.errors import StudyError
from xharness.planning.contrasts import TargetEntry
from xharness.report.winmap import LETTERS, verdict

pytest.importorskip("matplotlib", reason="matplotlib, an optional extra, is not installed")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison of two targets with two seeds."""
    return compared(tmp_path_factory.mktemp("plots") / "store")


@pytest.fixture(scope="module")
def board(done: Compared) -> Board:
    """Return its board, with one cell of same-data supervision."""
    without_leaks = leaderboard.board(done.store, None, done.registry.tasks)
    return replace(
        without_leaks,
        caveats=Caveats(
            leaks=Leaks(cells={TargetEntry("english", "first", "colours"): ("first",)})
        ),
    )


def words(path: Path) -> list[str]:
    """Return the texts of an SVG: matplotlib writes them as comments beside their outlines."""
    return re.findall(r"<!-- (.*?) -->", path.read_text("utf-8"))


@pytest.mark.parametrize("plot", list(Plot))
def test_svg(plot: Plot, board: Board, done: Compared, tmp_path: Path) -> None:
    """Each picture is a well-formed SVG that names suite, model, recipe and seeds."""
    plots.save(plot, board, done.store, tmp_path / "x.svg")

    assert ET.parse(tmp_path / "x.svg").getroot().tag.endswith("svg")  # noqa: S314 - ours
    assert "small: fake-model, quick, 2 seeds" in words(tmp_path / "x.svg")


@pytest.mark.parametrize(
    ("plot", "suffix"),
    [
        (Plot.RESOURCE, ".png"),
        (Plot.MAP, ".svg"),
        (Plot.CURVES, ".svg"),
        (Plot.MAP, ".pdf"),
    ],
)
def test_the_same_picture_every_time(
    plot: Plot, suffix: str, board: Board, done: Compared, tmp_path: Path
) -> None:
    """Drawn twice, a file has the same bytes, whatever settings the user has for matplotlib."""
    import matplotlib as mpl

    for name, size in (("a", 10.0), ("b", 20.0)):
        with mpl.rc_context({"font.size": size}):
            plots.save(plot, board, done.store, tmp_path / f"{name}{suffix}")
    first, second = ((tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")

    assert first == second
    begins = {".png": b"\x89PNG\r\n", ".svg": b"<?xml", ".pdf": b"%PDF"}
    assert first.startswith(begins[suffix])


def test_the_map_says_its_numbers(board: Board, done: Compared, tmp_path: Path) -> None:
    """Every cell has mark, sign, number and letter; the mark is explained."""
    plots.save(Plot.MAP, board, done.store, tmp_path / "x.svg")
    summary = next(s for s in board.summaries if (s.strategy, s.target) == ("english", "colours"))
    texts = words(tmp_path / "x.svg")

    assert f"‡ +{summary.delta:.1f} {LETTERS[verdict(summary) or '']}" in texts
    assert {"english first", "colours", "match"} <= set(texts)
    assert any("same data, no transfer" in line for line in texts)


def test_gains(board: Board) -> None:
    """A gain is the mean over seeds less that of none; sizes are those of the table."""
    gains = {(g.target, g.language): g for g in plots.gains(board)}
    scores = {
        row: fmean(
            r.score
            for r in board.results
            if (r.strategy, r.target, r.language) == (row, "colours", "sw")
        )
        for row in ("none", "english")
    }

    assert set(gains) == {
        ("colours", "en"), ("colours", "de"), ("colours", "sw"), ("match", "de"), ("match", "sw"),
    }  # fmt: skip
    assert gains["colours", "sw"].points == pytest.approx(scores["english"] - scores["none"])
    assert gains["colours", "sw"].gib == 1.6
    assert [g.target for g in plots.gains(board, "match")] == ["match", "match"]


def test_gains_need_every_seed(board: Board) -> None:
    """A language that lacks a score under one of the two is left out."""
    fewer = replace(
        board,
        results=tuple(
            r for r in board.results if (r.strategy, r.language, r.seed) != ("none", "de", 2)
        ),
    )

    assert {g.language for g in plots.gains(fewer)} == {"en", "sw"}


def test_curves(board: Board, done: Compared) -> None:
    """Every training behind the scores has its curve, one panel for those of several seeds."""
    drawn = curves(board.plan, done.store)

    assert [(c.panel, c.label) for c in drawn] == [
        *(("colours", "seed 1"), ("colours", "seed 2")),
        *(("colours after first", "seed 1"), ("colours after first", "seed 2")),
        *(("first", "seed 1"), ("first", "seed 2")),
    ]
    assert (list(drawn[0].updates), list(drawn[0].losses)) == ([1, 2], [1.0, 0.5])
    assert {c.panel for c in curves(board.plan, done.store, "match")} == {"first"}


def test_without_matplotlib(
    board: Board, done: Compared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is missing the command says what to install."""
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(StudyError, match=re.escape("pip install 'xharness[plot]'")):
        plots.save(Plot.MAP, board, done.store, tmp_path / "x.svg")


def test_wrong_pictures(board: Board, done: Compared, tmp_path: Path) -> None:
    """Another format, an unknown target, nothing to draw and no folder are each named."""
    wrong = {
        "is no picture": (Plot.MAP, board, tmp_path / "x.bmp", None),
        "did you mean colours": (Plot.MAP, board, tmp_path / "x.svg", "colour"),
        "no difference to draw": (Plot.MAP, replace(board, summaries=()), tmp_path / "x.svg", None),
        "no language of the plan": (
            Plot.RESOURCE, replace(board, results=()), tmp_path / "x.svg", None,
        ),
        "cannot be written": (Plot.MAP, board, tmp_path / "no" / "x.svg", None),
    }  # fmt: skip
    for problem, (plot, what, out, target) in wrong.items():
        with pytest.raises(StudyError, match=problem):
            plots.save(plot, what, done.store, out, target)


def test_on_the_command_line(compare: Command, xharness: Command, tmp_path: Path) -> None:
    """`plot` writes a file and says so."""
    compare()
    ran = xharness("plot", "map", "-o", "map.svg", "--plugin", FAKES, "--json")

    assert (ran.status, ran.json["written"]) == (0, [{"file": "map.svg"}])
    assert (tmp_path / "map.svg").is_file()
