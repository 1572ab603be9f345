"""A plugin's code: what changes its digest, and which work is then done again."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from support import plans, store_worker
from support.program import FAKES, Command, on_fakes
from xharness import Kind
from xharness.planning.definitions import definition
from xharness.planning.resolve import Lock
from xharness.plugin import changed_code, code, registry
from xharness.testing import fake_task
from xharness.tuning import Tuning

PLAIN = 'def read(row):\n    """Return a row."""\n    return row["label"]\n'


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        ("# a comment\n\n\ndef read(row): return row['label']\n", True),
        (PLAIN.replace("Return a row", "Give a row"), True),
        (PLAIN.replace('row["label"]', '1 - row["label"]'), False),
        (PLAIN.replace('row["label"]', 'row.get("label")'), False),
        (PLAIN.replace('"label"', "b'label'"), False),
        (PLAIN + "x = 1\n", False),
    ],
)
def test_only_what_runs_counts(other: str, *, equal: bool) -> None:
    """Comments, docstrings and layout are no code; a constant and its type are."""
    assert (code.digest(PLAIN) == code.digest(other)) is equal


def test_a_file_that_is_no_python_has_no_digest(tmp_path: Path) -> None:
    """Nothing is made up for it."""
    (tmp_path / "broken.py").write_text("def", "utf-8")

    assert code.of_file(tmp_path / "broken.py") is None
    assert code.of_file(tmp_path / "missing.py") is None


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """Return the fakes as a file of its own, which can be changed."""
    return Path(shutil.copy(FAKES, tmp_path / "mine.py"))


def test_a_changed_file_is_computed_again(xharness: Command, plugin: Path) -> None:
    """A comment changes nothing; of changed code no row is believed."""

    def compared() -> dict[str, int]:
        arguments = [plugin if a == str(FAKES) else a for a in on_fakes()]
        counts: dict[str, int] = xharness("compare", *arguments, "--json").json["phases"]
        return counts

    first = compared()
    plugin.write_text(plugin.read_text("utf-8") + "\n# a remark\n", "utf-8")
    remarked = compared()
    plugin.write_text(plugin.read_text("utf-8") + "\nINVERTED = True\n", "utf-8")
    changed = compared()

    assert (remarked["run"], remarked["kept"]) == (0, first["planned"])
    # All but the making of the model, which reads no row.
    assert (changed["run"], changed["kept"]) == (first["planned"] - 1, 1)


def test_an_installed_package_is_told_what_to_raise(plugin: Path) -> None:
    """Its code is in no key, so that an update trains nothing anew; a line says what to do."""
    offer = "\nfrom support.tuning_plugin import xharness_tunings\n"
    plugin.write_text(plugin.read_text("utf-8") + offer, "utf-8")
    tuned = replace(store_worker.train(1), tuning=Tuning(method="only", version=1))
    plan = replace(plans.published(), tasks=("first", "mnli"), phases=(tuned,))

    def told(lock: Lock) -> list[str]:
        spec = importlib.util.spec_from_file_location("mine", plugin)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        loaded = registry.load(("mine", module))
        return list(changed_code.lines(loaded, plan, lock))

    lock = Lock()
    first, again = told(lock), told(lock)
    plugin.write_text(plugin.read_text("utf-8") + "\nINVERTED = True\n", "utf-8")

    assert first == again == []
    (line,) = told(lock)
    assert line.startswith("plugin mine: its code has changed since this store first used first (v")
    assert "only (version 1)" in line
    assert "raise the version" in line


def test_labels_kind_and_columns_are_in_keys_and_the_rest_is_not() -> None:
    """Another label is another task; another language, licence or summary is not."""
    task = fake_task(Kind.CLASSIFICATION, "mood")
    (source,) = task.sources
    others = [
        replace(task, labels=(*task.labels, "more")),
        replace(task, kind=Kind.TAGGING),
        replace(task, sources=(replace(source, columns=("text",)),)),
        replace(task, code="abc"),
    ]
    same = [
        replace(task, languages=(*task.languages, "xx"), summary="other words"),
        replace(task, sources=(replace(source, licence="CC0", citation="@misc{}"),)),
    ]

    assert {definition(t) for t in same} == {definition(task)}
    assert len({definition(t) for t in [task, *others]}) == 5
