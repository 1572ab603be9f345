"""Locks: what a killed process leaves behind never blocks the next one."""

from __future__ import annotations

import os
import time
from pathlib import Path

from xharness.store.locks import hold, hold_if_free


def torn(path: Path, age: float) -> Path:
    """Return a lock's file that was made so many seconds ago and never filled in."""
    path.touch()
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_a_lock_that_was_never_filled_in_is_replaced(tmp_path: Path) -> None:
    """A process killed between making and writing its lock does not block the next one."""
    with hold(torn(tmp_path / "lock", age=60)) as held:
        assert held()


def test_a_lock_that_is_just_being_made_is_left_alone(tmp_path: Path) -> None:
    """An empty file that is a moment old may be another process's, which is about to write."""
    with hold_if_free(torn(tmp_path / "lock", age=0)) as held:
        assert not held
    with hold_if_free(torn(tmp_path / "lock", age=60)) as held:
        assert held
