"""Where an artifact comes from: when, on which machine, by which plugin and from which inputs."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from xharness.keys import Key

_PACKAGES = (
    "xharness",
    "torch",
    "transformers",
    "tokenizers",
    "datasets",
    "faiss-cpu",
    "numpy",
)
"""Packages whose version can change a result."""


def record(
    *, plugin: str, inputs: Iterable[Key], started: datetime, finished: datetime
) -> dict[str, Any]:
    """Return the content of provenance.json; no user name is in it.

    Args:
        plugin: What ran the phase.
        inputs: Keys of the artifacts it read.
        started: When it began, with time zone.
        finished: When it ended.
    """
    return {
        "started": started.astimezone(UTC).isoformat(timespec="milliseconds"),
        "finished": finished.astimezone(UTC).isoformat(timespec="milliseconds"),
        "seconds": round((finished - started).total_seconds(), 3),
        "host": platform.node(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": versions(),
        "plugin": plugin,
        "argv": _command(sys.argv),
        "inputs": list(inputs),
    }


@cache
def versions() -> dict[str, str]:
    """Return the installed versions of what can change a result, without importing it."""
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def _command(argv: list[str]) -> list[str]:
    """Return a command line without the user's home folder, and so without the name in it."""
    home = str(Path("~").expanduser())
    return [Path(argv[0]).name, *(a.replace(home, "~") for a in argv[1:])]
