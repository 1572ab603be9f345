"""Looking after a store: what is in it, whether it is sound, what can go, what is missing."""

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
from xharness.store.phase_diff import nearest, text, texts
from xharness.store.store import Store

REMEMBERED = "remembered translations"
"""What one phase has added to the memory of translations that all phases share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A finished phase, as lists show it."""

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


def entries(store: Store) -> Iterator[Entry]:
    """Yield every finished phase, by key.

    Raises:
        CorruptArtifactError: If a manifest cannot be read.
    """
    names = store.keys()
    for name in names:
        if found := store.find(name):
            manifest = found.manifest
            yield Entry(
                key=name,
                kind=manifest["kind"],
                phase=manifest["phase"],
                bytes=found.size,
                finished=(found.path / MANIFEST).stat().st_mtime,
            )


def verify(store: Store, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """Return everything that is wrong with stored files: missing, changed or not theirs.

    Args:
        store: Whose files are read, all of them.
        progress: Called with (phases checked, phases in all) after each.
    """
    found: list[str] = []
    names = store.keys()
    for done, name in enumerate(names, start=1):
        found += problems(Artifact(name, store.folder_of(name)))
        if progress is not None:
            progress(done, len(names))
    return found


def gc(store: Store, keep: Collection[Key], *, dry: bool) -> list[Removed]:
    """Remove what nothing needs: phases, dead buildings, scratch of no use, old translations.

    What a phase has added to the memory of translations goes when the phase is not wanted: it
    only saves the translation of the same sentences for another one.

    Whatever a living process holds the lock of is left alone.

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
            name = Key(path.name.partition(".")[0])
            # Who translates holds the lock of the whole memory, whichever phase it is for.
            lock = path.parent / "lock" if what == REMEMBERED else store.lock_of(name)
            with hold_if_free(lock) as free:
                if free:
                    removed.append(Removed(what=what, key=name, bytes=_bytes(path)))
                    if not dry:
                        _remove(store, path, name)
    return removed


def stored_texts(store: Store) -> dict[Key, str]:
    """Return the text of every finished phase, by key; see `why.text`."""
    found = map(store.find, store.keys())
    return {a.key: a.file("phase.json").read_text("utf-8") for a in found if a}


def why_missing(store: Store, wanted: Phase) -> tuple[Key, list[str]] | None:
    """Return the stored phase of the same kind that is nearest, and how it differs.

    Args:
        store: Where to look.
        wanted: A phase that is not in it.

    Returns:
        A key and one line per differing field, the wanted value first; None when the store has
        no phase of this kind.
    """
    stored = stored_texts(store)
    return nearest(text(wanted), stored, (stored | texts([wanted])).get)


def _loose(store: Store, keep: frozenset[Key]) -> Iterator[tuple[str, Path]]:
    """Yield (what, path) of everything that may be removed if nobody holds its lock."""
    for name in sorted(set(store.keys()) - keep):
        yield "phase", store.folder_of(name)
    for path in sorted(store.root.glob("building/*.*")):
        yield "building", path
    for path in sorted(store.root.glob("scratch/*")):
        # Scratch of a phase that is wanted and not finished lets it go on where it was.
        if path.name not in keep or store.find(Key(path.name)):
            yield "scratch", path
    for path in sorted(store.root.glob("memory/translations/*/*.jsonl")):
        if path.stem not in keep:
            yield REMEMBERED, path


def _remove(store: Store, path: Path, name: Key) -> None:
    """Remove a folder or file; a kill on the way never leaves half a phase in place."""
    if path.is_file():
        path.unlink()
        return
    doomed = store.root / "building" / f"{name}.{secrets.token_hex(4)}"
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
    matching = [name for name in store.keys() if name.startswith(beginning)]  # noqa: SIM118
    found = store.find(matching[0]) if len(matching) == 1 else None
    if found is None:
        raise StoreError(
            f"{store.root}: {len(matching)} phases begin with {beginning!r}, one would be right; "
            "xharness store ls shows them"
        )
    return found
