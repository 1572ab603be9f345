"""The first screen of a comparison: what was found, and where to look next."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from xharness.report.caveats import caveat_lines
from xharness.report.notes import left_out_lines
from xharness.report.outcome import compared, rule_lines
from xharness.report.overlap import overlap_lines
from xharness.report.points import points
from xharness.report.sentences import sentences
from xharness.report.table import note, safe
from xharness.report.warning_line import warning_line
from xharness.report.wording import DAGGER, MINUS

if TYPE_CHECKING:
    from xharness.analysis.caveats import Caveats
    from xharness.analysis.diagnostics import PlanDiagnostic
    from xharness.analysis.results import Summary
    from xharness.planning.contrasts import TargetEntry
    from xharness.planning.plan import Plan
    from xharness.store.overlaps import Overlap


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the first screen shows."""

    plan: Plan
    summaries: Sequence[Summary]
    diagnostics: Sequence[PlanDiagnostic] = ()
    failed: Collection[TargetEntry] = ()
    """The cells that lack a mean because a phase failed."""
    caveats: Caveats | None = None
    overlaps: Sequence[Overlap] = ()
    """What test sets share with rows that were trained on."""
    afterwards: str = ""
    """What to say where rows are compared otherwise than the plan declares."""
    without_leakage: bool = False
    """Whether averages leave out same-data supervision."""
    flags: Sequence[str] | None = None
    """What the commands that go deeper need to find the same comparison, such as --store; None for
    no commands."""


def screen(found: Found, *, width: int) -> RenderableType:
    """Return one line about the comparison, its table, what was found, and three commands.

    Args:
        found: The comparison.
        width: Columns of text there are.
    """
    above = Text.assemble((safe(f"{found.plan.suite}: {found.plan.model}"), "bold"))
    above.append(safe(f"; {compared(found.plan)}"))
    if all(s.n == 0 for s in found.summaries):
        return Group(above, Text(), Text("no results yet"))
    table = points(
        found.summaries,
        width=width,
        failed=found.failed,
        caveats=found.caveats,
        without_leakage=found.without_leakage,
    )
    told = sentences(found.summaries, found.failed)
    lines = [Text.assemble((name, "bold"), f": {safe(text)}") for name, text in told.items()]
    if warnings := warning_line(found.diagnostics, found.summaries):
        lines.append(note(f"See --diagnostics: {warnings}"))
    return Group(
        above,
        Text(),
        *table[:-1],
        *map(note, _how_to_read(found)),
        *([Text(), *lines] if lines else []),
        *([] if found.flags is None else [Text(), *_next(found, found.flags, width)]),
    )


def _how_to_read(found: Found) -> list[str]:
    """Return what the numbers and marks of the table mean."""
    rows = [s for s in found.summaries if s.against is not None]
    against = list(dict.fromkeys(s.against for s in rows if s.against is not None))
    parts = ["percent"]
    if rows:
        other = " and ".join(against)
        parts = [f"{other}: percent", f"others: points ahead of it (+) or behind ({MINUS})"]
    if any(s.significant is not None for s in rows):
        parts.append(f"{DAGGER}: significant (5 %, Holm)")
    elif rows and all(s.seeds <= 1 for s in rows):
        parts.append("one seed: no tests; --seeds 3 has them")
    if any(s.significant is False and s.detectable_holm is not None for s in rows):
        # benchmarks/collapsed_seeds.py: two seeds say little about the variance over seeds.
        chance = "3 times in 4" if min(s.seeds for s in rows) == 2 else "4 times in 5"
        parts.append(f"would have been found: {chance}")
    if any(s.xtreme_differs for s in found.summaries):
        parts.append("mean: as in XTREME, of (EM + F1) / 2 for questions")
    marked = found.caveats.leaks.cells if found.caveats and found.without_leakage else ()
    lines = ["; ".join(parts), *caveat_lines(found.caveats), *left_out_lines(marked)]
    lines += [*overlap_lines(found.overlaps), *rule_lines(found.plan)]
    return [*lines, found.afterwards] if found.afterwards else lines


def _next(found: Found, flags: Sequence[str], width: int) -> list[Text]:
    """Return three commands that go deeper, each with what it shows where there is room."""
    target = _telling(found.summaries).target
    one = f"--target {shlex.quote(target)}"
    grouped = any(s.near_far is not None for s in found.summaries)
    commands = {
        one: "language by language",
        **(
            {f"--by distance {one}": "near against far"}
            if grouped
            else {"--consistency": "agreement of languages"}
        ),
        " ".join(["--details", *map(shlex.quote, _likewise(found))]): "intervals, ranks",
    }
    lines = [
        safe(" ".join(("xharness leaderboard", command, *map(shlex.quote, flags))))
        for command in commands
    ]
    longest = max(map(cell_len, lines))
    if longest + max(map(len, commands.values())) + 4 > width:
        return [Text(line, overflow="fold") for line in lines]
    gaps = [" " * (longest - cell_len(line)) for line in lines]
    return [
        Text.assemble(line, (f"{gap}  # {what}", "dim"))
        for line, gap, what in zip(lines, gaps, commands.values(), strict=True)
    ]


def _likewise(found: Found) -> list[str]:
    """Return the flags with which the details are of the same contrasts and averages."""
    others = [s.against for s in found.summaries if s.against is not None]
    against = ["--against", others[0]] if found.afterwards and others else []
    return [*against, "--without-leakage"] if found.without_leakage else against


def _telling(summaries: Sequence[Summary]) -> Summary:
    """Return the cell with the largest difference, a significant one if there is any."""
    return max(summaries, key=lambda s: (bool(s.significant), abs(s.delta or 0.0)))
