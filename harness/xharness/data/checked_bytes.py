"""Whether files hold the bytes that they should: those that the hub states, or those first read.

A file of the hub's cache is named after its content: the SHA-256 that large files have there, the
Git digest of small ones. Rows that were prepared from such files have no published digest, so that
of the first reading is written beside them. A large file is hashed anew only when its size, time or
inode has changed, or when it is asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from xharness.errors import HubError

_LARGE = re.compile("[0-9a-f]{64}")
_SMALL = re.compile("[0-9a-f]{40}")
BESIDE = "xharness.json"
"""Beside prepared rows: name of a file to its state and SHA-256 when it was first read."""


def check_fetched(
    where: str, files: Iterable[Path], *, anew: bool, made: Path | None = None
) -> None:
    """Compare files of the hub's cache with the digests that they are named after.

    Args:
        where: What they are of, for messages.
        files: Those that are no links into a cache are passed over.
        anew: Whether to hash also files that have not changed since they were hashed.
        made: A folder of rows that were prepared from them, if there is one.

    Raises:
        HubError: If one has other bytes; it says what to delete.
    """
    for file in files:
        blob = file.resolve()
        if not blob.is_file() or blob.parent.name != "blobs":
            continue
        found = stated = blob.name
        if _LARGE.fullmatch(stated):
            found = _remembered(blob, anew=anew)
        elif _SMALL.fullmatch(stated):
            found = _git(blob)
        if found != stated:
            too = f" and {made}" if made is not None else ""
            raise HubError(
                f"{where}: {file.name} has other bytes than the hub states (digest {found[:10]}, "
                f"not {stated[:10]}); delete {blob}{too}, then run the same command again"
            )


def check_prepared(where: str, folder: Path, *, anew: bool) -> None:
    """Compare prepared rows with their bytes when they were first read.

    Args:
        where: What they are of, for messages.
        folder: Holds them; their digests are written into it.
        anew: Whether to hash also files that have not changed since they were hashed.

    Raises:
        HubError: If one has other bytes; it says what to delete.
    """
    beside = folder / BESIDE
    known: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        known = json.loads(beside.read_text("utf-8"))
    states = {}
    for file in sorted(folder.glob("*.arrow")):
        before = known.get(file.name)
        states[file.name] = after = _state(file, before, anew=anew)
        if before is not None and before[-1] != after[-1]:
            raise HubError(
                f"{where}: {file} has other bytes than when it was first read; delete {folder}, "
                "then run the same command again"
            )
    if states != known:
        with suppress(OSError):  # of a cache that can only be read, every file is hashed each time
            beside.write_text(json.dumps(states, indent=1) + "\n", "utf-8")


def _remembered(blob: Path, *, anew: bool) -> str:
    """Return the SHA-256 of a file in a hub's cache; it is remembered beside the cache's locks."""
    memory = blob.parents[2] / ".locks" / "xharness" / f"{blob.name}.json"
    before = None
    with suppress(OSError, ValueError):
        before = json.loads(memory.read_text("utf-8"))
    after = _state(blob, before, anew=anew)
    if after != before:
        with suppress(OSError):  # see `check_prepared`
            memory.parent.mkdir(parents=True, exist_ok=True)
            memory.write_text(json.dumps(after) + "\n", "utf-8")
    return str(after[-1])


def _state(file: Path, before: Any, *, anew: bool) -> list[Any]:
    """Return size, time, inode and SHA-256 of a file; hashed only if one of the first differs."""
    about = file.stat()
    seen = [about.st_size, about.st_mtime_ns, about.st_ino]
    if not anew and isinstance(before, list) and before[:-1] == seen:
        return before
    with file.open("rb") as content:
        return [*seen, hashlib.file_digest(content, "sha256").hexdigest()]


def _git(file: Path) -> str:
    """Return a file's digest as Git names it."""
    content = file.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
