"""What commands print: data on standard output; progress, notes and errors on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from xharness.report.view import View


def complain(text: str) -> None:
    """Print what is wrong on standard error; names in it may hold anything."""
    from xharness.report.table import safe

    for line in f"xharness: {text}".split("\n"):
        print(safe(line), file=sys.stderr)  # noqa: T201


def output() -> Console:
    """Return the console for data."""
    from rich.console import Console

    return Console()


def notes() -> Console:
    """Return the console for progress and notes."""
    from rich.console import Console

    return Console(stderr=True)


def as_json(content: Any) -> None:
    """Print one JSON object on standard output."""
    import json

    print(json.dumps(content, ensure_ascii=False, indent=1))  # noqa: T201


def show(view: View, *, json: bool) -> None:
    """Print a view for people, or for programs."""
    if json:
        as_json({"schema": 1, **view.document})
    else:
        console = output()
        console.print(view.draw(console.width))
