"""The mark of same-data supervision, and the line below a table that explains it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from rich.text import Text

from xharness.report.table import name_lines

if TYPE_CHECKING:
    from xharness.analysis.leakage import Leaks
    from xharness.planning.contrasts import TargetEntry

MARK = "\N{DOUBLE DAGGER}"


def row_name(place: TargetEntry, same_data: Collection[TargetEntry] = ()) -> Text:
    """Return what a row or a column is called, below each other, with the mark if it has one."""
    *above, last = place.entry.names
    return name_lines(*above, f"{last}{MARK}" if place in same_data else last)


def leak_lines(leaks: Leaks, target: str | None = None) -> list[str]:
    """Return what the mark means, and of which targets nothing is known.

    Args:
        leaks: Of the whole comparison.
        target: Only of this one.
    """
    targets: dict[str, dict[str, None]] = {}
    for place, tasks in leaks.cells.items():
        for task in tasks if target in {None, place.target} else ():
            targets.setdefault(task, {})[place.target] = None
    lines = []
    if targets:
        pairs = "; ".join(f"{task} before {', '.join(names)}" for task, names in targets.items())
        lines.append(
            f"{MARK} same data, no transfer: the arm has the target's training rows ({pairs})."
        )
    unknown = [name for name in leaks.unknown if target in {None, name}]
    if unknown:
        lines.append(f"{MARK} is not known for {', '.join(unknown)}: no plugin offers the task.")
    return lines
