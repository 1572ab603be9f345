"""The store: one folder per finished phase, named by its key, complete or absent.

store.json                   the layout's version
phases/ab/abcd.../           finished: the phase's files, phase.json, manifest.json
building/abcd....x1y2/       being made; renamed into place when complete
scratch/abcd.../             of an unfinished phase, kept over a kill
memory/                      translated sentences, which all phases share
locks/  logs/                which process makes which phase; traces of phases that failed
plans/<digest>.json          the comparisons that were asked for
calibrations/<digest>.json   what work costs, by machine and encoder
resolved.json                hub revisions and file digests, as first seen
overlaps/<digest>.json       text that training rows share with test sets, where it was counted
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from xharness.errors import StoreError
from xharness.keys import Key, key
from xharness.phases import Phase, describe, inputs
from xharness.store.artifacts import MANIFEST, Artifact, seal, write_whole
from xharness.store.locks import Waiting, hold
from xharness.store.phase_diff import text

__all__ = ["Artifact", "Building", "Store"]

_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """A phase that is being made."""

    out: Path
    """An empty folder, published when the work ends without an error."""
    scratch: Path
    """A folder that survives a kill; removed once the phase is published."""


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of finished phases; made when something is first written to it.

    Raises:
        StoreError: If a newer xharness wrote it.
    """

    root: Path

    def __post_init__(self) -> None:
        """Refuse a layout that this version does not know."""
        path = self.root / "store.json"
        try:
            schema = json.loads(path.read_text("utf-8"))["schema"]
        except (FileNotFoundError, NotADirectoryError):
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{path}: cannot be read ({error}), should be {{'schema': {_SCHEMA}}}"
            ) from error
        if schema != _SCHEMA:
            raise StoreError(
                f"{path}: has schema {schema}, this xharness reads {_SCHEMA}; "
                "use the xharness that wrote it, or another --store"
            )

    def find(self, phase_key: Key) -> Artifact | None:
        """Return a finished phase, or None."""
        path = self.folder_of(phase_key)
        return Artifact(phase_key, path) if os.path.exists(f"{path}/{MANIFEST}") else None  # noqa: PTH110

    @contextmanager
    def publishing(self, phase: Phase, waiting: Waiting | None = None) -> Iterator[Building | None]:
        """Publish a phase when the with block ends without an error.

        One process at a time is inside with one key; others wait. After an error nothing is
        published, and what is in `scratch` stays for the next attempt.

        Args:
            phase: What is being made.
            waiting: Told who makes it while another process does.

        Yields:
            Where to write; None if another process has published it meanwhile.

        Raises:
            StoreError: If the store cannot be written.
        """
        phase_key = key(phase)
        with ExitStack() as stack:
            with self.explained():
                self._create()
                held = stack.enter_context(hold(self.lock_of(phase_key), waiting))
                building = None if self.find(phase_key) else self._begin(phase_key)
            if building is None:
                yield None
                return
            try:
                yield building
                with self.explained():
                    self._publish(phase, phase_key, building)
            except Exception as error:
                if held():
                    raise
                raise StoreError(
                    f"{self.folder_of(phase_key)}: this process stood still and another one took "
                    "the phase over; run again when that one is done"
                ) from error
            finally:
                shutil.rmtree(building.out, ignore_errors=True)

    def keys(self) -> list[Key]:
        """Return the keys of all folders of phases, sorted."""
        return sorted(Key(path.name) for path in self.root.glob("phases/??/*"))

    def folder_of(self, phase_key: Key) -> Path:
        """Return where a phase's files are, or would be."""
        # Asked for thousands of times a run; joining part by part takes thrice as long.
        return Path(f"{self.root}/phases/{phase_key[:2]}/{phase_key}")

    def lock_of(self, phase_key: Key) -> Path:
        """Return the lock's file of a phase; who makes or removes the phase holds the lock."""
        return self.root / "locks" / f"{phase_key}.lock"

    def save_plan(self, digest: str, content: str, asked: str = "{}") -> None:
        """Publish a plan as the latest; one that is there already is not written again.

        Args:
            digest: What the plan is called.
            content: The plan.
            asked: The flags that it was made from, as JSON.
        """
        path, flags = (self.root / sort / f"{digest}.json" for sort in ("plans", "asked"))
        if not path.exists():
            self.write(flags, asked)
            self.write(path, content)
        else:
            with suppress(OSError, StoreError):  # a store that can only be read still answers
                path.touch()
                self.write(flags, asked)

    def plans(self) -> dict[str, str]:
        """Return the published plans, digest to text, the one asked for last at the end."""
        paths = sorted(self.root.glob("plans/*.json"), key=lambda p: (p.stat().st_mtime_ns, p.name))
        return {path.stem: path.read_text("utf-8") for path in paths}

    def asked(self, digest: str) -> str | None:
        """Return the flags that a plan was last made from, as JSON; None where nobody kept them."""
        path = self.root / "asked" / f"{digest}.json"
        return path.read_text("utf-8") if path.exists() else None

    def calibration(self, name: str) -> str | None:
        """Return a calibration that was kept under a name; None if there is none."""
        path = self.root / "calibrations" / f"{name}.json"
        return path.read_text("utf-8") if path.exists() else None

    def save_calibration(self, name: str, content: str) -> None:
        """Keep a calibration under a name, in place of an older one."""
        self.write(self.root / "calibrations" / f"{name}.json", content)

    def resolved(self) -> dict[str, str]:
        """Return what was resolved so far, such as a repository to its locked revision.

        Raises:
            StoreError: If resolved.json cannot be read.
        """
        path = self.root / "resolved.json"
        try:
            resolved: dict[str, str] = json.loads(path.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError) as error:
            raise StoreError(
                f"{path}: cannot be read ({error}), should be names and digests; delete it "
                "to resolve again"
            ) from error
        return resolved

    def remember(self, fresh: Mapping[str, str]) -> dict[str, str]:
        """Return all that is resolved with `fresh` added; what was there first is never changed.

        Args:
            fresh: Names, such as "hub:facebook/xnli" or "file:path:size:mtime", to digests.

        Raises:
            StoreError: If something is new and the store cannot be written.
        """
        known = self.resolved()
        if fresh.keys() <= known.keys():
            return known
        with self.explained():
            self._create()
            with hold(self.root / "locks" / "resolved.lock"):
                # Read again: before we had the lock, another process may have added the same name.
                known = {**fresh, **self.resolved()}
                lines = json.dumps(known, sort_keys=True, indent=1, ensure_ascii=False)
                write_whole(self.root / "resolved.json", lines + "\n")
        return known

    def save_log(self, phase_key: Key, content: str) -> Path:
        """Keep the trace of a failed phase until the phase is published; return its path."""
        path = self._log(phase_key)
        self.write(path, content)
        return path

    def write(self, path: Path, content: str) -> None:
        """Write one text file of the store, whole or not at all."""
        with self.explained():
            self._create()
            path.parent.mkdir(exist_ok=True)
            write_whole(path, content)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn errors of the file system into a sentence that says what to do.

        Raises:
            StoreError: For any OSError in the with block.
        """
        try:
            yield
        except OSError as error:
            raise StoreError(f"{self.root}: {_sentence(error)}") from error

    def _log(self, phase_key: Key) -> Path:
        """Return where the trace of a failed phase is, or would be."""
        return self.root / "logs" / f"{phase_key}.log"

    def _create(self) -> None:
        """Write store.json, with the layout's version, if the store is new."""
        path = self.root / "store.json"
        if not path.exists():
            self.root.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps({"schema": _SCHEMA}) + "\n")

    def _begin(self, phase_key: Key) -> Building:
        """Return new folders for a phase whose lock this process holds."""
        target = self.folder_of(phase_key)
        if target.exists():
            raise StoreError(f"{target}: has no {MANIFEST}, so is incomplete; delete the folder")
        # This process holds the lock, so the one that left these behind has ended.
        for left in self.root.glob(f"building/{phase_key}.*"):
            shutil.rmtree(left)
        out = self.root / "building" / f"{phase_key}.{secrets.token_hex(4)}"
        scratch = self.root / "scratch" / phase_key
        out.mkdir(parents=True)
        scratch.mkdir(parents=True, exist_ok=True)
        return Building(out=out, scratch=scratch)

    def _publish(self, phase: Phase, phase_key: Key, building: Building) -> None:
        """Complete a building folder and rename it into place."""
        (building.out / "phase.json").write_text(text(phase), "utf-8")
        seal(
            building.out,
            key=phase_key,
            phase=describe(phase),
            kind=type(phase).__name__,
            inputs=[key(p) for p in inputs(phase)],
        )
        target = self.folder_of(phase_key)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            building.out.rename(target)
        except OSError:
            # Renaming never replaces a folder with files, so the first of two publications stays.
            if not self.find(phase_key):
                raise
        shutil.rmtree(building.scratch, ignore_errors=True)
        self._log(phase_key).unlink(missing_ok=True)


def _sentence(error: OSError) -> str:
    """Return what is wrong with the disk and what would be right."""
    where = error.filename2 or error.filename
    cause = f"{error.strerror}: {where}" if where else str(error.strerror)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"the disk is full ({cause}); free some space, or name another --store"
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return f"cannot be written ({cause}); make it writable, or name another --store"
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        return f"a file is in the way of a folder ({cause}); name another --store"
    return f"cannot be used ({cause}); repair it, or name another --store"
