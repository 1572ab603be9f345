"""Help for tests of plugins: tasks without data, phases without a model, and conformance.

`fake_task` makes a small task of any kind in memory, `FakeRunner` is a plugin that runs every
phase in milliseconds, and `assert_conforms` and `assert_strategy_conforms` check everything a
task and a strategy promise, all problems at once.
"""

from __future__ import annotations

from xharness.testing.fakes import FAKE_MODEL, fake_task
from xharness.testing.runner import FakeRunner
from xharness.testing.strategies import assert_strategy_conforms
from xharness.testing.tasks import assert_conforms

__all__ = [
    "FAKE_MODEL",
    "FakeRunner",
    "assert_conforms",
    "assert_strategy_conforms",
    "fake_task",
]
