"""Paraphrases: an intermediate task, and a target whose pairs look alike whatever their label.

Every first sentence has two partners, one of each label. A third are made of exactly the same
words, as in PAWS: in the one the two beings keep their parts, in the other they change places. The
others say of a noun's class what the noun is like by its nature, or the opposite (see `nature`). So
no bag of words, length or overlap says anything. Of beings, the target's training rows know a
quarter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from xharness import Accuracy, Classification, Kind, Role, Row, Task
from xharness_lab.grammar import sentence
from xharness_lab.inference import told_of
from xharness_lab.languages import ASKED, BY_CODE, SOURCE
from xharness_lab.nature import BEINGS, opposed
from xharness_lab.nli import known_to
from xharness_lab.sources import Generator, clusters, generated, item
from xharness_lab.world import CLASS_OF, SYNONYM, Clause, Phrase, meeting, split_of

LABELS = ("different", "same")
INTERMEDIATE = {"train": 7200, "dev": 400}
TARGET = {"train": 960, "dev": 300, "test": 300}
"""Rows per split; even, for the two partners of each first sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Two sentences, in no language yet."""

    first: Clause
    second: Clause
    label: str


@lru_cache(maxsize=16)
def items(name: str, split: str, count: int) -> tuple[Item, ...]:
    """Return the items of a split, two to a first sentence."""
    rng = Random(f"{name} {split}")  # noqa: S311 - not for secrets
    # Things are known to all, and would hide what is taught.
    nouns = [n for n in known_to(name, split) if split == "train" or n in BEINGS]
    made: list[Item] = []
    while len(made) < count:
        place = len(made) // len(LABELS)  # of three first sentences two are about a nature
        natural = place % 3 < 2
        noun = nouns[(2 * (place // 3) + place % 3) % len(nouns)]
        first = replace(told_of(rng, noun) if natural else meeting(rng), place=None)
        if split_of(first) == split:
            made.extend(_by_nature(rng, first) if natural else _by_part(rng, first))
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


def _by_nature(rng: Random, first: Clause) -> tuple[Item, Item]:
    """Return two items whose second sentences have a class and a trait for the noun."""
    noun = first.subject.noun
    said = replace(first, verb=SYNONYM[first.verb], fronted=rng.choice((None, "time")))
    has, opposite = opposed(rng, noun)

    def second(word: str) -> Clause:
        return replace(said, subject=Phrase(noun=CLASS_OF[noun], trait=word))

    return (
        Item(first=first, second=second(has), label="same"),
        Item(first=first, second=second(opposite), label="different"),
    )


def _reworded(rng: Random, phrase: Phrase) -> Phrase:
    """Return a phrase whose trait is a synonym at times."""
    trait = phrase.trait or ""
    return replace(phrase, trait=rng.choice((trait, SYNONYM[trait])))


def generator(name: str, counts: Mapping[str, int]) -> Generator:
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
            for i, item in enumerate(items(name, split, counts[split]))
        ]

    return rows


def read(row: Row, language: str) -> Classification:
    """Return one row as an example."""
    del language
    return Classification(text=row["first"], pair=row["second"], label=row["label"])


def _task(role: Role, name: str, counts: Mapping[str, int], summary: str) -> Task:
    """Return one of the two tasks."""
    target = role is Role.TARGET
    return Task(
        name=name,
        role=role,
        kind=Kind.CLASSIFICATION,
        version=1,
        sources=generated(
            name,
            generator(name, counts),
            ("first_item", "first", "second", "label"),
            counts,
        ),
        languages=tuple(x.code for x in ASKED) if target else (SOURCE.code,),
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
        "do two sentences of the lab's source language mean the same",
    ),
    _task(
        Role.TARGET,
        "lab_pawsx",
        TARGET,
        "do two sentences of the same words mean the same, in every fictional language",
    ),
)
