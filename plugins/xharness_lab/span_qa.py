"""Span QA: find the answer in a passage that says it in other words.

A passage holds facts about members of one class, with different traits, actions and the rest.
A question names the fact it means by synonyms of trait and action, and by the class that all
share; so no content word of the question stands in the passage, and what it shares with one
fact it shares with all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from xharness import Answer, Kind, Role, Row, Source, SpanQuestion, SquadV1, Task
from xharness_lab.grammar import find, punctuated, say, sentence
from xharness_lab.languages import BY_CODE, LANGUAGES, SOURCE, Language
from xharness_lab.world import CITATION, CLASS_OF, SYNONYM, WORLD, Clause, Phrase, split_of

FACTS = 2
"""Facts in a passage; knowing only what kind of word is asked for scores 1 / FACTS."""
ASKED = ("place", "time", "object")
"""What is asked of each passage, one question each."""
COUNTS = {"train": 450, "dev": 300, "test": 600}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A passage, a question, and the fact that answers it, in no language yet."""

    passage: tuple[Clause, ...]
    question: Clause
    answer_in: int
    """Position of the fact in the passage."""


@lru_cache(maxsize=16)
def items(split: str) -> tuple[Item, ...]:
    """Return the items of a split, one for each of ASKED to a passage."""
    rng = Random(f"lab_xquad {split}")  # noqa: S311 - not for secrets
    made: list[Item] = []
    while len(made) < COUNTS[split]:
        passage = _passage(rng)
        if split_of(passage[0]) != split:
            continue
        for part in ASKED:
            meant = rng.randrange(FACTS)
            made.append(
                Item(passage=passage, question=_question(passage[meant], part), answer_in=meant)
            )
    return tuple(made)


def _passage(rng: Random) -> tuple[Clause, ...]:
    """Return facts that differ in every part."""
    members = rng.choice(tuple(WORLD.beings.values()))
    traits, actions = rng.sample(WORLD.traits, FACTS), rng.sample(WORLD.actions, FACTS)
    nouns, places = rng.sample(members, FACTS), rng.sample(WORLD.places, FACTS)
    times, colours = rng.sample(WORLD.times, FACTS), rng.sample(WORLD.colours, FACTS)
    things = rng.sample([m for ms in WORLD.things.values() for m in ms], FACTS)
    return tuple(
        Clause(
            subject=Phrase(noun=nouns[i], trait=rng.choice(rng.choice(traits[i]))),
            verb=rng.choice(rng.choice(actions[i])),
            object=Phrase(noun=things[i], trait=colours[i]),
            place=places[i],
            time=times[i],
        )
        for i in range(FACTS)
    )


def _question(meant: Clause, part: str) -> Clause:
    """Return the question for one part of a fact, in other words than the fact's."""
    subject = meant.subject
    return Clause(
        subject=Phrase(noun=CLASS_OF[subject.noun], trait=SYNONYM[subject.trait or ""]),
        verb=SYNONYM[meant.verb],
        asks=part,
    )


def _answer(item: Item, language: Language) -> tuple[str, int]:
    """Return the answer's text, and where it stands in the passage."""
    meant = item.passage[item.answer_in]
    part = item.question.asks or ""
    content = getattr(meant, part)
    wanted = (
        {c: part for c in (content.noun, content.trait) if c}
        if isinstance(content, Phrase)
        else {content: part}
    )
    words = say(meant, language)
    first, last = find(words, wanted)
    before = sum(len(sentence(c, language)) + 1 for c in item.passage[: item.answer_in])
    return punctuated(words, meant)[first:last], before + first


def rows(config: str, split: str) -> Sequence[Row]:
    """Return the rows of one split in one language."""
    language = BY_CODE[config]
    made = []
    for i, item in enumerate(items(split)):
        text, start = _answer(item, language)
        made.append(
            {
                "item": f"{split}-{i}",
                "passage_item": f"{split}-{i // len(ASKED)}",
                "context": " ".join(sentence(c, language) for c in item.passage),
                "question": sentence(item.question, language),
                "answer": text,
                "answer_start": start,
            }
        )
    return made


def read(row: Row, language: str) -> SpanQuestion:
    """Return one row as an example."""
    del language
    return SpanQuestion(
        context=row["context"],
        question=row["question"],
        answers=(Answer(text=row["answer"], start=row["answer_start"]),),
    )


def item(row: Row, position: int) -> str:
    """Return the name of a row's item, the same in every language."""
    return str(row["item"])


def clusters(rows: Sequence[Row]) -> list[str]:
    """Return the name of each row's passage."""
    return [str(row["passage_item"]) for row in rows]


TASK = Task(
    name="lab_xquad",
    role=Role.TARGET,
    kind=Kind.SPAN_QA,
    version=1,
    sources=(
        Source(
            path="lab/lab_xquad",
            config="{language}",
            revision="1",
            generate=rows,
            columns=("item", "passage_item", "context", "question", "answer", "answer_start"),
            licence="Apache-2.0",
            citation=CITATION,
            expected=COUNTS,
        ),
    ),
    languages=tuple(x.code for x in LANGUAGES),
    splits={split: split for split in COUNTS},
    read=read,
    item=item,
    cluster=clusters,
    metric=SquadV1(),
    trains_on="lab_xquad",
    source_language=SOURCE.code,
    summary="find the answer in a passage in other words, in every fictional language",
)
