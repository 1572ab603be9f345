"""What README and docs tell a reader to type runs as printed, on the lab or as a plan."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from support import pages
from support.pages import Block, Typed
from support.program import CHECKOUT, MIRROR, Command, Ran
from xharness.data import hub

pytestmark = pytest.mark.training

PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
SHELL = [block for block in (*pages.fenced(), *pages.in_sentences()) if block.commands]
TESTS = [block for block in pages.fenced() if (block.file or "").startswith("test_")]
PLUGINS = [block for block in pages.fenced() if "@hookimpl" in block.text]

SMALL = {
    "XHARNESS_DISABLE": "",
    "XHARNESS_TARGETS": "lab_xnli,lab_xquad,lab_tatoeba",
    "XHARNESS_LANGUAGES": "qaa,qab,qac",
    "XHARNESS_LIMIT_TRAIN": "16",
    "XHARNESS_LIMIT_EVAL": "8",
    "XHARNESS_SEEDS": "2",
}
"""What makes a comparison on the lab small; the flags that a page prints win over it."""

SMALLER = {**SMALL, "XHARNESS_LANGUAGES": "qaa,qab", "XHARNESS_SEEDS": "1"}
"""The same for what is not in the store yet."""

PLANNED = {"XHARNESS_DISABLE": "", "XHARNESS_DRY_RUN": "1"}
"""What is compared in another suite is planned only: it takes a GPU, and models from the hub."""

NOT_RUN = {
    "pip": "installs packages; tests/test_packaging.py checks what it would read",
    "uv": "likewise",
    "make": "runs this test; that the target is there is checked",
    "tensorboard": "a server, of another project",
    "mlflow": "likewise",
}
"""Programs that a page may name and that are not run, and why."""

STANDS_FOR = {"NAME": "english", "TASK": "lab_xnli", "STORE_A": "store", "STORE_B": "store"}
"""What a reader puts in the place of a name in capitals; KEY is a training of the store."""

ROW = '{"text": "What a day!", "mood": "good"}'
OWN_ROWS = {"my_task.py": ("en.jsonl", "en.test.jsonl", "sw.test.jsonl")}
"""Files that a page describes and does not show, beside the file that reads them."""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a folder with the store of `make compare`, made small, and what it printed."""
    folder = tmp_path_factory.mktemp("pages")
    makefile = (CHECKOUT / "Makefile").read_text("utf-8")
    command = re.search(r"/xharness (compare .*)", makefile)
    assert command is not None
    done = subprocess.run(
        [sys.executable, "-m", "xharness", *command[1].split()],
        cwd=folder,
        env={**os.environ, **SMALL, "XHARNESS_WORKERS": "1", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return folder, done.stdout


@pytest.fixture
def desk(
    printed: tuple[Path, str],
    xharness: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Return the current folder, with a store of its own; the hub answers without a connection."""
    shutil.copytree(printed[0] / "store", tmp_path / "store", copy_function=os.link)
    monkeypatch.setattr(hub, "commit", lambda *_: "0123456789" * 4)
    monkeypatch.setattr(
        hub, "config", lambda *_, **__: {"hidden_size": 768, "num_hidden_layers": 12}
    )
    return tmp_path


def put_files(page: Path, folder: Path) -> None:
    """Write the files that a page shows or describes into a folder."""
    for block in pages.fenced():
        if block.page == page and block.file:
            (folder / block.file).write_text(block.text, "utf-8")
            for name in OWN_ROWS.get(block.file, ()):
                assert f"`{name}`" in page.read_text("utf-8")
                assert f"`{ROW}`" in page.read_text("utf-8")
                (folder / name).write_text(ROW + "\n", "utf-8")


def install(package: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a package importable, and its entry points found, as `pip install .` in it does."""
    project = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"]
    points = project["entry-points"]["xharness"]
    about = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    lines = [f"{name} = {module}" for name, module in points.items()]
    (about / "entry_points.txt").write_text("\n".join(["[xharness]", *lines]) + "\n")
    for path in (package / "src", folder):
        monkeypatch.syspath_prepend(path)


def a_training(store: Path) -> str:
    """Return the key of a training in a store."""
    for path in store.rglob("phase.json"):
        if json.loads(path.read_text("utf-8"))[""] == "Train":
            return path.parent.name
    raise AssertionError(f"{store}: no training")


def filled_in(typed: Typed, store: Path) -> list[str]:
    """Return the arguments of a command, with names for what stands in capitals."""
    return [a_training(store) if w == "KEY" else STANDS_FOR.get(w, w) for w in typed.words[1:]]


def reads_rows(typed: Typed) -> bool:
    """Return whether a command reads rows of the hub: to show them, or to plan equally many."""
    return "xquad" in typed.words or "source:" in typed.text


def surroundings(typed: Typed) -> dict[str, str]:
    """Return the variables under which a command of xharness is run."""
    small = SMALLER if typed.words[1] == "compare" else SMALL
    elsewhere = "--suite" in typed.words or typed.words[1] == "show"
    usual = PLANNED if elsewhere else small
    root = {"XHARNESS_DATA_ROOT": str(MIRROR)} if reads_rows(typed) else {}
    return {**usual, **root, **typed.settings}


def lacks_an_extra(ran: Ran) -> bool:
    """Return whether a command ended because an extra of xharness, which it names, is missing."""
    named = re.search(r"pip install 'xharness\[(\w+)\]'", ran.err)
    if ran.status != 2 or named is None:
        return False
    needed = [re.split(r"[^\w-]", r)[0] for r in PROJECT["optional-dependencies"][named[1]]]
    modules = [name.removesuffix("-skinny").replace("-", "_") for name in needed]
    return any(importlib.util.find_spec(module) is None for module in modules)


def check_not_run(typed: Typed) -> None:
    """Check what can be said of a command that is not run."""
    program, *arguments = typed.words
    assert program in NOT_RUN, f"{typed.text}: neither xharness nor in NOT_RUN"
    if program == "make":
        dry = ["make", "--dry-run", "--directory", str(CHECKOUT), *arguments]
        subprocess.run(dry, stdout=subprocess.DEVNULL, check=True)
    for extra in re.findall(r"\[(\w+)\]", typed.text):
        assert extra in PROJECT["optional-dependencies"]


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.name)
def test_what_is_to_be_typed_runs_as_printed(
    block: Block, desk: Path, xharness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command ends with status 0, or says which extra it lacks, one after the other."""
    put_files(block.page, desk)
    if (block.page.parent / "pyproject.toml").exists() and block.page.parent != CHECKOUT:
        install(block.page.parent, desk, monkeypatch)
    left_out = ""
    for typed in block.commands:
        if typed.words[0] != "xharness":
            check_not_run(typed)
            continue
        if reads_rows(typed) and not MIRROR.is_dir():
            left_out = f"{typed.text}: reads rows of the hub, and there is no mirror"
            continue
        ran = xharness(*filled_in(typed, desk / "store"), **surroundings(typed))
        assert ran.status == 0 or lacks_an_extra(ran), f"{typed.text}: {ran.err}"
    if left_out:
        pytest.skip(left_out)


@pytest.mark.parametrize("block", PLUGINS, ids=lambda block: block.name)
def test_a_plugin_that_a_page_shows_is_loaded(
    block: Block, xharness: Command, tmp_path: Path
) -> None:
    """A file with exactly that text is a plugin that nothing is wrong with."""
    file = tmp_path / "shown.py"
    file.write_text(block.text, "utf-8")
    listed: Any = xharness("list", "plugins", "--plugin", file, "--strict-plugins", "--json").json

    assert {p["name"]: p["state"] for p in listed["plugins"]}["shown"] == "loaded"


@pytest.mark.parametrize("block", TESTS, ids=lambda block: block.name)
def test_a_test_that_a_page_shows_passes(block: Block, tmp_path: Path) -> None:
    """With the page's other files beside it, pytest finds nothing wrong."""
    put_files(block.page, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(block.file)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def frame(text: str) -> tuple[str, str, list[str]]:
    """Return the words around a comparison's numbers: its head, how to read it, its commands."""
    head, table, _, commands = text.rstrip("\n").split("\n\n")
    about = "; ".join(head.split("; ")[:2])
    note = " ".join(table[table.index("none: percent") :].split())
    note = note.replace("3 times in 4", "4 times in 5")  # with two seeds
    lines = [re.sub(r"lab_\w+| +#.*", "", line) for line in commands.splitlines()]
    return about, note, [lines[0], lines[-1]]


def test_the_printed_comparison_reads_as_that_of_today(printed: tuple[Path, str]) -> None:
    """README's comparison fits a screen, and has the words that the command prints now."""
    (shown,) = [b for b in pages.fenced() if b.text.startswith("lab: lab-mini; ")]

    assert frame(shown.text) == frame(printed[1])
    assert len(shown.text.splitlines()) <= 24
