"""Retrieval: find a sentence's translation in the source language, or mine translations.

Sentences use only words that no two languages share (`languages.INHERITED`), so spelling
cannot give a translation away. For mining, both sides hold as many sentences without a
translation as pairs, and each of these differs from a paired one in a single word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from xharness import Accuracy, Kind, MiningF1, Pair, Role, Row, Task
from xharness_lab.corpus import shortened
from xharness_lab.grammar import sentence
from xharness_lab.languages import ASKED, BY_CODE, INHERITED, SOURCE
from xharness_lab.sources import generated, item
from xharness_lab.world import Clause, fact, split_of

COUNT = 500
"""Sentences to find: the pool as well as the queries."""
PAIRS = {"dev": 100, "test": 200}
"""Translations to mine; each side has as many sentences more that have none."""


@lru_cache(maxsize=1)
def items() -> tuple[Clause, ...]:
    """Return the sentences to find, all different, in no language yet."""
    return _clauses(Random("lab_tatoeba test"), "test", COUNT)  # noqa: S311 - not for secrets


def _clauses(rng: Random, split: str, count: int) -> tuple[Clause, ...]:
    """Return different statements of a split, of words that no two languages share."""
    made: dict[Clause, None] = {}
    while len(made) < count:
        clause = shortened(rng, fact(rng, INHERITED), numbers=False)
        if split_of(clause) == split:
            made[clause] = None
    return tuple(made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What translations are mined from, in no language yet; no statement is there twice."""

    pairs: tuple[Clause, ...]
    lone_sources: tuple[Clause, ...]
    lone_targets: tuple[Clause, ...]


@lru_cache(maxsize=2)
def texts(split: str) -> Texts:
    """Return the statements of both sides of a split."""
    rng = Random(f"lab_bucc {split}")  # noqa: S311 - not for secrets
    pairs = _clauses(rng, split, PAIRS[split])
    taken = set(pairs)
    lone: list[Clause] = []
    for clause in (*pairs, *pairs):
        while (near := _near(rng, clause)) in taken:
            pass
        taken.add(near)
        lone.append(near)
    return Texts(
        pairs=pairs, lone_sources=tuple(lone[: len(pairs)]), lone_targets=tuple(lone[len(pairs) :])
    )


def _near(rng: Random, clause: Clause) -> Clause:
    """Return a statement that differs from another one in one word."""
    drawn = fact(rng, INHERITED)
    subject, thing = clause.subject, clause.object
    assert thing is not None
    assert drawn.object is not None
    return rng.choice(
        (
            replace(clause, subject=replace(subject, noun=drawn.subject.noun)),
            replace(clause, subject=replace(subject, trait=drawn.subject.trait)),
            replace(clause, verb=drawn.verb),
            replace(clause, object=replace(thing, noun=drawn.object.noun)),
        )
    )


def rows(config: str, split: str) -> Sequence[Row]:
    """Return the rows of one language: sentences to find."""
    language = BY_CODE[config]
    return [
        {
            "item": f"{split}-{i}",
            "sentence": sentence(clause, language),
            "translation": sentence(clause, SOURCE),
        }
        for i, clause in enumerate(items())
    ]


def mined_rows(config: str, split: str) -> Sequence[Row]:
    """Return the rows of one language: pairs, then what has no translation, on either side."""
    language, found = BY_CODE[config], texts(split)
    sides = [
        *((sentence(c, language), sentence(c, SOURCE)) for c in found.pairs),
        *((sentence(c, language), None) for c in found.lone_sources),
        *((None, sentence(c, SOURCE)) for c in found.lone_targets),
    ]
    return [
        {"item": f"{split}-{i}", "sentence": said, "translation": translation}
        for i, (said, translation) in enumerate(sides)
    ]


def read(row: Row, language: str) -> Pair:
    """Return one row as a pair whose target is in the source language."""
    del language
    return Pair(source=row["sentence"], target=row["translation"])


_OTHERS = tuple(x.code for x in ASKED if x is not SOURCE)
_COLUMNS = ("sentence", "translation")

TASKS = (
    Task(
        name="lab_bucc",
        role=Role.TARGET,
        kind=Kind.RETRIEVAL,
        version=1,
        sources=generated(
            "lab_bucc", mined_rows, _COLUMNS, {s: 3 * count for s, count in PAIRS.items()}
        ),
        languages=_OTHERS,
        splits={split: split for split in PAIRS},
        read=read,
        item=item,
        metric=MiningF1(name="lab-bucc"),
        tuned_on="dev",
        trains_on=None,
        source_language=SOURCE.code,
        summary="translations mined among sentences half of which have none, nothing trained",
    ),
    Task(
        name="lab_tatoeba",
        role=Role.TARGET,
        kind=Kind.RETRIEVAL,
        version=1,
        sources=generated("lab_tatoeba", rows, _COLUMNS, {"test": COUNT}),
        languages=_OTHERS,
        splits={"test": "test"},
        read=read,
        item=item,
        metric=Accuracy(name="retrieval-accuracy"),
        trains_on=None,
        source_language=SOURCE.code,
        summary="the source sentence that each sentence is a translation of, nothing trained",
    ),
)
