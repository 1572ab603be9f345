"""The table of tasks in docs/ is what the plugins state."""

from __future__ import annotations

import importlib.util

import pytest

from xharness.plugin import registry


def test_table_is_up_to_date(request: pytest.FixtureRequest) -> None:
    """docs/tasks.md is what `python benchmarks/task_table.py` writes."""
    root = request.config.rootpath
    spec = importlib.util.spec_from_file_location("task_table", root / "benchmarks/task_table.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    found = made.document(registry.load().tasks.values())

    assert found == (root / "docs" / "tasks.md").read_text("utf-8")
