"""Standard output is ours: what plugins and libraries print goes to standard error.

A line of somebody else's in `--json` would make it unreadable for the program that asked for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

_DATA: ContextVar[TextIO | None] = ContextVar("data", default=None)
"""Where data goes inside `ours`; None elsewhere."""


def data() -> TextIO:
    """Return the stream for data."""
    return _DATA.get() or sys.stdout


@contextmanager
def ours() -> Iterator[None]:
    """Keep standard output for `data`, inside the with block.

    Where it is the process's own, that also holds for what other processes and libraries in C
    write, such as the workers that are started meanwhile.
    """
    out, error = sys.__stdout__, sys.__stderr__
    if out is None or error is None or (sys.stdout, sys.stderr) != (out, error):
        with _swapped(sys.stdout):
            yield
        return
    out.flush()
    number = out.fileno()
    kept = os.dup(number)
    with open(kept, "w", encoding=out.encoding, errors=out.errors) as stream:  # noqa: PTH123
        os.dup2(error.fileno(), number)
        try:
            with _swapped(stream):
                yield
        finally:
            out.flush()  # what was printed past us
            os.dup2(kept, number)


@contextmanager
def _swapped(stream: TextIO) -> Iterator[None]:
    """Let data go to a stream, and what is printed to standard error, inside the with block."""
    before, token = sys.stdout, _DATA.set(stream)
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        sys.stdout = before
        _DATA.reset(token)
