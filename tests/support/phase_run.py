"""What a phase is given when a test runs it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xharness.plugin.hooks import PhaseRun
from xharness.tasks import Task


def phase_run(out: Path, tasks: Mapping[str, Task], **more: Any) -> PhaseRun:
    """Return one thread of the processor, no hub, and a user who never stops; more fields win."""
    given: dict[str, Any] = {
        "out": out,
        "scratch": out,
        "device": "cpu",
        "threads": 1,
        "tasks": tasks,
        "data_root": None,
        "offline": True,
        "report": lambda _done, _pace: None,
        "should_stop": lambda: False,
    }
    return PhaseRun(**{**given, **more})
