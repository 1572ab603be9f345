"""Asks what runs to stop at the first Ctrl-C, and stops at once at the second."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_STDERR = 2
"""The number of standard error."""


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Ask for a stop at the first Ctrl-C or SIGTERM, and stop at once at the second.

    Yields:
        A function that tells whether a stop was asked for.
    """
    asked: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        with suppress(OSError):  # not `print`: a handler may stand in the middle of one
            os.write(_STDERR, b"\nxharness: stopping; Ctrl-C again stops at once\n")

    before = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
