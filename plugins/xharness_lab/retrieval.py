"""Retrieval: find a sentence's translation among all sentences of the source language.

Sentences use only words that no two languages share (`languages.INHERITED`), so spelling
cannot give a translation away.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from random import Random

from xharness import Accuracy, Kind, Pair, Role, Row, Source, Task
from xharness_lab.corpus import shortened
from xharness_lab.grammar import sentence
from xharness_lab.languages import BY_CODE, INHERITED, LANGUAGES, SOURCE
from xharness_lab.world import CITATION, Clause, fact, split_of

COUNT = 500
"""Sentences: the pool as well as the queries."""


@lru_cache(maxsize=1)
def items() -> tuple[Clause, ...]:
    """Return the sentences, all different, in no language yet."""
    rng = Random("lab_tatoeba test")  # noqa: S311 - not for secrets
    made: dict[Clause, None] = {}
    while len(made) < COUNT:
        clause = shortened(rng, fact(rng, INHERITED), numbers=False)
        if split_of(clause) == "test":
            made[clause] = None
    return tuple(made)


def rows(config: str, split: str) -> Sequence[Row]:
    """Return the rows of one language."""
    language = BY_CODE[config]
    return [
        {
            "item": f"{split}-{i}",
            "sentence": sentence(clause, language),
            "translation": sentence(clause, SOURCE),
        }
        for i, clause in enumerate(items())
    ]


def read(row: Row, language: str) -> Pair:
    """Return one row as a pair whose target is in the source language."""
    del language
    return Pair(source=row["sentence"], target=row["translation"])


def item(row: Row, position: int) -> str:
    """Return the name of a row's item, the same in every language."""
    return str(row["item"])


TASK = Task(
    name="lab_tatoeba",
    role=Role.TARGET,
    kind=Kind.RETRIEVAL,
    version=1,
    sources=(
        Source(
            path="lab/lab_tatoeba",
            config="{language}",
            revision="1",
            generate=rows,
            columns=("item", "sentence", "translation"),
            licence="Apache-2.0",
            citation=CITATION,
            expected={"test": COUNT},
        ),
    ),
    languages=tuple(x.code for x in LANGUAGES if x is not SOURCE),
    splits={"test": "test"},
    read=read,
    item=item,
    metric=Accuracy(name="retrieval-accuracy"),
    trains_on=None,
    source_language=SOURCE.code,
    summary="nearest source sentence to each fictional language's sentences, nothing trained",
)
