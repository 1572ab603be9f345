"""A table of names and values, with examples below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from xharness.report.table import Column, heading, safe, table


def facts(
    title: str,
    values: Mapping[str, Any],
    examples: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> RenderableType:
    """Return names and values as a table, then examples as text, one field a line.

    Args:
        title: Stands above the table.
        values: Strings are shown as they are, a mapping as "name value, name value".
        examples: Language to rows.
    """
    rows = [[name, _words(value)] for name, value in values.items()]
    parts = [table([Column(name="field"), Column(name="value")], rows, title=title)]
    for language, several in (examples or {}).items():
        for row in several:
            parts += [Text(), heading(f"example, {language}")]
            parts += [
                Text(f"{name}: {safe(value)}", overflow="fold") for name, value in row.items()
            ]
    return Group(*parts)


def _words(value: Any) -> str:
    """Return a value in words, without the empty fields of a mapping."""
    if isinstance(value, Mapping):
        return ", ".join(f"{n} {_words(v)}" for n, v in value.items() if n and v not in (None, []))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(_words(v) for v in value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
