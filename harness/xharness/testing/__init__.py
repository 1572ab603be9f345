"""Help for tests of plugins: tasks without data, phases without a model, and conformance.

`fake_task` makes a small task of any kind in memory, and `FakeRunner` is a plugin that runs every
phase in milliseconds. The functions that begin with `assert_` check everything that a value of a
plugin promises, all problems at once; what they ask for first is what the value would be let in
with when its plugin is loaded.
"""

from __future__ import annotations

from xharness.testing.executors import assert_executor_conforms
from xharness.testing.fakes import FAKE_MODEL, fake_task
from xharness.testing.metrics import assert_metric_conforms
from xharness.testing.models import assert_model_conforms, assert_translator_conforms
from xharness.testing.runner import FakeRunner
from xharness.testing.strategies import assert_strategy_conforms
from xharness.testing.tasks import assert_conforms
from xharness.testing.trackers import assert_tracker_conforms
from xharness.testing.tunings import assert_tuning_conforms

__all__ = [
    "FAKE_MODEL",
    "FakeRunner",
    "assert_conforms",
    "assert_executor_conforms",
    "assert_metric_conforms",
    "assert_model_conforms",
    "assert_strategy_conforms",
    "assert_tracker_conforms",
    "assert_translator_conforms",
    "assert_tuning_conforms",
    "fake_task",
]
