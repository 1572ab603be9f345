"""A plugin of one file for tests of the program: fake tasks, a fake model, and what runs them."""

from __future__ import annotations

from xharness import Kind, Role
from xharness.testing import FakeRunner, fake_task

RUNNER = FakeRunner(
    tasks=[
        fake_task(Kind.CLASSIFICATION, "first", role=Role.INTERMEDIATE, languages=("en",)),
        fake_task(Kind.SPAN_QA, "second", role=Role.INTERMEDIATE, languages=("en",)),
        fake_task(Kind.CLASSIFICATION, "colours", languages=("en", "de", "sw")),
        fake_task(Kind.TAGGING, "tags", languages=("en", "de")),
        fake_task(Kind.RETRIEVAL, "match", languages=("de", "sw")),
    ]
)
xharness_tasks = RUNNER.xharness_tasks
xharness_models = RUNNER.xharness_models
xharness_run_phase = RUNNER.xharness_run_phase
