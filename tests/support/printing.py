"""Tables and views as a reader receives them."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console, RenderableType

from xharness.report.view import View


def printed(shown: RenderableType | View, width: int = 80, **terminal: Any) -> str:
    """Return what a pipe of this width receives, or a terminal with such properties."""
    file = StringIO()
    drawn = shown.draw(width) if isinstance(shown, View) else shown
    Console(file=file, width=width, **terminal).print(drawn)
    return file.getvalue()


def sentences(shown: RenderableType | View, width: int = 80) -> str:
    """Return the same with line ends as blanks, to look for sentences."""
    return " ".join(printed(shown, width).split())


def words(shown: RenderableType | View, width: int = 80) -> list[list[str]]:
    """Return the words of each printed line."""
    return [line.split() for line in printed(shown, width).splitlines()]
