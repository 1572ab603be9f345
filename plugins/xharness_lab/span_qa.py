"""Span QA: find the answer in a passage that says it in other words.

A passage holds facts about members of one class, with different traits, actions and the rest.
A question names the fact it means by synonyms of trait and action, and by the class that all
share; so no content word of the question stands in the passage, and what it shares with one
fact it shares with all. A question without an answer has the trait of one fact and the action
of another, so only both together tell.

The passages of targets are bare: one fact alone says what is asked for, in any order of its parts,
so whoever knows what kind of word a question wants finds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from xharness import (
    Answer,
    Kind,
    Metric,
    Mlqa,
    Role,
    Row,
    SpanQuestion,
    SquadV1,
    SquadV2,
    Task,
)
from xharness_lab.grammar import find, punctuated, say, sentence
from xharness_lab.languages import ASKED, BY_CODE, SOURCE, SOURCES, Language
from xharness_lab.nature import THINGS
from xharness_lab.sources import clusters, generated, item
from xharness_lab.world import (
    CLASS_OF,
    NUMBERS,
    SYNONYM,
    WORLD,
    Clause,
    Phrase,
    split_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How the passages and questions of a task are made."""

    counts: tuple[tuple[str, int], ...]
    """Split to rows; a multiple of three, for the questions of each passage."""
    facts: int = 2
    """In a passage; knowing only what kind of word is asked for scores 1 / facts, or 1 if bare."""
    asked: tuple[str, ...] = ("place", "time", "object")
    """What is asked of each passage, one question each."""
    unanswerable: float = 0.0
    """Share of questions that no fact of the passage answers."""
    bare: bool = False
    """Whether only one fact of a passage says anything that is asked for, so that it is enough to
    know what kind of word a question wants."""
    own: bool = False
    """Whether each language has passages of its own, as in TyDiQA; else all have the same."""


FRONTS = ("subject", "verb", "object", "place", "time")
"""What a fact of a bare passage may begin with, so that no part has a place of its own."""

