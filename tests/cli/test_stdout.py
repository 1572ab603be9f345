"""What plugins print cannot spoil what the program prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from support.program import Command

LOUD = """
import os
from dataclasses import replace
from xharness import hookimpl
from xharness.testing import FakeRunner, fake_task

print("{noise} import")
os.system("echo {noise} another process")
TASK = fake_task(name="loud")

def read(row, language):
    print("{noise} read")
    return TASK.read(row, language)

RUNNER = FakeRunner(tasks=[replace(TASK, read=read)])
xharness_tasks = RUNNER.xharness_tasks
xharness_models = RUNNER.xharness_models

@hookimpl
def xharness_check_plan(plan):
    print("{noise} check")

@hookimpl
def xharness_run_phase(phase, inputs, run):
    print("{noise} phase")
    return RUNNER.xharness_run_phase(phase, inputs, run)

@hookimpl
def xharness_phase_finished(phase):
    print("{noise} finished")
"""


def test_json_is_json_whatever_plugins_print(xharness: Command) -> None:
    """Prints at import, of a reader and in hooks stand on standard error."""
    Path("loud.py").write_text(LOUD.format(noise="noise of"), "utf-8")
    ran = xharness(
        *("compare", "--json", "--plugin", "loud.py", "--suite", "xtreme", "--seeds", "1"),
        *("--model", "fake-model", "--targets", "loud", "--strategies", "none"),
    )

    assert ran.status == 0, ran.err
    assert ran.json["phases"]["failed"] == 0
    for moment in ("import", "read", "check", "phase", "finished"):
        assert f"noise of {moment}" in ran.err


def test_other_processes_of_a_plugin_cannot_either(tmp_path: Path) -> None:
    """What a plugin lets another program print is not in the data; the data is all there."""
    (tmp_path / "loud.py").write_text(LOUD.format(noise="noise of"), "utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "xharness", "list", "tasks", "--json", "--plugin", "loud.py"],
        cwd=tmp_path,
        env={**os.environ, "XHARNESS_DISABLE": "lab"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "loud" in {row["name"] for row in json.loads(ran.stdout)["tasks"]}
    assert "noise of import" in ran.stderr
    assert "noise of another process" in ran.stderr
