"""Natural language inference: an intermediate task, and a target with few training rows.

A premise says what a being or a thing does; its three hypotheses, one for each label, say the same
of its class and a trait. The being has the trait by its nature (entailment), has the opposite
(contradiction), or nothing is known (neutral). Whatever else a hypothesis changes, it changes in
all three. So premise, hypothesis, their lengths and the words they share each say nothing about
the label; only who knows the being can tell. What things are like is known from running text; of
beings, the target's training rows know a quarter, those of the intermediate task all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from xharness import Accuracy, Classification, Kind, Role, Row, Task
from xharness_lab.grammar import sentence
from xharness_lab.inference import LABELS, hypotheses, shaped, told_of
from xharness_lab.languages import ASKED, BY_CODE, SOURCE, SOURCES
from xharness_lab.nature import BEINGS, KNOWN, THINGS
from xharness_lab.sources import Generator, clusters, generated, item
from xharness_lab.world import Clause, split_of

INTERMEDIATE = {"train": 6048, "dev": 540}
TARGET = {"train": 1080, "dev": 324, "test": 324}
"""Rows per split; a multiple of three, for the three hypotheses of each premise."""
PARTLY = frozenset({"lab_xnli", "lab_pawsx"})
"""Tasks whose training rows speak of KNOWN beings only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One premise and hypothesis, in no language yet."""

    premise: Clause
    hypothesis: Clause
    label: str


@lru_cache(maxsize=16)
def items(name: str, split: str, count: int) -> tuple[Item, ...]:
    """Return the items of a split, three to a premise; each noun is as frequent as any other."""
    rng = Random(f"{name} {split}")  # noqa: S311 - not for secrets
    nouns = known_to(name, split)
    made: list[Item] = []
    while len(made) < count:
        noun = nouns[len(made) // len(LABELS) % len(nouns)]
        premise = shaped(rng, told_of(rng, noun))
        if split_of(premise) == split:
            made.extend(
                Item(premise=premise, hypothesis=hypothesis, label=label)
                for label, hypothesis in zip(LABELS, hypotheses(rng, premise), strict=True)
            )
    return tuple(made)


def known_to(name: str, split: str) -> tuple[str, ...]:
    """Return the nouns that the rows of a task's split speak of."""
    partly = name in PARTLY and split == "train"
    return (*THINGS, *(KNOWN if partly else BEINGS))


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


def _task(
    name: str, role: Role, counts: Mapping[str, int], summary: str, *, source: str = SOURCE.code
) -> Task:
    """Return one of the tasks; that of another source language says the rows of `lab_nli` in it."""
    target = role is Role.TARGET
    rows = generator(name.removesuffix(f"_{source}"), counts)
    return Task(
        name=name,
        role=role,
        kind=Kind.CLASSIFICATION,
        version=1,
        sources=generated(name, rows, ("premise_item", "premise", "hypothesis", "label"), counts),
        languages=tuple(x.code for x in ASKED) if target else (source,),
        splits={split: split for split in counts},
        labels=LABELS,
        read=read,
        item=item,
        cluster=clusters("premise_item"),
        metric=Accuracy(),
        trains_on=name if target else None,
        references="lab_xnli" if name == "lab_nli" else None,
        source_language=source,
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
    *(
        _task(
            f"lab_nli_{code}",
            Role.INTERMEDIATE,
            INTERMEDIATE,
            f"does one sentence follow from another, in {BY_CODE[code].name}",
            source=code,
        )
        for code in SOURCES
    ),
)
