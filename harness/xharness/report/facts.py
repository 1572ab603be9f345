"""One thing as names and values, with examples below."""

from __future__ import annotations

import json
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
        values: Strings as they are; anything else is written as JSON.
        examples: Language to rows.
    """
    rows = [
        [name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
        for name, value in values.items()
    ]
    parts = [table([Column(name="field"), Column(name="value")], rows, title=title)]
    for language, several in (examples or {}).items():
        for row in several:
            parts += [Text(), heading(f"example, {language}")]
            parts += [
                Text(f"{name}: {safe(value)}", overflow="fold") for name, value in row.items()
            ]
    return Group(*parts)
