"""A request to stop never waits for somebody else's code."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from support.program import Command, on_fakes
from xharness.execution.interruptible import until_stopped


def test_work_that_ends_is_as_if_called() -> None:
    """Its value is returned, and its error raised."""

    def fail() -> None:
        raise TimeoutError("of the work itself")

    assert until_stopped(lambda: 3, lambda: False) == 3
    assert until_stopped(lambda: time.sleep(0.15) or 4, lambda: False) == 4
    with pytest.raises(TimeoutError, match="of the work itself"):
        until_stopped(fail, lambda: False)


def test_work_that_does_not_end_is_left_behind() -> None:
    """Once a stop is asked for, it is waited for no longer."""
    never = threading.Event()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        until_stopped(lambda: never.wait(60), lambda: time.monotonic() > began + 0.1)

    assert time.monotonic() < began + 30
    never.set()


SLEEPER = """
import os, signal, time
from xharness import hookimpl

@hookimpl
def xharness_phase_finished(phase):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
"""


def test_ctrl_c_answers_inside_a_report(xharness: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """One Ctrl-C is answered, and ends a comparison whose plugin hangs; the phase is kept."""
    written: list[bytes] = []
    write = os.write
    monkeypatch.setattr(os, "write", lambda n, text: written.append(text) or write(n, text))
    Path("sleeper.py").write_text(SLEEPER, "utf-8")
    began = time.monotonic()
    ran = xharness("compare", *on_fakes(), "--plugin", "sleeper.py")

    assert ran.status == 130
    assert b"\nxharness: stopping; Ctrl-C again stops at once\n" in written
    assert time.monotonic() < began + 30
    assert "interrupted; the same command goes on from here" in ran.err
    assert len(list(Path("store/phases").glob("*/*/manifest.json"))) == 1
