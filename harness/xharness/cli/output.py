"""What commands print: data on standard output; progress, notes and errors on standard error."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from xharness.cli import stdout

if TYPE_CHECKING:
    from rich.console import Console

    from xharness.report.view import View


_PLAIN: Mapping[str, str] = {
    "\N{MINUS SIGN}": "-",
    "\N{PLUS-MINUS SIGN}": "+-",
    "\N{DAGGER}": "*",
    "\N{DOUBLE DAGGER}": "#",
    "\N{BOX DRAWINGS LIGHT HORIZONTAL}": "-",
}
"""Sign to its replacement where a terminal's encoding lacks it; a minus must not get lost."""


def plain_letters() -> None:
    """Let standard output and error print signs that their encoding lacks as plain letters."""
    codecs.register_error("xharness", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not _has_every_letter(stream):
            stream.reconfigure(errors="xharness")


def _has_every_letter(stream: Any) -> bool:
    """Return whether a stream can print every character."""
    return str(getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Return what replaces the characters that cannot be printed, and where they end."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(_PLAIN.get(sign, "?") for sign in signs), error.end


def complain(text: str) -> None:
    """Print an error on standard error, with control characters made safe."""
    from xharness.report.table import safe

    for line in f"xharness: {text}".split("\n"):
        print(safe(line), file=sys.stderr)  # noqa: T201


def output() -> Console:
    """Return the console for data."""
    from rich.console import Console

    return Console(file=stdout.data())


def text(written: str) -> None:
    """Print text on standard output as it is."""
    stdout.data().write(written)


def notes() -> Console:
    """Return the console for progress and notes."""
    from rich.console import Console

    return Console(stderr=True)


@contextmanager
def working(what: str, *, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Show on a terminal that work goes on, inside the `with` block.

    Args:
        what: The work, in a word.
        quiet: Show nothing.

    Yields:
        What to call with the next step of the work.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    with notes().status(what) as status:
        yield status.update


@contextmanager
def bar(what: str) -> Iterator[Callable[[float, str], None]]:
    """Show a bar on a terminal, inside the `with` block.

    Args:
        what: The work, in a word.

    Yields:
        What to call with the part done, 0 to 1, and what is being done.
    """
    from rich.progress import Progress

    console = notes()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(what, total=1.0)
        yield lambda part, now: shown.update(
            task, completed=part, description=f"{what} {now}".strip()
        )


def as_json(content: Any) -> None:
    """Print one JSON object on standard output."""
    import json

    escaped = not _has_every_letter(stdout.data())
    text(json.dumps(content, ensure_ascii=escaped, indent=1) + "\n")


def show(view: View, *, json: bool) -> None:
    """Print a view for people, or for programs."""
    if json:
        as_json({"schema": 1, **view.document})
    else:
        console = output()
        console.print(view.draw(console.width))
