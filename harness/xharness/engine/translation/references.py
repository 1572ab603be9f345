"""Sentences with translations by people: references to measure by, and files made before."""

from __future__ import annotations

import json
from pathlib import Path

from xharness.data import reading
from xharness.data.reading import Rows
from xharness.data.sources import Origin
from xharness.errors import DataError
from xharness.examples import Classification, Example, MultipleChoice, Pair, SpanQuestion
from xharness.phases import Translate
from xharness.plugin.hooks import PhaseRun
from xharness.tasks import find_task


def pairs(phase: Translate, run: PhaseRun) -> list[tuple[str, str]]:
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

    found: dict[str, str] = {}
    right = {n.item: n.example for n in rows(phase.into, wanted.data_into, None).named}
    if any(isinstance(e, Pair) for e in right.values()):
        chosen = rows(phase.into, wanted.data_into, wanted.limit)
        for one in chosen.named:
            if isinstance(one.example, Pair) and one.example.source and one.example.target:
                found.setdefault(one.example.target, one.example.source)
        return list(found.items())
    for one in rows(phase.language, wanted.data, wanted.limit).named:
        if one.item in right:
            both = zip(_texts(one.example), _texts(right[one.item]), strict=False)
            for text, translation in both:
                found.setdefault(text, translation)
    return [(text, translation) for text, translation in found.items() if text and translation]


def _texts(example: Example) -> tuple[str, ...]:
    """Return what of an example is compared; of a question not its context, which many share."""
    if isinstance(example, Classification):
        return (example.text, example.pair or "")
    if isinstance(example, MultipleChoice):
        return (example.context, example.question, *example.choices)
    return (example.question,) if isinstance(example, SpanQuestion) else ()


def table(path: Path) -> dict[str, str]:
    """Return the translations in a file, .jsonl or .tsv, by their source.

    Raises:
        DataError: If the file cannot be read, or a line is not a source with its translation, or
            translates a source otherwise than an earlier line.
    """
    found: dict[str, str] = {}
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        source, translation = _pair(line.rstrip("\r"), f"{path}, line {number}", path.suffix)
        if found.setdefault(source, translation) != translation:
            raise DataError(
                f"{path}, line {number}: translates {source!r} otherwise than an earlier line"
            )
    return found


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
