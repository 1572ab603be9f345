"""Maintenance of a store: what is in it, what is damaged, what can go, why a phase is missing."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from xharness.errors import StoreError
from xharness.keys import Key
from xharness.phases import Phase
from xharness.store.artifacts import MANIFEST, Artifact, problems, written
from xharness.store.locks import hold_if_free
from xharness.store.phase_diff import apart, in_words, nearest, text, texts
from xharness.store.store import Store

REMEMBERED = "remembered translations"
"""Translations that one phase has added to the memory that all phases share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPhase:
    """A finished phase, as `store ls` shows it."""

    key: Key
    kind: str
    """"Train", "Predict" and so on."""
    phase: str
    """As a person reads it."""
    bytes: int
    finished: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """Something `gc` removed, or would remove."""

    what: str
    """"phase", "building", "scratch" or `REMEMBERED`."""
    key: Key
    """Of the phase; of remembered translations the one that added them."""
    bytes: int


def entries(store: Store) -> tuple[StoredPhase, ...]:
    """Return every finished phase, sorted by key; no two trainings have the same name.

    Raises:
        CorruptArtifactError: If a manifest cannot be read.
    """
    found = {a.key: a for a in map(store.find, store.keys()) if a is not None}
    trainings = {k: a.manifest["phase"] for k, a in found.items() if a.manifest["kind"] == "Train"}
    names = apart(trainings, lambda: _stored_texts(store))
    return tuple(
        StoredPhase(
            key=phase_key,
            kind=artifact.manifest["kind"],
            phase=names.get(phase_key, artifact.manifest["phase"]),
            bytes=artifact.size,
            finished=(artifact.path / MANIFEST).stat().st_mtime,
        )
        for phase_key, artifact in found.items()
    )


def verify(store: Store, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """Return one line for every stored file that is missing, changed or not in its manifest.

    Args:
        store: Whose files are read, all of them.
        progress: Called with (phases checked, phases in all) after each.
    """
    lines: list[str] = []
    phase_keys = store.keys()
    for done, phase_key in enumerate(phase_keys, start=1):
        lines += problems(Artifact(phase_key, store.folder_of(phase_key)))
        if progress is not None:
            progress(done, len(phase_keys))
    return lines


def gc(store: Store, keep: Collection[Key], *, dry: bool) -> list[Removed]:
    """Remove unwanted phases, what killed processes left behind, and old translations.

    The translations that a phase has added to the shared memory go with the phase: they only
    save another phase from translating the same sentences again.

    Anything whose lock a living process holds is left alone.

    Args:
        store: Where to remove.
        keep: Keys of all phases that are wanted, finished or not.
        dry: Remove nothing, only say what would be.

    Returns:
        What was removed, with its size on disk.

    Raises:
        StoreError: If the store cannot be written.
    """
    removed: list[Removed] = []
    with store.explained():
        for what, path in _loose(store, frozenset(keep)):
            phase_key = Key(path.name.partition(".")[0])
            # Who translates holds the lock of the whole memory, whichever phase it is for.
            lock = path.parent / "lock" if what == REMEMBERED else store.lock_of(phase_key)
            with hold_if_free(lock) as free:
                if free:
                    removed.append(Removed(what=what, key=phase_key, bytes=_bytes(path)))
                    if not dry:
                        _remove(store, path, phase_key)
    return removed


def _stored_texts(store: Store) -> dict[Key, str]:
    """Return the text of every finished phase, by key; see `phase_diff.text`."""
    artifacts = map(store.find, store.keys())
    return {a.key: a.file("phase.json").read_text("utf-8") for a in artifacts if a}


def why_missing(store: Store, wanted: Phase) -> tuple[Key, list[str]] | None:
    """Return the stored phase of the same kind that is nearest, and how it differs.

    Args:
        store: Where to look.
        wanted: A phase that is not in it.

    Returns:
        A key and one line per differing field, the wanted value first; None when the store has
        no phase of this kind.
    """
    stored = _stored_texts(store)
    near = nearest(text(wanted), stored, (stored | texts([wanted])).get)
    return near and (near[0], [in_words(field) for field in near[1]])


def _loose(store: Store, keep: frozenset[Key]) -> Iterator[tuple[str, Path]]:
    """Yield (what, path) of everything that may be removed if nobody holds its lock."""
    for phase_key in sorted(set(store.keys()) - keep):
        yield "phase", store.folder_of(phase_key)
    for path in sorted(store.root.glob("building/*.*")):
        yield "building", path
    for path in sorted(store.root.glob("scratch/*")):
        # A wanted phase that is not finished goes on from its scratch, so that stays.
        if path.name not in keep or store.find(Key(path.name)):
            yield "scratch", path
    for path in sorted(store.root.glob("memory/translations/*/*.jsonl")):
        if path.stem not in keep:
            yield REMEMBERED, path


def _remove(store: Store, path: Path, phase_key: Key) -> None:
    """Remove a folder or file; a kill on the way never leaves half a phase in place."""
    if path.is_file():
        path.unlink()
        return
    # Renaming is atomic and deleting is not; what a kill leaves in building the next gc removes.
    doomed = store.root / "building" / f"{phase_key}.{secrets.token_hex(4)}"
    doomed.parent.mkdir(exist_ok=True)
    shutil.rmtree(path.rename(doomed))


def _bytes(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    files = [path] if path.is_file() else [path / name for name in written(path)]
    return sum(file.lstat().st_size for file in files)


def only(store: Store, beginning: str) -> Artifact:
    """Return the one finished phase whose key begins so.

    Raises:
        StoreError: If there is none, or several.
    """
    matching = [k for k in store.keys() if k.startswith(beginning)]  # noqa: SIM118
    artifact = store.find(matching[0]) if len(matching) == 1 else None
    if artifact is None:
        raise StoreError(
            f"{store.root}: {len(matching)} phases begin with {beginning!r}, one would be right; "
            "xharness store ls shows them"
        )
    return artifact
