"""Text without labels: monolingual documents, and sentences with their translations.

A document says a few facts and then says them again in other words, as running text does, so
that a masked word can often be told from a sentence nearby. Nothing of the test and
development splits is translated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from xharness_lab.grammar import sentence
from xharness_lab.languages import BY_CODE, SOURCE, Language
from xharness_lab.world import CLASS_OF, OPPOSITES, SYNONYM, Clause, Phrase, fact, split_of


def monolingual(code: str, seed: int = 0) -> Iterator[str]:
    """Yield documents of one language without end, the same ones for equal seeds."""
    language = BY_CODE[code]
    rng = Random(f"text of {code} {seed}")  # noqa: S311 - not for secrets
    while True:
        yield _document(rng, language)


def parallel(code: str, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Yield sentences of one language with their translation into the source language."""
    language = BY_CODE[code]
    rng = Random(f"translations of {code} {seed}")  # noqa: S311 - not for secrets
    while True:
        clause = fact(rng)
        if split_of(clause) == "train":
            said = shortened(rng, clause)
            yield sentence(said, language), sentence(said, SOURCE)


def _document(rng: Random, language: Language) -> str:
    """Return two facts, each said a second time; the second after a question about it."""
    first, second = shortened(rng, fact(rng)), shortened(rng, fact(rng))
    again = restated(rng, second)
    clauses = [first, second, restated(rng, first), again]
    if rng.random() < 0.5:
        clauses.insert(3, asked(rng, again))
    return " ".join(sentence(c, language) for c in clauses)


def shortened(rng: Random, clause: Clause) -> Clause:
    """Return a statement with place, time and details of the object each left out at times."""
    thing = clause.object
    if thing is not None:
        thing = Phrase(
            noun=thing.noun,
            trait=thing.trait if rng.random() < 0.5 else None,
            number=thing.number if rng.random() < 0.5 else None,
        )
    place = clause.place if rng.random() < 0.5 else None
    time = clause.time if place is None or rng.random() < 0.3 else None
    return replace(clause, object=thing, place=place, time=time)


def restated(rng: Random, clause: Clause) -> Clause:
    """Return a statement that follows from another one: other words, or a class for a member."""
    subject = clause.subject
    noun = CLASS_OF.get(subject.noun, subject.noun) if rng.random() < 0.5 else subject.noun
    trait, denied = subject.trait, False
    if trait is not None:
        trait, denied = _other_word(rng, trait)
    verb, negated = _other_word(rng, clause.verb)
    return replace(
        clause,
        subject=Phrase(noun=noun, trait=trait, negated=denied, number=subject.number),
        verb=verb,
        negated=negated,
    )


def asked(rng: Random, clause: Clause) -> Clause:
    """Return a question that a statement answers."""
    parts = [p for p in ("place", "time", "object") if getattr(clause, p) is not None]
    part = rng.choice(parts)
    return Clause(subject=clause.subject, verb=clause.verb, negated=clause.negated, asks=part)


def _other_word(rng: Random, concept: str) -> tuple[str, bool]:
    """Return a word that follows from another, and whether it has to be denied."""
    chance = rng.random()
    if chance < 0.6:
        return SYNONYM[concept], False
    if chance < 0.8:
        return rng.choice(OPPOSITES[concept]), True
    return concept, False
