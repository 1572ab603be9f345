"""The marks of rows, and the lines below a table that explain them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from xharness.report.table import name_lines

if TYPE_CHECKING:
    from xharness.analysis.caveats import Caveats
    from xharness.analysis.leakage import Leaks
    from xharness.analysis.numerics import Numerics
    from xharness.planning.contrasts import TargetEntry

SAME_DATA = "\N{DOUBLE DAGGER}"
OTHER_NUMERICS = "\N{SECTION SIGN}"


def mark(place: TargetEntry, caveats: Caveats | None) -> str:
    """Return the marks of a cell; usually an empty string."""
    if caveats is None:
        return ""
    same = SAME_DATA if place in caveats.leaks.cells else ""
    return same + (OTHER_NUMERICS if place in caveats.numerics.mixed else "")


def row_name(place: TargetEntry, caveats: Caveats | None) -> Text:
    """Return the name of a row or column, its parts below each other, with its marks."""
    *above, last = place.entry.names
    return name_lines(*above, f"{last}{mark(place, caveats)}")


def caveat_lines(caveats: Caveats | None, target: str | None = None) -> list[str]:
    """Return what the marks mean, one line for each.

    Args:
        caveats: The cells of the comparison that are marked.
        target: Only the marks on this target; None for all.
    """
    if caveats is None:
        return []
    return [*_leak_lines(caveats.leaks, target), *_numerics_lines(caveats.numerics, target)]


def _numerics_lines(numerics: Numerics, target: str | None) -> Iterator[str]:
    """Yield a line about contrasts between rows of different numerics, if there are any."""
    mixed = {p: names for p, names in numerics.mixed.items() if target in {None, p.target}}
    if mixed:
        classes = dict.fromkeys(name for names in mixed.values() for name in names)
        yield (
            f"{OTHER_NUMERICS} computed differently from the row it is compared with, which may be "
            f"part of the difference: {'; '.join(classes)}. Separate stores keep these apart."
        )


def _leak_lines(leaks: Leaks, target: str | None) -> list[str]:
    """Return which arms contain a target's training rows, and for which targets it is unknown."""
    targets: dict[str, dict[str, None]] = {}
    for place, tasks in leaks.cells.items():
        for task in tasks if target in {None, place.target} else ():
            targets.setdefault(task, {})[place.target] = None
    lines = []
    if targets:
        pairs = "; ".join(f"{task} before {', '.join(names)}" for task, names in targets.items())
        lines.append(
            f"{SAME_DATA} same data, no transfer: the arm has the target's training rows ({pairs})."
        )
    unknown = [name for name in leaks.unknown if target in {None, name}]
    if unknown:
        lines.append(
            f"{SAME_DATA} is not known for {', '.join(unknown)}: no plugin offers the task."
        )
    return [*lines, *_text_lines(leaks, target)]


def _text_lines(leaks: Leaks, target: str | None) -> Iterator[str]:
    """Yield which strategies read running text from which targets were made."""
    targets: dict[str, dict[str, None]] = {}
    rows: dict[str, None] = {}
    for place, collections in leaks.texts.items():
        for collection in collections if target in {None, place.target} else ():
            targets.setdefault(collection, {})[place.target] = None
            rows[place.strategy] = None
    for collection, names in targets.items():
        yield (
            f"{', '.join(rows)}: masked LM reads {collection}, from which {', '.join(names)} were "
            "made; how much of their text it has read is not known."
        )
