"""Reads translations that people made, to measure translators by."""

from __future__ import annotations

from collections.abc import Iterator

from xharness.data import reading
from xharness.data.reading import Rows
from xharness.data.sources import Origin
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
