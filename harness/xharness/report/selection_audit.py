"""Selection rules side by side, and the pairs of rows whose order depends on the rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from xharness.planning.contrasts import TargetEntry
from xharness.report.caveats import caveat_lines, row_name
from xharness.report.outcome import SAME_CHECKPOINTS
from xharness.report.table import Block, heading, note, stacked
from xharness.report.wording import count, percent, signed

if TYPE_CHECKING:
    from xharness.analysis.caveats import Caveats
    from xharness.analysis.selection_audit import Audit, AuditedRow, Flip


_SHOWN = 0.05
"""Points: a smaller difference is zero when written with one digit."""


def audit(audited: Audit, *, title: str, width: int, caveats: Caveats) -> RenderableType:
    """Return one table per target: strategies as rows, rules as columns, changed orders below.

    Args:
        audited: The means under every rule; with one rule a sentence is returned instead.
        title: Names suite and model.
        width: Columns of text there are; rules that do not fit stand in a table below.
        caveats: Which rows are marked.
    """
    above = heading(f"{title}: selection rules")
    if len(audited.rules) < 2:
        return Group(
            above,
            Text(),
            Text(
                f"Only the rule {audited.rules[0]} was run. Run the same comparison again with "
                "--selection A,B (last, english-dev, target-dev, weight-average): no training is "
                "repeated, only predictions are added."
            ),
        )
    parts: list[RenderableType] = []
    alike: list[str] = []
    for target in dict.fromkeys(row.target for row in audited.rows):
        rows = [row for row in audited.rows if row.target == target]
        if all(row.spread == 0 and row.most is None for row in rows):
            alike.append(target)
            continue
        parts += [heading(f"{title}, {target} by selection rule"), Text()]
        parts += _table(rows, audited.rules, width, caveats)
        flips = [_flip(flip) for flip in audited.flips if flip.target == target]
        about = f"{target}: {rows[0].signature}, {count(rows[0].languages, 'language')}"
        flips = flips or [f"{target}: the order of the rows is the same under all rules."]
        lines = [*flips, about, *caveat_lines(caveats, target)]
        parts += [*map(note, lines), Text()]
    lines = [f"{', '.join(alike)}: every rule gives the same scores."] if alike else []
    return Group(*parts, *map(note, [*lines, *_how_to_read(audited)]))


def _table(
    rows: Sequence[AuditedRow], rules: Sequence[str], width: int, caveats: Caveats
) -> Sequence[RenderableType]:
    """Return one target's table."""
    first, *others = rules
    columns = [_column(first, [_number(r.means[first]) for r in rows])]
    columns += [_column(rule, [_beside(r, rule, first) for r in rows]) for rule in others]
    columns.append(_column("spread", [_number(r.spread) for r in rows]))
    for rule in rules:
        if any(rule in r.oracle_gap for r in rows):
            gaps = [r.oracle_gap.get(rule) for r in rows]
            cells = ["-" if gap is None else signed(gap) for gap in gaps]
            columns.append(_column(f"oracle - {rule}", cells))
    columns.append(_column("moves most", [_most(r) for r in rows]))
    names = [row_name(TargetEntry.of(r), caveats) for r in rows]
    return stacked(Block(heading=Text("strategy"), cells=names), columns, width=width)


def _column(name: str, cells: Sequence[str]) -> Block:
    """Return a column of numbers; a long name is broken where it has a hyphen."""
    broken = Text(name.replace("weight-", "weight-\n"))
    return Block(heading=broken, cells=[Text(cell) for cell in cells])


def _number(value: float | None) -> str:
    """Return a number, or a dash."""
    return "-" if value is None else percent(value)


def _beside(row: AuditedRow, rule: str, first: str) -> str:
    """Return a rule's mean and its difference to the first rule."""
    mean, base = row.means[rule], row.means[first]
    if mean is None:
        return "-"
    return percent(mean) if base is None else f"{percent(mean)} ({signed(mean - base)})"


def _most(row: AuditedRow) -> str:
    """Return the language whose score depends most on the rule, and by how many points."""
    return "-" if row.most is None else f"{row.most[0]} {percent(row.most[1])}"


def _flip(flip: Flip) -> str:
    """Return which of two rows is ahead under which rule."""
    ours, theirs = (" ".join(row.names) for row in (flip.ours, flip.theirs))
    least = min((abs(d) for d in flip.differences.values() if d), default=1.0)
    digits = 1 if least >= _SHOWN else 2  # the signs matter, so no difference may round to zero
    ways = ", ".join(f"{rule} {signed(d, digits)}" for rule, d in flip.differences.items())
    return f"{flip.target}: the order depends on the rule: {ours} against {theirs}: {ways}."


def _how_to_read(audited: Audit) -> list[str]:
    """Return what the columns mean."""
    from xharness.analysis.selection_audit import ORACLE

    seeds = "one seed" if len(audited.seeds) == 1 else f"mean over {len(audited.seeds)} seeds"
    lines = [
        f"Percent, {seeds} and all languages; in brackets: points ahead of {audited.rules[0]}.",
        "Spread: highest minus lowest rule; it has no interval.",
        "Moves most: the language in which the rules are furthest apart, in points.",
    ]
    if any(row.oracle_gap for row in audited.rows):
        lines.append(f"Oracle: {ORACLE}, which reads each language's own development set.")
    else:
        lines.append(
            f"No oracle gap: {ORACLE} was not run, or the targets have no development set."
        )
    return [*lines, *([SAME_CHECKPOINTS] if audited.same_checkpoints else [])]
