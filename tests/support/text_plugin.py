"""A --plugin file: a target and two intermediate tasks in memory, and text to mix in."""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Kind, Role, Task, hookimpl
from xharness.testing import fake_task

TASKS = (
    fake_task(Kind.CLASSIFICATION, "middle", role=Role.INTERMEDIATE, rows=24),
    fake_task(Kind.TAGGING, "words", role=Role.INTERMEDIATE, rows=24),
    fake_task(Kind.MASKED_LM, "text", role=Role.INTERMEDIATE, rows=24),
    fake_task(Kind.CLASSIFICATION, "classify", rows=24),
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer the tasks."""
    return TASKS
