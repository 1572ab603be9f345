"""What many tests use: no settings of the user's, shared reference data, the program itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from support.program import SHARED, Command, Ran, on_fakes

# The same examples every time: a test that failed once fails again.
hypothesis.settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("fixed")

# Before anything imports a tensor library: spinning threads take each other's cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

MEMORY = Path("/dev") / "shm"
"""Where Linux has a file system in memory."""


def has_room(folder: Path) -> bool:
    """Return whether a folder has two gigabytes to spare, and programs in it can be run."""
    if not os.access(folder, os.W_OK):
        return False
    about = os.statvfs(folder)
    return about.f_bavail * about.f_frsize > 2 << 30 and not about.f_flag & os.ST_NOEXEC


# Stores are 40,000 small files: on a disk they take twenty seconds of `make quick`, in memory five.
if has_room(MEMORY):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark every test that is given the real encoder: it trains it or predicts with it."""
    if "tiny_model" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.training)


@pytest.fixture(scope="session", autouse=True)
def _surroundings() -> Iterator[None]:
    """Take away what would change what the program does, how it prints, or how long it waits."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("XHARNESS_"):
                patch.delenv(name)
        for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"):
            patch.delenv(name, raising=False)
        # A test's store need not survive a power cut, and most time would go into waiting.
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture
def shared() -> Path:
    """Return the folder of reference data; without one the test is skipped."""
    if not (SHARED / "parity").is_dir():
        pytest.skip("no reference data: set XHARNESS_DATA_ROOT to the folder beside it")
    return SHARED


@pytest.fixture
def xharness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Return the program, run in this process and in an empty folder.

    Its arguments are those of the command line; keywords are environment variables.
    """
    from xharness.cli import run

    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path, **environment: str) -> Ran:
        with pytest.MonkeyPatch.context() as patch:
            before = dict(os.environ)
            # The fictional languages and the workers have tests of their own.
            usual = {"XHARNESS_DISABLE": "lab", "XHARNESS_WORKERS": "1"}
            for name, value in {**usual, **environment}.items():
                patch.setenv(name, value)
            capsys.readouterr()
            try:
                status = run([str(a) for a in arguments])
            finally:
                os.environ.clear()
                os.environ.update(before)
        printed = capsys.readouterr()
        return Ran(status=status, out=printed.out, err=printed.err)

    return call


@pytest.fixture
def compare(xharness: Command) -> Command:
    """Return `xharness compare` on the fakes; further arguments are added, and win."""

    def call(*arguments: str | Path, **environment: str) -> Ran:
        return xharness("compare", *on_fakes(), *arguments, **environment)

    return call


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a real encoder of two layers and 32 dimensions."""
    from support.engine_tiny import make_model

    folder = tmp_path_factory.mktemp("org") / "tiny"
    make_model(folder)
    return folder
