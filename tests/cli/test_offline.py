"""With --offline no command opens a connection; those without the flag never do, or are listed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from support.program import FAKES, Command, on_fakes
from xharness.cli import build

COMPARED = ("--suite", "xtreme", "--model", "xlm-roberta-base", "--targets", "xnli,tatoeba")
"""A comparison whose model and rows are on the hub."""
LOADED = ("--plugin", FAKES)

COMMANDS: dict[str, tuple[int, tuple[str | Path, ...]]] = {
    "compare": (2, COMPARED),
    "plan": (2, COMPARED),
    "leaderboard": (0, LOADED),
    "show": (2, ("xnli",)),
    "list": (0, ("tasks",)),
    "init": (0, ("--suite", "xtreme", "-o", "mine.yaml")),
    "doctor": (1, COMPARED),
    "data check": (2, ("xnli", "ocnli")),
    "data fetch": (0, on_fakes()),
    "data overlap": (2, COMPARED),
    "cite": (0, COMPARED),
    "store ls": (0, ()),
    "store verify": (0, ()),
    "store gc": (0, ()),
    "store why": (0, on_fakes()),
    "rescore": (0, LOADED),
    "export": (0, ("--format", "csv", *LOADED)),
    "export xtreme": (0, ("-o", "out", "--strategy", "none", *LOADED)),
    "export model": (0, ("-o", "model")),
    "plot": (0, ("map", "-o", "map.svg", *LOADED)),
    "schema": (0, ("plan",)),
    "compare-runs": (0, ("store", "store")),
}
"""Every command: the exit status, and arguments that would make it connect if anything does."""


def programs(command: Any = None, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every command that can be run, with its name: "data check"."""
    command = command or typer.main.get_command(build())
    below = getattr(command, "commands", {})
    if name and (not below or getattr(command, "invoke_without_command", False)):
        yield name, command
    for word, sub in below.items():
        yield from programs(sub, f"{name} {word}".strip())


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Return the attempts to connect or to look up a name, which all fail; nothing is cached."""
    tried: list[str] = []

    def refuse(*given: Any, **_: Any) -> Any:
        tried.append(repr(given))
        raise OSError("the test has no network")

    import datasets
    import huggingface_hub

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "rows")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    return tried


def test_every_command_is_listed() -> None:
    """A new command is refused here until it is in the table above."""
    assert sorted(dict(programs())) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_connects(
    xharness: Command, compare: Command, attempts: list[str], name: str
) -> None:
    """Nothing is looked up or connected to, and what is missing ends in a sentence."""
    assert compare("--offline").status == 0
    flags = {flag for option in dict(programs())[name].params for flag in option.opts}
    status, arguments = COMMANDS[name]
    if name == "export model":
        arguments = (trained(), *arguments)
    ran = xharness(*name.split(), *arguments, *(["--offline"] if "--offline" in flags else []))

    assert (ran.status, attempts) == (status, []), ran.err
    assert "Traceback" not in ran.err
    assert status == 0 or "--offline" in ran.out + ran.err


def test_the_python_api_connects_again_after_a_comparison_without(
    attempts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one call forbids is allowed to the next one in the same process."""
    import xharness
    from xharness.errors import OfflineError, XHarnessError

    monkeypatch.chdir(tmp_path)
    with pytest.raises(OfflineError):
        xharness.compare(suite="xtreme", model="org/none", offline=True)
    assert attempts == []
    with pytest.raises(XHarnessError, match="the hub cannot be reached"):
        xharness.compare(suite="xtreme", model="org/none")
    assert attempts


def trained() -> str:
    """Return the key of a training in the store."""
    (path, *_) = sorted(Path("store/phases").glob("*/*/checkpoints/0/config.json"))
    return path.parents[2].name
