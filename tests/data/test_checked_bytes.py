"""Changed bytes are found, with the file to delete, and unchanged files are not hashed again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from xharness.data.checked_bytes import check_fetched, check_prepared
from xharness.errors import HubError

CONTENT = b"label 0, label 1"
FLIPPED = b"label 1, label 1"


def cached(folder: Path, name: str) -> Path:
    """Return a link to a file in a cache laid out as the hub's client does."""
    blob = folder / "hub" / "datasets--org--pairs" / "blobs" / name
    blob.parent.mkdir(parents=True)
    blob.write_bytes(CONTENT)
    link = blob.parents[1] / "snapshots" / "main" / "rows.parquet"
    link.parent.mkdir(parents=True)
    link.symlink_to(blob)
    return link


def flip(file: Path, *, unseen: bool) -> None:
    """Write other bytes of the same length into a file, at the same inode; at the same time too."""
    about = file.stat()
    with file.open("r+b") as content:
        content.write(FLIPPED)
    if unseen:
        os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))
    else:
        os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns + 1))


@pytest.fixture
def link(tmp_path: Path) -> Path:
    """Return a large file in a cache: it is named after its SHA-256."""
    return cached(tmp_path, hashlib.sha256(CONTENT).hexdigest())


def test_a_file_is_what_its_name_says(link: Path) -> None:
    """Right bytes pass; so does what is in no cache of the hub."""
    own = link.parent / "own.parquet"
    own.write_bytes(FLIPPED)

    check_fetched("org/pairs", [link, own, link.parent / "none"], anew=False)


def test_other_bytes_are_named_with_what_to_delete(link: Path, tmp_path: Path) -> None:
    """The blob itself, and the rows that were prepared from it."""
    check_fetched("org/pairs", [link], anew=False)
    flip(link.resolve(), unseen=False)

    with pytest.raises(HubError) as raised:
        check_fetched("org/pairs", [link], anew=False, made=tmp_path / "made")
    assert str(raised.value) == (
        "org/pairs: rows.parquet has other bytes than the hub states (digest "
        f"{hashlib.sha256(FLIPPED).hexdigest()[:10]}, not {link.resolve().name[:10]}); delete "
        f"{link.resolve()} and {tmp_path / 'made'}, then run the same command again"
    )


def test_small_files_are_named_as_git_does(tmp_path: Path) -> None:
    """The digest of Git, by `git hash-object`: of "label 0, label 1"."""
    link = cached(tmp_path, "ae13b4db83a2aa5a9c4fe50de6ff3eb24aaaf9a2")

    with pytest.raises(HubError, match="has other bytes than the hub states"):
        check_fetched("org/pairs", [link], anew=False)
    right = "e2e7c37ba4f06fdf69a689dde46e6f85d22e4421"
    check_fetched("org/pairs", [cached(tmp_path / "right", right)], anew=False)


def test_unchanged_files_are_hashed_once_and_anew_when_asked(link: Path) -> None:
    """With size, time and inode of before nothing is read; `data check` reads all the same."""
    check_fetched("org/pairs", [link], anew=False)
    flip(link.resolve(), unseen=True)

    check_fetched("org/pairs", [link], anew=False)
    with pytest.raises(HubError, match="has other bytes than the hub states"):
        check_fetched("org/pairs", [link], anew=True)


def test_another_inode_is_another_file(link: Path) -> None:
    """A file that was put in its place, with the same size and time, is hashed."""
    check_fetched("org/pairs", [link], anew=False)
    blob = link.resolve()
    about = blob.stat()
    other = blob.with_name("other")
    other.write_bytes(FLIPPED)
    os.utime(other, ns=(about.st_atime_ns, about.st_mtime_ns))
    other.replace(blob)

    with pytest.raises(HubError, match="has other bytes"):
        check_fetched("org/pairs", [link], anew=False)


@pytest.mark.parametrize(("unseen", "anew"), [(False, False), (True, True)])
def test_prepared_rows_stay_those_that_were_read_first(
    tmp_path: Path, unseen: bool, anew: bool
) -> None:
    """They have no published digest, so the first reading decides; the folder is to be deleted."""
    rows = tmp_path / "rows.arrow"
    rows.write_bytes(CONTENT)
    check_prepared("org/pairs", tmp_path, anew=False)
    check_prepared("org/pairs", tmp_path, anew=True)
    flip(rows, unseen=unseen)

    with pytest.raises(HubError, match="than when it was first read; delete") as raised:
        check_prepared("org/pairs", tmp_path, anew=anew)
    assert str(rows) in str(raised.value)


def test_a_cache_that_can_only_be_read_is_checked_all_the_same(link: Path) -> None:
    """What cannot be remembered is hashed each time."""
    memory = link.resolve().parents[2] / ".locks"
    memory.write_text("in the way of a folder", "utf-8")
    check_fetched("org/pairs", [link], anew=False)
    flip(link.resolve(), unseen=True)

    with pytest.raises(HubError, match="has other bytes"):
        check_fetched("org/pairs", [link], anew=False)
