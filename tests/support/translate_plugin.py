"""A --plugin file: tasks in memory, and a translator whose words stand in files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from xharness import Files, Kind, Role, Task, Translator, hookimpl
from xharness.testing import fake_task

MIDDLE = fake_task(Kind.CLASSIFICATION, "middle", role=Role.INTERMEDIATE, rows=24)
TASKS = (
    replace(MIDDLE, references="classify"),
    fake_task(Kind.CLASSIFICATION, "classify", rows=24),
    fake_task(Kind.TAGGING, "words", role=Role.INTERMEDIATE, rows=24),
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer the tasks."""
    return TASKS


@hookimpl
def xharness_translators() -> Sequence[Translator]:
    """Offer the translator."""
    return [Files(name="dictionary", folder=os.environ["DICTIONARY"])]
