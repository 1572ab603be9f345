"""A target's results by groups of languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group as Together
from rich.console import RenderableType
from rich.text import Text

from xharness.languages import ELSEWHERE, UNSAID
from xharness.metrics.metric import one_signature
from xharness.planning.contrasts import TargetEntry
from xharness.report.caveats import caveat_lines, row_name
from xharness.report.gaps import gaps
from xharness.report.table import Block, heading, name_lines, note, stacked
from xharness.report.wording import percent, signed

if TYPE_CHECKING:
    from xharness.analysis.caveats import Caveats
    from xharness.analysis.gaps import Gaps
    from xharness.analysis.language_groups import Group


def by_group(
    groups: Sequence[Group],
    *,
    title: str,
    what: str,
    width: int,
    caveats: Caveats | None = None,
    apart: Sequence[Gaps] = (),
) -> RenderableType:
    """Return one table per target: groups of languages as rows, strategies as columns.

    Args:
        groups: Of all targets; groups, strategies and arms stand in the order in which they
            first appear.
        title: Names suite and model.
        what: What languages are grouped by.
        width: Columns of text there are; strategies that do not fit stand in a table below.
        caveats: Which rows are marked.
        apart: How far groups are apart, which stands below each target's table.

    Raises:
        DataError: If one target's scores have different signatures.
    """
    parts: list[RenderableType] = []
    for target in dict.fromkeys(g.target for g in groups):
        mine = [g for g in groups if g.target == target]
        signature = one_signature(target, (g.signature for g in mine))
        few = _few(mine)
        parts += [heading(f"{title}, {target} by {what}"), Text()]
        if shown := [g for g in mine if g.group not in few]:
            parts += _tables(shown, width, caveats)
        about = [f"{target}: {signature}", *caveat_lines(caveats, target)]
        if few:
            named = "; ".join(f"{name}: {languages}" for name, languages in few.items())
            about.append(f"Too few languages for a mean, fewer than 2: {named}.")
        parts += [*(note(line) for line in about), Text()]
        for target_gaps in apart:
            if target_gaps.target == target:
                parts += [*gaps(target_gaps, what=what, width=width, caveats=caveats), Text()]
    if not parts:
        return Together(heading(f"{title} by {what}"), Text(), Text("no results yet"))
    return Together(*parts, *(note(line) for line in _notes(groups)))


def _few(groups: Sequence[Group]) -> dict[str, str]:
    """Return the groups of a target that have too few languages, with these languages."""
    few = {}
    for name in dict.fromkeys(g.group for g in groups):
        rows = [g for g in groups if g.group == name]
        # A row that has all of a group's languages and no mean tells it of every row.
        if any(g.mean is None and not g.missing for g in rows):
            languages = max((g.languages for g in rows), key=len)
            few[name] = " ".join(languages) or "-"
    return few


def _tables(
    groups: Sequence[Group], width: int, caveats: Caveats | None
) -> Sequence[RenderableType]:
    """Return one target's table, or several below each other."""
    names = list(dict.fromkeys(g.group for g in groups))
    cells = {(TargetEntry.of(g), g.group): g for g in groups}
    most = {name: max((g for g in groups if g.group == name), key=lambda g: g.n) for name in names}
    columns = [
        Block(heading=Text("languages"), cells=[Text(f"{len(most[g].languages)}") for g in names]),
        Block(heading=Text("n"), cells=[Text(f"{most[g].n:,}") for g in names]),
    ]
    columns += [
        Block(
            heading=row_name(row, caveats),
            cells=[_cell(cells.get((row, name))) for name in names],
        )
        for row in dict.fromkeys(TargetEntry.of(g) for g in groups)
    ]
    first = Block(heading=Text("group"), cells=[_named(most[name]) for name in names])
    return stacked(first, columns, width=width, spaced=True)


def _named(group: Group) -> Text:
    """Return a group's name and, below it, its languages."""
    return name_lines(group.group, " ".join(group.languages) or "-")


def _cell(group: Group | None) -> Text:
    """Return a mean and the difference to `none`."""
    if group is None or group.mean is None:
        return Text("-")
    ahead = "" if group.delta is None else f" ({signed(group.delta)})"
    return Text(f"{percent(group.mean)}{ahead}")


def _notes(groups: Sequence[Group]) -> list[str]:
    """Return how to read the tables."""
    lines = ["Percent: mean over the group's languages, unweighted; n: examples."]
    lines.append("The source language stands in no group.")
    lines.append(
        "In brackets: points ahead of none (+) or behind (\N{MINUS SIGN}) on the same languages; "
        "no interval."
    )
    if any(g.missing for g in groups):
        lines.append("-: a language of the group lacks a score.")
    if any(g.group == ELSEWHERE for g in groups):
        lines.append(f"{ELSEWHERE}: the table that xharness list languages shows.")
    if any(g.group == UNSAID for g in groups):
        lines.append(f"{UNSAID}: xharness list languages has no value for the language.")
    if any(g.group == "far" for g in groups):
        lines.append(
            "near: two or all of family, script and word order as in the source language; "
            "far: none."
        )
    return lines
