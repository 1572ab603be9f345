"""Pictures of a comparison as PNG, SVG or PDF, drawn by matplotlib if it is installed.

No window is opened. The user's own matplotlib settings are ignored, so that equal results give
equal files.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from xharness import languages
from xharness.analysis.learning_curves import curves
from xharness.errors import StudyError, nearest
from xharness.planning.contrasts import TargetEntry
from xharness.planning.request import BASELINE
from xharness.report.caveats import caveat_lines, mark
from xharness.report.winmap import LETTERS, opponent, verdict
from xharness.report.wording import signed

if TYPE_CHECKING:
    from xharness.commands.leaderboard import Board
    from xharness.store.store import Store

FORMATS: Mapping[str, Mapping[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}
"""Ending of a file to the metadata left out of it: they change with the day, or with matplotlib's
version, and equal results would not give equal files."""
SALT = "xharness"
"""Salt of the hashed names inside an SVG; without one they are random."""
SETTINGS: Mapping[str, Any] = {
    "svg.hashsalt": SALT,
    "svg.fonttype": "path",  # outlines, so that it looks the same where the font is missing
    "pdf.fonttype": 42,  # TrueType: journals refuse matplotlib's default, Type 3 fonts
    "text.parse_math": False,  # names may hold a dollar sign
    "font.size": 9.0,
    "axes.unicode_minus": True,
}
COLUMNS = 3
"""Largest number of panels side by side."""
NOWHERE = 0.02
"""GiB at which a language is drawn that is not in CC-100. It stands for zero, which a logarithmic
axis cannot show, so it is left of the smallest amount that the table has."""
MOST = 1000.0
"""GiB at the right edge; English has the most, 301."""
MARKERS = "os^Dv<>PX*"


class Plot(Enum):
    """What can be drawn."""

    MAP = "map"
    RESOURCE = "resource"
    CURVES = "curves"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """How far one row is ahead of `none` in one language of one target."""

    row: str
    target: str
    language: str
    gib: float | None
    """CC-100 text; None where there is none."""
    points: float


def save(plot: Plot, board: Board, store: Store, out: Path, target: str | None = None) -> None:
    """Draw one picture into a file; an existing file is replaced.

    Args:
        plot: What to draw.
        board: A plan and its results.
        store: Holds the learning curves.
        out: Ends in .png, .svg or .pdf.
        target: The only target to draw; None for all.

    Raises:
        StudyError: If matplotlib is not installed, there is nothing to draw, the plan has no such
            target, or the file cannot be written.
    """
    if out.suffix not in FORMATS:
        raise _wrong(f"-o: {out} is no picture; let its name end in .png, .svg or .pdf")
    known = [t.name for t in board.plan.targets]
    if target is not None and target not in known:
        raise _wrong(f"--target: the plan has no target {target!r}; {nearest(target, known)}")
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise _wrong(
            "matplotlib is not installed; install it with: pip install 'xharness[plot]'"
        ) from None
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        figure = Figure(layout="constrained")
        draw: Callable[[], None] = {
            Plot.MAP: lambda: _map(figure, board, target),
            Plot.RESOURCE: lambda: _resource(figure, board, target),
            Plot.CURVES: lambda: _curves(figure, board, store, target),
        }[plot]
        draw()
        try:
            figure.savefig(out, format=out.suffix[1:], dpi=150, metadata=FORMATS[out.suffix])
        except OSError as error:
            raise _wrong(f"-o: {out} cannot be written ({error.strerror})") from error


def gains(board: Board, target: str | None = None) -> list[Gain]:
    """Return the gain over `none`, mean over seeds, wherever both have every seed's score.

    Languages that the table of languages lacks, such as fictional ones, are left out.
    """
    scores: dict[tuple[TargetEntry, str], list[float]] = {}
    for r in board.results:
        if target in {None, r.target}:
            scores.setdefault((r.on_target, r.language), []).append(r.score)
    whole = {p: fmean(s) for p, s in scores.items() if len(s) == len(board.plan.seeds)}
    base = {(p.target, n): mean for (p, n), mean in whole.items() if p.strategy == BASELINE}
    table = languages.table()
    return [
        Gain(
            row=" ".join(place.entry.names),
            target=place.target,
            language=code,
            gib=table[code].cc100_gib,
            points=mean - base[place.target, code],
        )
        for (place, code), mean in whole.items()
        if place.strategy != BASELINE and code in table and (place.target, code) in base
    ]


def _map(figure: Any, board: Board, target: str | None) -> None:
    """Draw a map of arms and targets, with the difference and the verdict's letter in each cell.

    The letter and the sign say what the colour says, for readers who do not see the colour.
    """
    cells = {
        (" ".join(s.on_target.entry.names), s.target): s
        for s in board.summaries
        if s.delta is not None and target in {None, s.target}
    }
    if not cells:
        raise _wrong("there is no difference to draw yet; run xharness compare first")
    rows, targets = (list(dict.fromkeys(place[i] for place in cells)) for i in (0, 1))
    marks = _marks(board)
    values = [[_delta(cells.get((r, t))) for t in targets] for r in rows]
    # The colours reach equally far to both sides, so that the neutral one is at no difference.
    far = max(abs(s.delta or 0.0) for s in cells.values()) or 1.0
    figure.set_size_inches(2.5 + 1.1 * len(targets), 1.6 + 0.45 * len(rows))
    axes = figure.subplots()
    image = axes.imshow(values, cmap="PuOr_r", vmin=-far, vmax=far, aspect="auto")
    for (row, name), summary in cells.items():
        ahead = verdict(summary)
        letter = f" {LETTERS[ahead]}" if ahead else ""
        axes.text(
            targets.index(name),
            rows.index(row),
            f"{marks.get((row, name), '')} {signed(summary.delta or 0.0)}{letter}".lstrip(),
            ha="center",
            va="center",
            color="white" if abs(summary.delta or 0.0) > 0.7 * far else "black",
        )
    axes.set_xticks(range(len(targets)), targets, rotation=30, ha="right")
    axes.set_yticks(range(len(rows)), rows)
    figure.colorbar(image, label=f"points ahead of {opponent(cells.values())}")
    tested = any(s.significant is not None for s in cells.values())
    test = "ahead at 5 % (Holm); L: behind" if tested else "95 % interval above zero; L: below"
    how = f"W: {test}; =: neither; no letter: not tested"
    _explain(figure, board, [how, *caveat_lines(board.caveats, target)])


def _marks(board: Board) -> dict[tuple[str, str], str]:
    """Return the marks of rows on targets."""
    places = dict.fromkeys(s.on_target for s in board.summaries)
    return {(" ".join(p.entry.names), p.target): mark(p, board.caveats) for p in places}


def _delta(summary: Any) -> float:
    """Return a difference; NaN, which is drawn white, where there is none."""
    return float("nan") if summary is None else float(summary.delta)


def _resource(figure: Any, board: Board, target: str | None) -> None:
    """Draw the gain in each language against its amount of text in CC-100, XLM-R's pretraining."""
    points = gains(board, target)
    if not points:
        raise _wrong("no language of the plan is in the table of languages with its resources")
    rows = list(dict.fromkeys(g.row for g in points))
    targets = list(dict.fromkeys(g.target for g in points))
    panels = _panels(figure, targets)
    lacking = any(g.gib is None for g in points)
    marks = _marks(board)
    for name, axes in panels.items():
        axes.axhline(0.0, color="black", linewidth=0.8)
        for i, row in enumerate(rows):
            mine = [g for g in points if (g.row, g.target) == (row, name)]
            axes.scatter(
                [g.gib or NOWHERE for g in mine],
                [g.points for g in mine],
                marker=MARKERS[i % len(MARKERS)],
                label=f"{row}{marks.get((row, name), '')}",
                s=18,
            )
            for g in mine:
                axes.annotate(
                    g.language, (g.gib or NOWHERE, g.points), fontsize=7, xytext=(3, 3),
                    textcoords="offset points",
                )  # fmt: skip
        axes.set_xscale("log")
        ticks = {**({NOWHERE: "none"} if lacking else {}), 0.1: "0.1", 1: "1", 10: "10", 100: "100"}
        axes.set_xticks(list(ticks), list(ticks.values()))
        axes.minorticks_off()
        axes.set_xlim(NOWHERE / 2 if lacking else 0.05, MOST)
        axes.set_xlabel("GiB in CC-100")
        axes.set_ylabel("points ahead of none")
        axes.legend(fontsize=7)
    how = "each point is a language, mean over seeds; no interval"
    _explain(figure, board, [how, *caveat_lines(board.caveats, target)])


