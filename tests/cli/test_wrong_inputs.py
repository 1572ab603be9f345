"""What xharness says of wrong input: the command, its exit status, and a part of the message."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.program import SUPPORT, Command, on_fakes

RECIPE = "source: me, all: {learning_rate: 1.0e-5, batch: 8, epochs: 1}"

FILES: Mapping[str, str] = {
    "a-list.yaml": "- colours",
    "no-yaml.yaml": "targets: [colours",
    "unknown-setting.yaml": "target: [colours]",
    "unquoted-no.yaml": "languages: [no]",
    "seeds-as-text.yaml": "seeds: three",
    "no-rows.yaml": "limit_eval: 0",
    "unknown-field.yaml": "set: {recipe.epoch: 3}",
    "unknown-task.yaml": f"recipes: {{own: {{{RECIPE}, tasks: {{colurs: {{epochs: 1}}}}}}}}",
    "no-code.txt": "hello",
    "no-hook.py": "",
    "syntax.py": "def",
    "raises.py": "import json\njson.loads('no')",
    "exits.py": "raise SystemExit(0)",
    "unknown-hook.py": "from xharness import hookimpl\n@hookimpl\ndef xharness_taks(): return []",
    "judge.py": "from xharness import hookimpl\n@hookimpl\ndef xharness_check_plan(plan): 1 / 0",
}
"""Files in the folder of every command."""

OFFERED: Mapping[str, tuple[str, str]] = {
    "role-as-text.py": ("tasks", "replace(TASK, role='target')"),
    "no-languages.py": ("tasks", "replace(TASK, languages=())"),
    "language-twice.py": ("tasks", "replace(TASK, languages=('en', 'en'))"),
    "no-licence.py": ("tasks", "replace(TASK, sources=(replace(TASK.sources[0], licence=None),))"),
    "no-signature.py": ("tasks", "replace(TASK, metric=SimpleNamespace(name='mine'))"),
    "no-language-in-read.py": ("tasks", "replace(TASK, read=lambda row: row)"),
    "no-dataclass.py": ("strategies", "SimpleNamespace(name='mine', summary='')"),
    "no-path.py": ("models", "ModelSource(name='mine')"),
    "no-start.py": ("trackers", "SimpleNamespace(name='mine')"),
    "no-run.py": ("executors", "SimpleNamespace(name='mine')"),
    "a-second-xnli.py": ("tasks", "fake_task(name='xnli')"),
    "trains-to-3.py": ("strategies", "Trains(name='three', gives=3)"),
    "trains-to-error.py": ("strategies", "Trains(name='raises', gives=None)"),
    "no-merge.py": ("tunings", "Trains(name='half', gives=3)"),
    "a-rate-of-zero.py": ("strategies", "Slow(name='still', rate=0.0)"),
    "a-tuning-of-nobody.py": ("strategies", "Slow(name='nobody', rate=1.0)"),
    "idle.py": ("executors", "SimpleNamespace(name='idle', run=lambda ready, run_one: None)"),
    "deaf.py": ("trackers", "SimpleNamespace(name='deaf', start=lambda place: None)"),
}
"""Plugins of one file, each with one thing that it offers: the hook, and the value."""

PLUGIN = """
from dataclasses import dataclass, replace
from types import SimpleNamespace
from xharness import Changes, ModelSource, hookimpl
from xharness.testing import fake_task

@dataclass(frozen=True, kw_only=True)
class Trains:
    name: str
    gives: int | None
    summary: str = "trains wrongly"
    uses_intermediates: bool = False

    def training(self, cell, train):
        return self.gives or cell.no_such_thing

@dataclass(frozen=True, kw_only=True)
class Slow:
    name: str
    rate: float
    summary: str = "changes its training wrongly"
    uses_intermediates: bool = False

    def training(self, cell, train):
        tuning = self if self.rate else None
        changes = Changes(recipe=lambda r: replace(r, learning_rate=self.rate), tuning=tuning)
        return train.on_target(changes=changes)

TASK = fake_task(name="mine")

@hookimpl
def xharness_{hook}():
    return [{value}]
"""

TABLE = Path(__file__).with_name("wrong_inputs.txt")
"""A row is: command | exit status | part of the message."""

ROWS = [
    tuple(part.strip() for part in line.split(" | "))
    for line in TABLE.read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("command", "status", "message"), ROWS, ids=[row[0] for row in ROWS])
def test_wrong_input(xharness: Command, command: str, status: str, message: str) -> None:
    """Every wrong input has its exit status and its words, on standard error, without a trace."""
    for name, content in FILES.items():
        Path(name).write_text(content, "utf-8")
    for name, (hook, value) in OFFERED.items():
        Path(name).write_text(PLUGIN.format(hook=hook, value=value), "utf-8")
    first, *rest = shlex.split(command)
    fakes = (*on_fakes(), "--seeds", "1") if first in {"compare", "plan"} else ()
    if "--track lines" in command:
        fakes += ("--plugin", str(SUPPORT / "tracker_plugin.py"))
    # Names of tasks.yaml are known to be wrong only where no plugin is disabled.
    ran = xharness(first, *fakes, *rest, XHARNESS_DISABLE="")

    assert ran.status == int(status), ran.err
    assert message in ran.said
    assert "xharness: " in ran.err
    assert ("Traceback" in ran.err) == ("--errors" in command)
    assert (ran.out != "") == (ran.status == 0)


def test_the_table_is_long() -> None:
    """At least sixty wrong inputs stand in it, each once."""
    assert len({row[0] for row in ROWS}) == len(ROWS) >= 60
