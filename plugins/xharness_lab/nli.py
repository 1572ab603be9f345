"""Natural language inference: an intermediate task, and a target with few training rows.

Every premise has three hypotheses, one for each label, made by changing the same word: to a
synonym (entailment), to an opposite (contradiction), or to a word of another scale (neutral).
Whatever else differs, differs alike in all three; so premise, hypothesis, their lengths and
the words they share each say nothing about the label, and only the pair of words does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from xharness import Accuracy, Classification, Kind, Role, Row, Source, Task
from xharness_lab.grammar import sentence
from xharness_lab.languages import BY_CODE, LANGUAGES, SOURCE
from xharness_lab.world import CLASS_OF, OPPOSITES, SYNONYM, WORLD, Clause, Poles
from xharness_lab.world import fact, other, split_of

LABELS = ("entailment", "neutral", "contradiction")
INTERMEDIATE = {"train": 6000, "dev": 600}
TARGET = {"train": 450, "dev": 300, "test": 600}
"""Rows per split; a multiple of three, for the three hypotheses of each premise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One premise and hypothesis, in no language yet."""

    premise: Clause
    hypothesis: Clause
    label: str


def triple(rng: Random, premise: Clause) -> tuple[Item, ...]:
    """Return three items, one per label, that differ in one word of the hypothesis."""
    subject = premise.subject
    noun = CLASS_OF[subject.noun] if rng.random() < 0.5 else subject.noun
    shorter = replace(premise, subject=replace(subject, noun=noun), time=None)
    trait, verb = subject.trait or "", premise.verb
    if rng.random() < 0.5:
        told = _by_label(rng, trait, WORLD.traits)
        verb = SYNONYM[verb] if rng.random() < 0.5 else verb
        changed = {label: (trait, verb) for label, trait in told.items()}
    else:
        told = _by_label(rng, verb, WORLD.actions)
        trait = SYNONYM[trait] if rng.random() < 0.5 else trait
        changed = {label: (trait, verb) for label, verb in told.items()}
    return tuple(
        Item(
            premise=premise,
            hypothesis=replace(shorter, subject=replace(shorter.subject, trait=t), verb=v),
            label=label,
        )
        for label, (t, v) in changed.items()
    )


def _by_label(rng: Random, concept: str, scales: tuple[Poles, ...]) -> dict[str, str]:
    """Return the word that makes each label, from one word of the premise."""
    return {
        "entailment": SYNONYM[concept],
        "neutral": other(rng, scales, concept),
        "contradiction": rng.choice(OPPOSITES[concept]),
    }


@lru_cache(maxsize=16)
def items(name: str, split: str, count: int) -> tuple[Item, ...]:
    """Return the items of a split, three to a premise."""
    rng = Random(f"{name} {split}")  # noqa: S311 - not for secrets
    made: list[Item] = []
    while len(made) < count:
        premise = fact(rng)
        if split_of(premise) == split:
            thing = premise.object
            bare = None if thing is None else replace(thing, trait=None, number=None)
            made.extend(triple(rng, replace(premise, object=bare, place=None)))
    return tuple(made)


def generator(name: str, counts: Mapping[str, int]) -> Callable[[str, str], Sequence[Row]]:
    """Return a function from language and split to rows."""

    def rows(config: str, split: str) -> Sequence[Row]:
        language = BY_CODE[config]
        return [
            {
                "id": f"{split}-{i}",
                "premise_id": f"{split}-{i // len(LABELS)}",
                "premise": sentence(item.premise, language),
                "hypothesis": sentence(item.hypothesis, language),
                "label": item.label,
            }
            for i, item in enumerate(items(name, split, counts[split]))
        ]

    return rows


def read(row: Row, language: str) -> Classification:
    """Return one row as an example."""
    return Classification(text=row["premise"], pair=row["hypothesis"], label=row["label"])