def _curves(figure: Any, board: Board, store: Store, target: str | None) -> None:
    """Draw the loss of every training; those that differ only in the seed share a panel."""
    lines = curves(board.plan, store, target)
    if not lines:
        raise _wrong("the store has no training of this plan; run xharness compare first")
    panels = _panels(figure, list(dict.fromkeys(c.panel for c in lines)))
    for curve in lines:
        axes = panels[curve.panel]
        style = ("-", "--", ":", "-.")[len(axes.lines) % 4]
        axes.plot(curve.updates, curve.losses, style, label=curve.label)
    for axes in panels.values():
        axes.set_xlabel("update")
        axes.set_ylabel("training loss")
        axes.legend(fontsize=7)
    _explain(figure, board, ["loss of the training batches, as recorded"])


def _panels(figure: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return name to the axes of its panel, at most `COLUMNS` side by side."""
    columns = min(COLUMNS, len(names))
    rows = -(-len(names) // columns)
    figure.set_size_inches(4.0 * columns, 3.0 * rows + 0.5)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for spare in grid[len(names) :]:
        spare.set_axis_off()
    for axes, name in zip(grid, names, strict=False):
        axes.set_title(name, fontsize=9)
    return dict(zip(names, grid, strict=False))


def _explain(figure: Any, board: Board, how: Sequence[str]) -> None:
    """Write what was compared above the picture, and how to read it below."""
    seeds = "one seed" if len(board.plan.seeds) == 1 else f"{len(board.plan.seeds)} seeds"
    figure.suptitle(f"{board.plan.suite}: {board.plan.model}, {board.plan.recipe}, {seeds}")
    # An inch holds about 20 letters of 7 points, which are half as wide as high; 17 is safe.
    wide = int(17 * figure.get_figwidth())
    figure.supxlabel("\n".join(textwrap.fill(line, wide) for line in how), fontsize=7)


def _wrong(problem: str) -> StudyError:
    """Return one problem of this command."""
    return StudyError("plot", [problem])
