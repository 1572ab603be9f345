"""A --plugin file: tasks of every kind in memory, for whole comparisons with a real encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xharness import Kind, Role, Task, hookimpl
from xharness.testing import fake_task

TASKS = (
    fake_task(Kind.CLASSIFICATION, "middle", role=Role.INTERMEDIATE, rows=24),
    fake_task(Kind.CLASSIFICATION, "classify", rows=24),
    fake_task(Kind.TAGGING, "tag", rows=24),
    fake_task(Kind.SPAN_QA, "answer", rows=24),
    replace(fake_task(Kind.RETRIEVAL, "retrieve", rows=12), trains_on=None),
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer the tasks."""
    return TASKS
