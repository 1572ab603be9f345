"""Reads files of translations that were made before."""

from __future__ import annotations

import json
from pathlib import Path

from xharness.data import own_files
from xharness.errors import DataError


def read_translations(path: Path) -> dict[str, str]:
    """Return the translations in a file, .jsonl or .tsv, by their source.

    Raises:
        DataError: If the file cannot be read or has no translation, or a line is not a source with
            its translation, or translates a source otherwise than an earlier line.
    """
    table: dict[str, str] = {}
    for number, line in own_files.filled(own_files.text(path)):
        source, translation = _pair(line.rstrip("\r"), f"{path}, line {number}", path.suffix)
        if table.setdefault(source, translation) != translation:
            raise DataError(
                f"{path}, line {number}: translates {source!r} otherwise than an earlier line"
            )
    if not table:
        raise DataError(f"{path}: has no translations; one on each line would be right")
    return table


def _pair(line: str, where: str, suffix: str) -> tuple[str, str]:
    """Return one line's source and translation."""
    if suffix == ".tsv":
        parts = line.split("\t")
        if len(parts) != 2:
            raise DataError(f"{where}: has {len(parts)} columns; two would be right")
        return parts[0].strip(), parts[1].strip()
    try:
        row = json.loads(line)
        source, translation = row["source"], row["translation"]
    except (ValueError, TypeError, KeyError):
        source = translation = None
    if not isinstance(source, str) or not isinstance(translation, str):
        raise DataError(f'{where}: is not {{"source": "...", "translation": "..."}}')
    return source.strip(), translation.strip()
