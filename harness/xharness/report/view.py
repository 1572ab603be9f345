"""What a command prints: text for people or an object for programs, from the same values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from rich.console import Console, RenderableType

from xharness.report.table import Column, table


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a command prints."""

    draw: Callable[[int], RenderableType]
    """Columns of text to a renderable."""
    document: Mapping[str, Any]
    """What --json prints, beside the schema number."""

    @staticmethod
    def of_rows(
        name: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        shown: Sequence[str] | None = None,
        prose: Sequence[str] = (),
        room: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> View:
        """Return a plain table.

        Args:
            name: The title, and the field of the document that holds the rows.
            rows: Equal fields in each.
            shown: The fields that people see; None is all of them.
            prose: The fields that hold sentences; their columns may be narrow.
            room: The fields that are left out where the terminal is narrow, the last one first.
            notes: Lines below the table.
        """
        names = list(shown or (rows[0] if rows else ()))
        columns = [
            Column(
                name=n,
                number=bool(rows) and all(isinstance(r[n], (int, float)) for r in rows),
                prose=n in prose,
                room=[*room].index(n) + 1 if n in room else 0,
            )
            for n in names
        ]
        return View(
            draw=lambda _: table(
                columns, [[r[n] for n in names] for r in rows], title=name, notes=notes
            ),
            document={name: list(rows)},
        )


def as_text(view: View, width: int) -> str:
    """Return what a view prints at a width in columns, without colours."""
    file = StringIO()
    Console(file=file, width=width, no_color=True, force_jupyter=False).print(view.draw(width))
    return file.getvalue()
