"""Reads translations that were made before: people's, to measure translators by, and files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from xharness.data import reading
from xharness.data.reading import Rows
from xharness.data.sources import Origin
from xharness.errors import DataError
from xharness.examples import Example, Translatable
from xharness.phases import Translate
from xharness.plugin.hooks import PhaseRun
from xharness.tasks import Kind, find_task


def reference_pairs(phase: Translate, run: PhaseRun) -> list[tuple[str, str]]:
    """Return texts and their translations from a phase's references, each text once.

    Raises:
        DataError: If the references are not what their task declares.
    """
    wanted = phase.references
    if wanted is None:
        return []
    task = find_task(run.tasks, wanted.task, wanted.version)

    def rows(language: str, digest: str, limit: int | None) -> Rows:
        origin = Origin(data_root=run.data_root, offline=run.offline, digest=digest)
        return reading.load(task, (language,), wanted.split, (limit, phase.sample_seed), origin)

    if task.kind is Kind.RETRIEVAL:
        pairs = _of_sentence_pairs(rows(phase.into, wanted.data_into, wanted.limit))
    else:
        # Only the source is sampled: its items are looked up among all of the other language.
        into = rows(phase.into, wanted.data_into, None)
        pairs = _of_items(rows(phase.language, wanted.data, wanted.limit), into)
    translations: dict[str, str] = {}
    for text, translation in pairs:
        translations.setdefault(text, translation)
    return [pair for pair in translations.items() if all(pair)]


def _of_sentence_pairs(rows: Rows) -> Iterator[tuple[str, str]]:
    """Yield the sentences of retrieval pairs, whose target is in the language translated from."""
    for example in rows.examples:
        if example.source and example.target:
            yield example.target, example.source


def _of_items(source: Rows, into: Rows) -> Iterator[tuple[str, str]]:
    """Yield the texts of items that both languages have."""
    right = {one.item: one.example for one in into.named}
    for one in source.named:
        if one.item in right:
            yield from zip(_texts(one.example), _texts(right[one.item]), strict=False)


def _texts(example: Example) -> tuple[str, ...]:
    """Return the texts of an example that are compared, none if it cannot be translated."""
    return example.reference_texts() if isinstance(example, Translatable) else ()


def read_table(path: Path) -> dict[str, str]:
    """Return the translations in a file, .jsonl or .tsv, by their source.

    Raises:
        DataError: If the file cannot be read, or a line is not a source with its translation, or
            translates a source otherwise than an earlier line.
    """
    table: dict[str, str] = {}
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        source, translation = _pair(line.rstrip("\r"), f"{path}, line {number}", path.suffix)
        if table.setdefault(source, translation) != translation:
            raise DataError(
                f"{path}, line {number}: translates {source!r} otherwise than an earlier line"
            )
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
