"""The files of a finished phase, each checked against what was written before it is read."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from xharness.errors import CorruptArtifactError, StoreError
from xharness.keys import Key

SCHEMA = 1
MANIFEST = "manifest.json"
_SMALL = 1 << 16
"""Bytes that are read at once."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A published phase: a folder that never changes again."""

    key: Key
    path: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """The artifact's manifest: schema, key, phase, kind, inputs, size and SHA-256 per file.

        Raises:
            CorruptArtifactError: If the manifest cannot be read.
        """
        path = f"{self.path}/{MANIFEST}"
        try:
            state = os.stat(path)  # noqa: PTH116 - thousands of times a run, and twice as fast
            manifest = _parsed(path, (state.st_mtime_ns, state.st_size))
        except (OSError, ValueError) as error:
            raise CorruptArtifactError(
                f"{path}: cannot be read ({error}), should be the list of this phase's files; "
                f"{_remedy(self.path)}"
            ) from error
        if manifest["schema"] != SCHEMA:
            raise StoreError(
                f"{path}: has schema {manifest['schema']}, this xharness reads {SCHEMA}; "
                "use the xharness that wrote it"
            )
        return manifest

    def files(self) -> tuple[str, ...]:
        """Return the names of all files, sorted, as in "checkpoints/0/config.json"."""
        return tuple(self.manifest["files"])

    def file(self, name: str) -> Path:
        """Return the path of a file that is, byte for byte, what was written.

        The bytes are read once per process; again only if size or time of change differ.

        Raises:
            CorruptArtifactError: If the file is missing or changed.
            StoreError: If the phase never wrote a file of this name.
        """
        manifest = self.manifest
        if name not in manifest["files"]:
            raise StoreError(
                f"{self.path}: {manifest['phase']} has no file {name!r}; "
                f"it has {', '.join(manifest['files'])}"
            )
        if problem := _problem(self, name, manifest, again=False):
            raise CorruptArtifactError(problem)
        return self.path / name

    def folder(self, name: str) -> Path:
        """Return the path of a folder whose files are all what was written.

        Raises:
            CorruptArtifactError: If one of its files is missing or changed.
            StoreError: If the phase never wrote a file into a folder of this name.
        """
        inside = [f for f in self.files() if f.startswith(f"{name}/")]
        if not inside:
            raise StoreError(
                f"{self.path}: {self.manifest['phase']} has no folder {name!r}; "
                f"it has {', '.join(self.files())}"
            )
        for file in inside:
            self.file(file)
        return self.path / name

    def json(self, name: str) -> Any:
        """Return the content of a JSON file, checked as `file` does."""
        return json.loads(self.file(name).read_text("utf-8"))

    def lines(self, name: str) -> Iterator[Any]:
        """Yield the value on each line of a JSON Lines file, checked as `file` does."""
        with self.file(name).open(encoding="utf-8") as rows:
            for row in rows:
                yield json.loads(row)

    @property
    def size(self) -> int:
        """Bytes of all files, by the manifest."""
        return sum(f["bytes"] for f in self.manifest["files"].values())


def _problem(
    artifact: Artifact, name: str, manifest: Mapping[str, Any], *, again: bool
) -> str | None:
    """Return what is wrong with one file of an artifact, or None if it is what was written.

    Args:
        artifact: Whose file it is.
        name: One of its files.
        manifest: The artifact's.
        again: Read the bytes even if this process has read them before.
    """
    expected, path = manifest["files"][name], artifact.path / name
    where = f"{path} of {manifest['phase']}"
    try:
        state = path.stat()
        if state.st_size != expected["bytes"]:
            wrong, right = f"has {state.st_size} bytes", f"{expected['bytes']} were written"
        else:
            digest = _sha256(path) if again else _digest(path, (state.st_mtime_ns, state.st_size))
            if digest == expected["sha256"]:
                return None
            wrong, right = f"has SHA-256 {digest}", f"{expected['sha256']} was written"
    except OSError as error:
        wrong, right = f"cannot be read ({error.strerror})", "it was written once"
    return f"{where}: {wrong}, {right}; {_remedy(artifact.path)}"


def problems(artifact: Artifact) -> Iterator[str]:
    """Yield one line for each file of an artifact that is missing, changed or not its own."""
    try:
        manifest = artifact.manifest
    except StoreError as error:
        yield str(error)
        return
    for name in manifest["files"]:
        if problem := _problem(artifact, name, manifest, again=True):
            yield problem
    for name in sorted(set(written(artifact.path)) - {*manifest["files"], MANIFEST}):
        yield f"{artifact.path / name}: is not in the manifest; delete the file"


def seal(folder: Path, *, key: Key, phase: str, kind: str, inputs: Iterable[Key]) -> None:
    """Write the manifest of a folder whose other files are complete, and flush all to disk.

    Raises:
        StoreError: If something in it is neither a file nor a folder.
    """
    files = {}
    for name in written(folder):
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise StoreError(f"{path}: is a link or a device, an artifact holds files only")
        with path.open("rb") as content:
            os.fsync(content.fileno())
        files[name] = {"sha256": _sha256(path), "bytes": path.stat().st_size}
    manifest = {
        "schema": SCHEMA,
        "key": key,
        "phase": phase,
        "kind": kind,
        "inputs": list(inputs),
        "files": files,
    }
    write_whole(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a text file; if that fails, the file is as it was before."""
    # Two threads may write one file at once, so a process's number would not do.
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with fresh.open("w", encoding="utf-8", newline="\n") as content:
            content.write(text)
            content.flush()
            os.fsync(content.fileno())
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise


def written(folder: Path) -> list[str]:
    """Return the paths of all files in a folder and its subfolders, relative to it, sorted."""
    inside = []
    for base, _, names in os.walk(folder):
        inside += [(Path(base) / name).relative_to(folder).as_posix() for name in names]
    return sorted(inside)


def _remedy(folder: Path) -> str:
    """Return what to do about a damaged artifact."""
    return (
        "look for more damage with `xharness store verify`, "
        f"then delete the folder {folder} and run again"
    )


@lru_cache(maxsize=65536)
def _parsed(path: str, _state: tuple[int, int]) -> dict[str, Any]:
    """Return the content of a manifest, remembered until the file's time or size changes.

    Raises:
        ValueError: If it is no manifest.
    """
    manifest = json.loads(Path(path).read_bytes())
    if (
        not isinstance(manifest, dict)
        or not {"schema", "phase", "kind", "files"} <= manifest.keys()
    ):
        raise ValueError("not a manifest")
    return manifest


@lru_cache(maxsize=65536)
def _digest(path: Path, _state: tuple[int, int]) -> str:
    """Return the SHA-256 of a file, remembered until its time or size changes."""
    return _sha256(path)


def _sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as content:
        whole = content.read(_SMALL)
        if len(whole) < _SMALL:  # most files are; file_digest takes thrice as long for them
            return hashlib.sha256(whole).hexdigest()
        content.seek(0)
        return hashlib.file_digest(content, "sha256").hexdigest()
