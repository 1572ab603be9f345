"""Natural language inference: an intermediate task, and a target with few training rows.

Every premise has three hypotheses, one for each label, which differ in one word only: the
subject's trait by a synonym (entailment), by an opposite (contradiction), or by a word of
another scale (neutral). Whatever else a hypothesis changes, it changes in all three. So
premise, hypothesis, their lengths and the words they share each say nothing about the label;
only the pair of words does.
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
from xharness_lab.world import CLASS_OF, OPPOSITES, SYNONYM, WORLD, Clause, fact, other, split_of

LABELS = ("entailment", "neutral", "contradiction")
INTERMEDIATE = {"train": 6000, "dev": 600}
TARGET = {"train": 450, "dev": 300, "test": 300}
"""Rows per split; a multiple of three, for the three hypotheses of each premise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One premise and hypothesis, in no language yet."""

    premise: Clause
    hypothesis: Clause
    label: str


@lru_cache(maxsize=16)
def items(name: str, split: str, count: int) -> tuple[Item, ...]:
    """Return the items of a split, three to a premise."""
    rng = Random(f"{name} {split}")  # noqa: S311 - not for secrets
    made: list[Item] = []
    while len(made) < count:
        whole = fact(rng)
        thing = whole.object and replace(whole.object, trait=None, number=None)
        premise = replace(whole, object=thing, place=None)
        if split_of(premise) == split:
            made.extend(_triple(rng, premise))
    return tuple(made)


def _triple(rng: Random, premise: Clause) -> tuple[Item, ...]:
    """Return three items, one per label, whose hypotheses differ in the trait."""
    subject, trait = premise.subject, premise.subject.trait or ""
    noun = CLASS_OF[subject.noun] if rng.random() < 0.5 else subject.noun
    verb = SYNONYM[premise.verb] if rng.random() < 0.5 else premise.verb
    time = premise.time if rng.random() < 0.5 else None
    traits = {
        "entailment": SYNONYM[trait],
        "neutral": other(rng, WORLD.traits, trait),
        "contradiction": rng.choice(OPPOSITES[trait]),
    }
    return tuple(
        Item(
            premise=premise,
            hypothesis=replace(
                premise, subject=replace(subject, noun=noun, trait=word), verb=verb, time=time
            ),
            label=label,
        )
        for label, word in traits.items()
    )


def generator(name: str, counts: Mapping[str, int]) -> Generator:
    """Return a function from language and split to the rows of a task."""

    def rows(config: str, split: str) -> Sequence[Row]:
        language = BY_CODE[config]
        return [
            {
                "item": f"{split}-{i}",
                "premise_item": f"{split}-{i // len(LABELS)}",
                "premise": sentence(item.premise, language),
                "hypothesis": sentence(item.hypothesis, language),
                "label": item.label,
            }
            for i, item in enumerate(items(name, split, counts[split]))
        ]

    return rows


def read(row: Row, language: str) -> Classification:
    """Return one row as an example."""
    del language
    return Classification(text=row["premise"], pair=row["hypothesis"], label=row["label"])


def _task(name: str, role: Role, counts: Mapping[str, int], summary: str) -> Task:
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
            ("premise_item", "premise", "hypothesis", "label"),
            counts,
        ),
        languages=tuple(x.code for x in LANGUAGES) if target else (SOURCE.code,),
        splits={split: split for split in counts},
        labels=LABELS,
        read=read,
        item=item,
        cluster=clusters("premise_item"),
        metric=Accuracy(),
        trains_on=name if target else None,
        references=None if target else "lab_xnli",
        source_language=SOURCE.code,
        summary=summary,
    )


TASKS = (
    _task(
        "lab_nli",
        Role.INTERMEDIATE,
        INTERMEDIATE,
        "does one sentence follow from another, in the lab's source language",
    ),
    _task(
        "lab_xnli",
        Role.TARGET,
        TARGET,
        "does one sentence follow from another, in every fictional language; few training rows",
    ),
)