DESIGNS: Mapping[str, Design] = {
    "lab_squad": Design(counts=(("train", 3000), ("dev", 300))),
    "lab_squad2": Design(counts=(("train", 3000), ("dev", 300)), unanswerable=0.33),
    "lab_xquad": Design(counts=(("train", 300), ("dev", 150), ("test", 180)), bare=True),
    "lab_mlqa": Design(counts=(("dev", 150), ("test", 180)), facts=3, bare=True),
    "lab_tydiqa": Design(
        counts=(("train", 300), ("test", 180)),
        asked=("place", "time", "number"),
        bare=True,
        own=True,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A passage, a question, and the fact that answers it, in no language yet."""

    passage: tuple[Clause, ...]
    question: Clause
    answer_in: int | None
    """Position of the fact in the passage; None where none answers."""


@lru_cache(maxsize=64)
def items(task: str, split: str, language: str = "") -> tuple[Item, ...]:
    """Return the items of a split, one for each of a design's `asked` to a passage.

    Args:
        task: Name of the task.
        split: Of the task.
        language: For a task whose languages have passages of their own.
    """
    design = DESIGNS[task]
    rng = Random(f"{task} {split} {language}")  # noqa: S311 - not for secrets
    made: list[Item] = []
    while len(made) < dict(design.counts)[split]:
        passage = _passage(rng, design)
        if split_of(passage[0]) == split:
            made.extend(_item(rng, passage, part, design) for part in design.asked)
    return tuple(made)


def _item(rng: Random, passage: tuple[Clause, ...], part: str, design: Design) -> Item:
    """Return one question about a passage."""
    told = [i for i, c in enumerate(passage) if c.time is not None]
    by_trait = by_action = rng.choice(told)
    if rng.random() < design.unanswerable:
        by_action = (by_trait + rng.randrange(1, design.facts)) % design.facts
    subject = passage[by_trait].subject
    question = Clause(
        subject=Phrase(noun=CLASS_OF[subject.noun], trait=SYNONYM[subject.trait or ""]),
        verb=SYNONYM[passage[by_action].verb],
        asks=part,
    )
    answered = by_trait if by_trait == by_action else None
    return Item(passage=passage, question=question, answer_in=answered)


def _passage(rng: Random, design: Design) -> tuple[Clause, ...]:
    """Return facts that differ in every part."""
    count = design.facts
    members = rng.choice(tuple(WORLD.beings.values()))
    traits, actions = rng.sample(WORLD.traits, count), rng.sample(WORLD.actions, count)
    nouns, colours = rng.sample(members, count), rng.sample(WORLD.colours, count)
    places: list[str | None] = [*rng.sample(WORLD.places, count)]
    times: list[str | None] = [*rng.sample(WORLD.times, count)]
    things: list[str | None] = [*rng.sample(THINGS, count)]
    numbers: list[str | None] = [None] * count
    if "number" in design.asked:
        numbers = [*rng.sample(NUMBERS, count)]
    if design.bare:
        told = rng.randrange(count)
        for some in (places, times, numbers):
            some[:] = [said if i == told else None for i, said in enumerate(some)]
        if "object" in design.asked:
            things = [thing if i == told else None for i, thing in enumerate(things)]
    return tuple(
        Clause(
            subject=Phrase(noun=nouns[i], trait=rng.choice(rng.choice(traits[i]))),
            verb=rng.choice(rng.choice(actions[i])),
            object=Phrase(noun=thing, trait=colours[i], number=numbers[i]) if thing else None,
            place=places[i],
            time=times[i],
            fronted=rng.choice(FRONTS) if design.bare else None,
        )
        for i, thing in enumerate(things)
    )


def _answer(item: Item, language: Language) -> tuple[str, int]:
    """Return the answer's text, and where it stands in the passage; "" and -1 for none."""
    if item.answer_in is None:
        return "", -1
    meant = item.passage[item.answer_in]
    part = item.question.asks or ""
    thing = meant.object
    if part == "number" and thing is not None:
        wanted = {thing.number or "": "object"}
    elif part == "object" and thing is not None:
        wanted = {c: part for c in (thing.noun, thing.trait) if c}
    else:
        wanted = {getattr(meant, part): part}
    words = say(meant, language)
    first, last = find(words, wanted)
    before = sum(len(sentence(c, language)) + 1 for c in item.passage[: item.answer_in])
    return punctuated(words, meant)[first:last], before + first


def rows(task: str, config: str, split: str) -> Sequence[Row]:
    """Return the rows of one split of a task in one language."""
    language, design = BY_CODE[config], DESIGNS[task]
    start = f"{config}-{split}" if design.own else split
    made = []
    for i, made_of in enumerate(items(task, split, config if design.own else "")):
        text, place = _answer(made_of, language)
        made.append(
            {
                "item": f"{start}-{i}",
                "passage_item": f"{start}-{i // len(design.asked)}",
                "context": " ".join(sentence(c, language) for c in made_of.passage),
                "question": sentence(made_of.question, language),
                "answer": text,
                "answer_start": place,
            }
        )
    return made


def read(row: Row, language: str) -> SpanQuestion:
    """Return one row as an example; a question without an answer is unanswerable."""
    del language
    found = (Answer(text=row["answer"], start=row["answer_start"]),) if row["answer"] else ()
    return SpanQuestion(context=row["context"], question=row["question"], answers=found)


@dataclass(frozen=True, slots=True)
class LabMlqa:
    """MLQA's F1 and exact match for fictional languages, which have no articles.

    Totals: (F1, exact matches, questions). MLQA's own metric knows its seven languages only; of
    these, Hindi is the one without articles whose words are parted by spaces.
    """

    @property
    def signature(self) -> str:
        """Name and version; the ranking score is F1."""
        return "mlqa-f1/no-articles@1"

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Score one question; prediction and gold as in SquadV1."""
        return Mlqa().statistics(prediction, gold, "hi")

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return {"f1", "exact_match"}."""
        return Mlqa().scores(totals)


def _task(
    name: str,
    summary: str,
    *,
    role: Role = Role.TARGET,
    metric: Metric | None = None,
    trains_on: str | None = None,
    tuned_on: str | None = None,
    source: str = SOURCE.code,
) -> Task:
    """Return one of the tasks; that of another source language says the rows of the first in it."""
    first = name.removesuffix(f"_{source}")
    counts = dict(DESIGNS[first].counts)

    def generate(config: str, split: str) -> Sequence[Row]:
        return rows(first, config, split)

    target = role is Role.TARGET
    return Task(
        name=name,
        role=role,
        kind=Kind.SPAN_QA,
        version=1,
        sources=generated(
            name,
            generate,
            ("passage_item", "context", "question", "answer", "answer_start"),
            counts,
        ),
        languages=tuple(x.code for x in ASKED) if target else (source,),
        splits={split: split for split in counts},
        read=read,
        item=item,
        cluster=clusters("passage_item"),
        metric=metric or SquadV1(),
        tuned_on=tuned_on,
        trains_on=trains_on,
        source_language=source,
        summary=summary,
    )


TASKS = (
    _task(
        "lab_squad",
        "find the answer in a passage that words it differently, in the lab's source language",
        role=Role.INTERMEDIATE,
    ),
    _task(
        "lab_squad2",
        "find the answer in a passage; a third of the questions have none",
        role=Role.INTERMEDIATE,
        metric=SquadV2(),
        tuned_on="dev",
    ),
    _task(
        "lab_xquad",
        "find what kind of thing is asked for in a passage, in every fictional language",
        trains_on="lab_xquad",
    ),
    _task(
        "lab_mlqa",
        "find the answer in longer passages, trained on those of lab_xquad",
        metric=LabMlqa(),
        trains_on="lab_xquad",
    ),
    _task(
        "lab_tydiqa",
        "find the answer in passages of its own for every fictional language",
        trains_on="lab_tydiqa",
    ),
    *(
        _task(
            f"lab_squad_{code}",
            f"find the answer in a passage that words it differently, in {BY_CODE[code].name}",
            role=Role.INTERMEDIATE,
            source=code,
        )
        for code in SOURCES
    ),
)
