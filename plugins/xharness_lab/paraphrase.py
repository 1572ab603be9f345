"""Paraphrases: an intermediate task, and a target whose pairs always have the same words.

As in PAWS, what decides is who does what to whom. Every first sentence has two partners, one of
each label, made of exactly the same words: in the one the two beings keep their parts, in the
other they change places. So no bag of words, length or overlap says anything. The intermediate
task has pairs of another sort too, where one trait is replaced by a synonym or by a word that
means something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from xharness import Accuracy, Classification, Kind, Role, Row, Task
from xharness_lab.grammar import sentence
from xharness_lab.languages import BY_CODE, LANGUAGES, SOURCE
from xharness_lab.sources import Generator, clusters, generated, item
from xharness_lab.world import (
    OPPOSITES,
    SYNONYM,
    WORLD,
    Clause,
    Phrase,
    meeting,
    other,
    split_of,
)

LABELS = ("different", "same")
INTERMEDIATE = {"train": 4000, "dev": 400}
TARGET = {"train": 400, "dev": 300, "test": 300}
"""Rows per split; even, for the two partners of each first sentence."""
WORDS = 0.4
"""Share of the intermediate task's pairs where a word decides, not who does what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Two sentences, in no language yet."""

    first: Clause
    second: Clause
    label: str


@lru_cache(maxsize=16)
def items(name: str, split: str, count: int, words: float) -> tuple[Item, ...]:
    """Return the items of a split, two to a first sentence.

    Args:
        name: Of the task.
        split: Of the task.
        count: Items.
        words: Share of first sentences whose partners differ in a word.
    """
    rng = Random(f"{name} {split}")  # noqa: S311 - not for secrets
    made: list[Item] = []
    while len(made) < count:
        first = replace(meeting(rng), place=None)
        if split_of(first) == split:
            made.extend(_by_word(rng, first) if rng.random() < words else _by_part(rng, first))
    return tuple(made)


def _by_part(rng: Random, first: Clause) -> tuple[Item, Item]:
    """Return two items whose second sentences are of the same words in different places.

    The action is another word each time, so that no pair is told by being equal, and whole
    phrases change places, so that a trait stands beside the same noun in both.
    """
    assert first.object is not None
    subject, thing = _reworded(rng, first.subject), _reworded(rng, first.object)
    same = replace(
        first,
        subject=subject,
        verb=SYNONYM[first.verb],
        object=thing,
        fronted=rng.choice((None, "time")),
    )
    swapped = replace(same, subject=thing, object=subject)
    return (
        Item(first=first, second=same, label="same"),
        Item(first=first, second=swapped, label="different"),
    )


def _by_word(rng: Random, first: Clause) -> tuple[Item, Item]:
    """Return two items whose second sentences differ in one trait."""
    trait = first.subject.trait or ""
    wrong = rng.choice((*OPPOSITES[trait], other(rng, WORLD.traits, trait)))
    verb, fronted = SYNONYM[first.verb], rng.choice((None, "time"))

    def second(word: str) -> Clause:
        return replace(
            first, subject=replace(first.subject, trait=word), verb=verb, fronted=fronted
        )

    return (
        Item(first=first, second=second(SYNONYM[trait]), label="same"),
        Item(first=first, second=second(wrong), label="different"),
    )


def _reworded(rng: Random, phrase: Phrase) -> Phrase:
    """Return a phrase whose trait is a synonym at times."""
    trait = phrase.trait or ""
    return replace(phrase, trait=rng.choice((trait, SYNONYM[trait])))


def generator(name: str, counts: Mapping[str, int], words: float = 0.0) -> Generator:
    """Return a function from language and split to the rows of a task."""

    def rows(config: str, split: str) -> Sequence[Row]:
        language = BY_CODE[config]
        return [
            {
                "item": f"{split}-{i}",
                "first_item": f"{split}-{i // len(LABELS)}",
                "first": sentence(item.first, language),
                "second": sentence(item.second, language),
                "label": item.label,
            }
            for i, item in enumerate(items(name, split, counts[split], words))
        ]

    return rows


def read(row: Row, language: str) -> Classification:
    """Return one row as an example."""
    del language
    return Classification(text=row["first"], pair=row["second"], label=row["label"])


def _task(role: Role, name: str, counts: Mapping[str, int], words: float, summary: str) -> Task:
    """Return one of the two tasks."""
    target = role is Role.TARGET
    return Task(
        name=name,
        role=role,
        kind=Kind.CLASSIFICATION,
        version=1,
        sources=generated(
            name,
            generator(name, counts, words),
            ("first_item", "first", "second", "label"),
            counts,
        ),
        languages=tuple(x.code for x in LANGUAGES) if target else (SOURCE.code,),
        splits={split: split for split in counts},
        labels=LABELS,
        read=read,
        item=item,
        cluster=clusters("first_item"),
        metric=Accuracy(),
        trains_on=name if target else None,
        source_language=SOURCE.code,
        summary=summary,
    )


TASKS = (
    _task(
        Role.INTERMEDIATE,
        "lab_paraphrase",
        INTERMEDIATE,
        WORDS,
        "do two sentences of the lab's source language mean the same",
    ),
    _task(
        Role.TARGET,
        "lab_pawsx",
        TARGET,
        0.0,
        "do two sentences of the same words mean the same, in every fictional language",
    ),
)
