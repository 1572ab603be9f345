"""What follows from a statement about a noun: three hypotheses, by what the noun is like.

Running text holds such triples about things; the rows of tasks are about beings as well.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from xharness_lab.nature import opposed, unsaid
from xharness_lab.world import CLASS_OF, SYNONYM, Clause, Phrase, fact

LABELS = ("entailment", "neutral", "contradiction")
KEPT = 0.5
"""Chance of each of object, place and time to be said."""


def told_of(rng: Random, noun: str) -> Clause:
    """Return a random statement of what a noun does, without a trait, number or colour."""
    whole = fact(rng)
    thing = whole.object and replace(whole.object, trait=None, number=None)
    return replace(whole, subject=Phrase(noun=noun), object=thing)


def shaped(rng: Random, clause: Clause) -> Clause:
    """Return a statement some of whose parts are left out, or said first.

    So no word stands at a place of its own, and what is learnt is not a place.
    """
    kept = {part: getattr(clause, part) for part in ("object", "place", "time")}
    kept = {part: said if rng.random() < KEPT else None for part, said in kept.items()}
    fronts = ["subject", "verb", *(part for part, said in kept.items() if said is not None)]
    return replace(clause, **kept, fronted=rng.choice(fronts))


def hypotheses(rng: Random, premise: Clause) -> tuple[Clause, ...]:
    """Return one statement for each of LABELS; they differ in the trait of the subject only."""
    noun = premise.subject.noun
    verb = SYNONYM[premise.verb] if rng.random() < 0.5 else premise.verb
    said = shaped(rng, replace(premise, verb=verb))
    has, opposite = opposed(rng, noun)
    return tuple(
        replace(said, subject=Phrase(noun=CLASS_OF[noun], trait=trait))
        for trait in (has, unsaid(rng, noun), opposite)
    )
