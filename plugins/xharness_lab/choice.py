"""Continuation choice: which of four sentences can follow a first one; an intermediate task.

The four differ in one word, a trait or an action: a synonym of the first sentence's (right), an
opposite of it, and a word and its opposite from another scale. So each ending has an opposite
among the others, and neither the endings alone, nor lengths, nor shared words tell which is
right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from xharness import Accuracy, Kind, MultipleChoice, Role, Row, Task
from xharness_lab.grammar import sentence
from xharness_lab.languages import BY_CODE, SOURCE
from xharness_lab.sources import generated, item
from xharness_lab.world import (
    CLASS_OF,
    OPPOSITES,
    SYNONYM,
    WORLD,
    Clause,
    fact,
    other,
    split_of,
)

ENDINGS = 4
COUNTS = {"train": 3000, "dev": 400}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A first sentence and its endings, in no language yet."""

    first: Clause
    endings: tuple[Clause, ...]
    answer: int


@lru_cache(maxsize=8)
def items(split: str) -> tuple[Item, ...]:
    """Return the items of a split."""
    rng = Random(f"lab_choice {split}")  # noqa: S311 - not for secrets
    made: list[Item] = []
    while len(made) < COUNTS[split]:
        whole = fact(rng)
        thing = whole.object and replace(whole.object, trait=None, number=None)
        first = replace(whole, object=thing, place=None)
        if split_of(first) == split:
            made.append(_item(rng, first, len(made) % ENDINGS))
    return tuple(made)


def _item(rng: Random, first: Clause, answer: int) -> Item:
    """Return one item; half of them turn on the trait, half on the action.

    Args:
        rng: Decides.
        first: The first sentence.
        answer: Place of the right ending; all places are as frequent.
    """
    by_trait = rng.random() < 0.5
    subject = replace(first.subject, noun=CLASS_OF[first.subject.noun])
    scales = WORLD.traits if by_trait else WORLD.actions
    said = (first.subject.trait or "") if by_trait else first.verb
    elsewhere = other(rng, scales, said)
    words = [rng.choice(OPPOSITES[said]), elsewhere, rng.choice(OPPOSITES[elsewhere])]
    rng.shuffle(words)
    words.insert(answer, SYNONYM[said])
    kept = SYNONYM[first.verb] if by_trait else SYNONYM[first.subject.trait or ""]

    def ending(word: str) -> Clause:
        trait, verb = (word, kept) if by_trait else (kept, word)
        return replace(first, subject=replace(subject, trait=trait), verb=verb, time=None)

    return Item(first=first, endings=tuple(map(ending, words)), answer=answer)


def rows(config: str, split: str) -> Sequence[Row]:
    """Return the rows of one split."""
    language = BY_CODE[config]
    return [
        {
            "item": f"{split}-{i}",
            "first": sentence(item.first, language),
            "endings": [sentence(e, language) for e in item.endings],
            "answer": item.answer,
        }
        for i, item in enumerate(items(split))
    ]


def read(row: Row, language: str) -> MultipleChoice:
    """Return one row as an example; what is to be continued stands as its question."""
    del language
    return MultipleChoice(
        context="", question=row["first"], choices=tuple(row["endings"]), answer=row["answer"]
    )


TASK = Task(
    name="lab_choice",
    role=Role.INTERMEDIATE,
    kind=Kind.MULTIPLE_CHOICE,
    version=1,
    sources=generated("lab_choice", rows, ("first", "endings", "answer"), COUNTS),
    languages=(SOURCE.code,),
    splits={split: split for split in COUNTS},
    read=read,
    item=item,
    metric=Accuracy(),
    source_language=SOURCE.code,
    summary="which of four sentences can follow, in the lab's source language",
)
