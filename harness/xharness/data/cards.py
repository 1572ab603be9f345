"""Data set cards in a folder laid out like the hub: which files a split has, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from xharness.errors import DataError
from xharness.tasks import Slice

CARD = "README.md"

_DATA_SUFFIXES = {".parquet", ".jsonl", ".json", ".csv", ".tsv", ".arrow", ".gz", ".zst"}


def files(folder: Path, slices: Sequence[Slice], task: str) -> list[Path]:
    """Return the data files that hold some slices of a data set.

    The card's `configs` block says which files a config and split have, as on the hub; a
    folder without one is taken whole.

    Args:
        folder: The data set's, in a folder laid out like the hub.
        slices: In the order wanted.
        task: For messages.

    Raises:
        DataError: If the folder, or a slice's files, are not there.
    """
    if not folder.is_dir():
        raise DataError(f"{task}: {folder}: no such folder; is the data root right?")
    listed = configs(folder)
    if not listed:
        everything = sorted(p for p in folder.rglob("*") if p.suffix in _DATA_SUFFIXES)
        if not everything:
            raise DataError(
                f"{task}: {folder}: no data in it; right would be files such as .parquet"
            )
        return everything
    paths: list[Path] = []
    for part in slices:
        patterns = listed.get(part.config, {}).get(part.split)
        if not patterns:
            raise DataError(
                f"{task}: {folder}: {CARD} names no files for config "
                f"{part.config!r}, split {part.split!r}"
            )
        matching = sorted(p for pattern in patterns for p in folder.glob(pattern))
        if not matching:
            raise DataError(f"{task}: {folder}: no file matches {', '.join(patterns)}")
        paths += matching
    return paths


@lru_cache(maxsize=64)
def configs(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Return config to split to file patterns, from the YAML head of a folder's card.

    Raises:
        DataError: If the head cannot be read.
    """
    parts = _text(folder).split("---\n", 2)
    # In pure Python a card of 180 configs takes half a second; both are the safe loader.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    head: Any = {}
    try:
        if len(parts) == 3 and not parts[0]:
            head = yaml.load(parts[1], Loader=loader)  # noqa: S506
        listed = head.get("configs", []) if isinstance(head, dict) else []
        return {
            str(config["config_name"]): {
                str(entry["split"]): [entry["path"]]
                if isinstance(entry["path"], str)
                else entry["path"]
                for entry in config["data_files"]
            }
            for config in listed
        }
    except (yaml.YAMLError, KeyError, TypeError) as wrong:
        raise DataError(
            f"{folder / CARD}: its configs cannot be read ({type(wrong).__name__}), should be "
            "YAML with config_name, and data_files with split and path"
        ) from None


def is_mirror(folder: Path) -> bool:
    """Return whether a folder's card calls its data set a mirror."""
    return any(
        line.startswith("# ") and "mirror" in line.lower() for line in _text(folder).splitlines()
    )


def mark(folder: Path, part: Slice) -> str:
    """Return what a card says of a split's rows: "mirror", "mirror, re-split" or nothing.

    A mirror's card says in a table, whose lines begin with config and split, which splits hold
    other rows than the original ones.
    """
    if not is_mirror(folder):
        return ""
    begin = f"| {part.config} | {part.split} |"
    split = [line for line in _text(folder).splitlines() if line.startswith(begin)]
    return "mirror, re-split" if any("RE-SPLIT" in line for line in split) else "mirror"


@lru_cache(maxsize=64)
def _text(folder: Path) -> str:
    """Return a folder's card, empty when there is none."""
    card = folder / CARD
    return card.read_text("utf-8") if card.is_file() else ""
