"""Text without labels: monolingual documents, and sentences with their translations.

A document says facts and then says them again in other words, as running text does, so that a
masked word can often be told from a sentence nearby. Nothing that belongs to a test or
development split is translated, or asked as in a task.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from xharness_lab.grammar import find, punctuated, say, sentence
from xharness_lab.inference import hypotheses, shaped, told_of
from xharness_lab.languages import BY_CODE, SOURCE, Language
from xharness_lab.nature import THINGS, opposed
from xharness_lab.world import (
    CLASS_OF,
    OPPOSITES,
    SYNONYM,
    Clause,
    Phrase,
    fact,
    meeting,
    naming,
    split_of,
)

NATURAL = 0.5
"""Share of statements with a thing that say what it is like by its nature."""

Document = tuple[str, str]
"""Two stretches of text that follow one another."""


def monolingual(code: str, *, passages: float, seed: int = 0) -> Iterator[Document]:
    """Yield documents of one language without end, the same ones for equal arguments.

    Args:
        code: The language.
        passages: Share of documents with two facts and a question, against those with one
            fact said twice.
        seed: Another seed, other documents.
    """
    language = BY_CODE[code]
    rng = Random(f"text of {code} {passages} {seed}")  # noqa: S311 - not for secrets
    while True:
        write = passage if rng.random() < passages else fact_twice
        first, second = (" ".join(sentence(c, language) for c in half) for half in write(rng))
        yield first, second


def judged(code: str, seed: int = 0) -> Iterator[tuple[Document, int]]:
    """Yield statements about things, each with what follows, may be, and cannot be, without end.

    A statement is yielded three times in a row, with the place in LABELS of what is said with it.

    Args:
        code: The language.
        seed: Another seed, other statements.
    """
    language = BY_CODE[code]
    rng = Random(f"judged text of {code} {seed}")  # noqa: S311 - not for secrets
    while True:
        premise = shaped(rng, told_of(rng, rng.choice(THINGS)))
        if split_of(premise) == "train":
            for label, hypothesis in enumerate(hypotheses(rng, premise)):
                yield (sentence(premise, language), sentence(hypothesis, language)), label


def parallel(code: str, *, quoted: float = 0.0, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Yield sentences of the source language with their translation into another, without end.

    Some are questions, some name the class of a being.

    Args:
        code: The other language.
        quoted: Share of statements with one part in quotes, the same part on both sides; a
            translator then knows where an answer has gone.
        seed: Another seed, other sentences.
    """
    language = BY_CODE[code]
    rng = Random(f"translations of {code} {seed}")  # noqa: S311 - not for secrets
    while True:
        clause = statement(rng)
        if split_of(clause) != "train":
            continue
        if rng.random() < 0.4:
            clause = restated(rng, clause)
        if rng.random() < 0.3:
            clause = asked(rng, clause)
        part = rng.choice(_PARTS)
        if clause.asks is None and getattr(clause, part) is not None and rng.random() < quoted:
            yield _quoted(clause, part, SOURCE), _quoted(clause, part, language)
        else:
            yield sentence(clause, SOURCE), sentence(clause, language)


_PARTS = ("object", "place", "time")
"""What can be in quotes."""


def _quoted(clause: Clause, part: str, language: Language) -> str:
    """Return a statement whose object, place or time is in quotes, markers left outside."""
    said = getattr(clause, part)
    concepts = (said.noun, said.trait, said.name) if isinstance(said, Phrase) else (said,)
    words = say(clause, language)
    first, last = find(words, {c: part for c in concepts if c})
    text = punctuated(words, clause)
    return f'{text[:first]}"{text[first:last]}"{text[last:]}'


def statement(rng: Random) -> Clause:
    """Return a statement as running text has them: mostly facts, with parts left out or fronted."""
    make = rng.choices((fact, meeting, naming), (7, 2, 1))[0]
    clause = _natural(rng, shortened(rng, make(rng)))
    if rng.random() < 0.1:
        clause = replace(clause, object=None)
    fronts = [p for p in ("place", "time") if getattr(clause, p) is not None]
    if fronts and rng.random() < 0.15:
        clause = replace(clause, fronted=rng.choice(fronts))
    return clause


def _natural(rng: Random, clause: Clause) -> Clause:
    """Return a statement whose thing has, at times, a trait that it has by nature."""
    thing = clause.object
    if thing is None or thing.noun not in THINGS or rng.random() >= NATURAL:
        return clause
    return replace(clause, object=replace(thing, trait=opposed(rng, thing.noun)[0]))


def fact_twice(rng: Random) -> tuple[list[Clause], list[Clause]]:
    """Return a fact, and the fact again in other words, in either order."""
    clause = statement(rng)
    halves = [[clause], [restated(rng, clause)]]
    rng.shuffle(halves)
    return halves[0], halves[1]


def passage(rng: Random) -> tuple[list[Clause], list[Clause]]:
    """Return a question with its answer in a whole sentence, then two facts, one of them that."""
    facts = [statement(rng), statement(rng)]
    again = restated(rng, facts[0])
    rng.shuffle(facts)
    return [asked(rng, again), again], facts


def shortened(rng: Random, clause: Clause, *, numbers: bool = True) -> Clause:
    """Return a statement with place, time and details of the object each left out at times.

    Args:
        rng: Decides.
        clause: The statement.
        numbers: Whether the object may keep its number; digits are the same in all languages.
    """
    thing = clause.object
    if thing is not None:
        trait = thing.trait if rng.random() < 0.5 else None
        number = thing.number if numbers and rng.random() < 0.5 else None
        thing = replace(thing, trait=trait, number=number)
    place = clause.place if rng.random() < 0.5 else None
    time = clause.time if place is None or rng.random() < 0.3 else None
    return replace(clause, object=thing, place=place, time=time)


def restated(rng: Random, clause: Clause) -> Clause:
    """Return a statement that follows from another one: other words, or a class for a member."""
    subject = clause.subject
    noun = CLASS_OF.get(subject.noun, subject.noun) if rng.random() < 0.5 else subject.noun
    trait, denied = _other_word(rng, subject.trait) if subject.trait else (None, False)
    verb, negated = _other_word(rng, clause.verb)
    thing = clause.object
    if thing is not None and thing.noun in THINGS and rng.random() < NATURAL:
        # What it is like by its nature follows from any mention of it.
        thing = Phrase(noun=CLASS_OF[thing.noun], trait=opposed(rng, thing.noun)[0])
    return replace(
        clause,
        object=thing,
        subject=replace(subject, noun=noun, trait=trait, negated=denied),
        verb=verb,
        negated=negated,
    )


def asked(rng: Random, clause: Clause) -> Clause:
    """Return a question that a statement answers; what it leaves unsaid is not asked for."""
    parts = [p for p in ("place", "time", "object") if getattr(clause, p) is not None]
    if clause.object is not None and clause.object.number is not None:
        parts.append("number")
    return Clause(
        subject=clause.subject, verb=clause.verb, negated=clause.negated, asks=rng.choice(parts)
    )


def _other_word(rng: Random, concept: str) -> tuple[str, bool]:
    """Return a word that follows from another, and whether it has to be denied."""
    chance = rng.random()
    if chance < 0.6:
        return SYNONYM[concept], False
    if chance < 0.8:
        return rng.choice(OPPOSITES[concept]), True
    return concept, False
