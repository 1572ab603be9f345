"""Work of somebody else's code that a request to stop does not have to wait for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

_POLL = 0.05
"""Seconds between looks at whether the user has asked to stop."""
Value = TypeVar("Value")


def until_stopped(work: Callable[[], Value], should_stop: Callable[[], bool]) -> Value:
    """Return what `work` returns; raise what it raises.

    Args:
        work: Called in a thread of its own, which is left behind at a request to stop.
        should_stop: Returns True once the user has asked to stop.

    Raises:
        KeyboardInterrupt: If the user asked to stop before the work was done.
    """
    done: Future[Value] = Future()

    def call() -> None:
        try:
            done.set_result(work())
        except BaseException as wrong:  # noqa: BLE001 - raised again in the calling thread
            done.set_exception(wrong)

    Thread(target=call, name="xharness-plugin", daemon=True).start()
    while not wait([done], _POLL).done:
        if should_stop():
            raise KeyboardInterrupt
    return done.result()
