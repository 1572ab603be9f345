"""What is imported when: quick commands load nothing heavy, plugin authors find every name."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

import xharness
from support.program import FAKES, on_fakes
from xharness.cli import run

HEAVY = ("torch", "transformers", "datasets", "faiss")


def loaded_by(arguments: list[str], folder: Path) -> list[str]:
    """Return the heavy libraries that a command has loaded when it ends well."""
    code = (
        "import sys, json; from xharness.cli import run; status = run(sys.argv[1:]);"
        "heavy = [m for m in json.loads(sys.stdin.read()) if m in sys.modules];"
        "print(json.dumps([status, heavy]), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        input=json.dumps(HEAVY),
        capture_output=True,
        text=True,
        check=True,
    )
    status, heavy = json.loads(done.stderr.splitlines()[-1])
    assert status == 0, done.stderr
    return list(heavy)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the store of a finished comparison."""
    made = tmp_path_factory.mktemp("compared")
    assert run(["compare", *on_fakes(), "--seeds", "2", "--store", str(made / "store")]) == 0
    return made


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["compare", "--help"],
        ["list", "tasks"],
        ["list", "models"],
        ["list", "strategies"],
        ["list", "plugins"],
        ["list", "suites"],
        ["list", "languages"],
        ["plan", *on_fakes()],
        ["compare", *on_fakes(), "--dry-run"],
        ["leaderboard"],
        ["leaderboard", "--plans"],
        ["leaderboard", "--map"],
        ["leaderboard", "--consistency", "--plugin", str(FAKES)],
        ["leaderboard", "--audit"],
        ["export", "--format", "csv"],
        ["compare-runs", "store", "store"],
        ["store", "ls"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
@pytest.mark.training
def test_quick_commands_load_no_tensor_library(arguments: list[str], folder: Path) -> None:
    """Help, lists, plans and tables come without torch, transformers, datasets or faiss."""
    assert loaded_by(arguments, folder) == []


def test_plain_lists_need_no_pydantic_and_no_numpy(folder: Path) -> None:
    """Loading every plugin costs neither numpy nor pydantic."""
    code = (
        "import sys; from xharness.plugin import registry; registry.load();"
        "print(*sorted({'numpy', 'pydantic', 'torch', 'pyarrow'} & {*sys.modules}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == ""


@pytest.mark.training
def test_the_program_starts_quickly(folder: Path) -> None:
    """The fastest of five starts to the help stays far below a second, also on a busy machine."""
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "xharness", "--help"], check=True, capture_output=True
        )
        seconds.append(time.perf_counter() - begin)

    assert min(seconds) < 0.8


@pytest.mark.parametrize("name", xharness.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """What the package says it exports can be imported from it."""
    assert getattr(xharness, name) is not None


def test_no_public_name_is_missing_from_the_list() -> None:
    """Whatever plugins import from the package by name is in its list of names, once."""
    assert len(set(xharness.__all__)) == len(xharness.__all__)
    offered = {
        name
        for name, value in vars(xharness).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("xharness.")
    }

    assert offered <= set(xharness.__all__)


def test_public_names_are_documented() -> None:
    """A class or function that plugin authors use explains itself."""
    for name in xharness.__all__:
        value = getattr(xharness, name)
        if isinstance(value, type) or callable(value):
            assert value.__doc__, name
