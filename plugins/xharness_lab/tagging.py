"""Tagging: targets of parts of speech and of names, and an intermediate task of grammar.

Training sentences of parts of speech use every second word of the world only, test sentences
all of them, so a list of the training words' tags is not enough. A proper name may be a
person's, a place's or an organisation's, and only its neighbours tell which. Each language has
sentences of its own, as in the originals of these targets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from random import Random
from types import MappingProxyType

from xharness import ChunkF1, Kind, Metric, Role, Row, Tagging, Task, TokenAccuracy
from xharness_lab.corpus import asked, shortened
from xharness_lab.grammar import Word, say
from xharness_lab.languages import ASKED, BY_CODE, LOANS, SOURCE, Language
from xharness_lab.sources import generated, item
from xharness_lab.world import (
    ADPOSITIONS,
    CONTENT,
    NAMES,
    NUMBERS,
    ORGANISATIONS,
    WORLD,
    Clause,
    World,
    fact,
    meeting,
    naming,
    split_of,
)

Tags = tuple[str, ...]

TARGET = {"train": 600, "dev": 300, "test": 300}
INTERMEDIATE = {"train": 2000, "dev": 300}

UPOS = ("ADJ", "ADP", "ADV", "DET", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "VERB")
NER = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
CATEGORIES = (
    ".", "N", "N/N", "(N/N)/(N/N)", "NP/N", "N\\N", "S\\NP", "(S\\NP)/NP", "(S\\NP)/(S\\NP)",
    "(S\\S)/NP", "(S/S)/NP", "Swh/S", "Swh/(S/NP)",
)  # fmt: skip
"""Categories of a combinatory grammar of the source language."""

_ADJECTIVES = frozenset((*WORLD.colours, *(c for s in WORLD.traits for p in s for c in p)))
_VERBS = frozenset(c for s in WORLD.actions for p in s for c in p)
_UPOS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(CONTENT, "NOUN"),
        **dict.fromkeys(_ADJECTIVES, "ADJ"),
        **dict.fromkeys(_VERBS, "VERB"),
        **dict.fromkeys(NAMES, "PROPN"),
        **dict.fromkeys(NUMBERS, "NUM"),
        # Universal Dependencies has case particles of their own, as in Japanese, as ADP too.
        **dict.fromkeys((*ADPOSITIONS, "subject", "object"), "ADP"),
        "not": "PART",
        "where": "ADV",
        "when": "ADV",
        "what": "PRON",
        "how many": "DET",
    }
)


def parts_of_speech(clause: Clause, words: Sequence[Word]) -> Tags:
    """Return the part of speech of each word."""
    del clause
    return tuple(_UPOS[w.concept] for w in words)


def names(clause: Clause, words: Sequence[Word]) -> Tags:
    """Return the tag of each word as PAN-X has them.

    A word such as "guild" belongs to the name that it stands beside; "doctor" does not.
    """
    phrases = {"subject": clause.subject, "object": clause.object}
    found: list[str] = []
    before = ""
    for word in words:
        phrase = phrases.get(word.part)
        named = phrase is not None and phrase.name is not None
        organisation = phrase is not None and phrase.noun in ORGANISATIONS
        inside = word.concept in NAMES or (organisation and named and word.concept in ORGANISATIONS)
        kind = "LOC" if word.part == "place" else "ORG" if organisation else "PER"
        found.append(f"{'I' if before == word.part else 'B'}-{kind}" if inside else "O")
        before = word.part if inside else ""
    return tuple(found)


def categories(clause: Clause, words: Sequence[Word]) -> Tags:
    """Return the category of each word; right for the source language only."""
    takes = clause.object is not None or clause.asks in ("object", "number")
    found: list[str] = []
    for place, (_, concept, part) in enumerate(words):
        if concept in ("what", "how many"):
            found.append("Swh/(S/NP)")
        elif concept in ("where", "when"):
            found.append("Swh/S")
        elif concept in ADPOSITIONS:
            found.append("(S/S)/NP" if place == 0 else "(S\\S)/NP")
        elif concept == "not":
            found.append("(S\\NP)/(S\\NP)" if part == "verb" else "(N/N)/(N/N)")
        elif part == "verb":
            found.append("(S\\NP)/NP" if takes else "S\\NP")
        elif concept in NUMBERS:
            found.append("NP/N")
        elif concept in _ADJECTIVES:
            found.append("N/N")
        else:
            found.append("N\\N" if _second(clause, concept, part) else "N")
    return tuple(found)


def _second(clause: Clause, concept: str, part: str) -> bool:
    """Return whether a word is the name after a noun."""
    phrase = {"subject": clause.subject, "object": clause.object}.get(part)
    return phrase is not None and phrase.name == concept


def any_sentence(rng: Random, world: World) -> Clause:
    """Return a statement of any form."""
    make = rng.choices((fact, meeting, naming), (6, 2, 2))[0]
    clause = shortened(rng, make(rng, world))
    if rng.random() < 0.2:
        clause = replace(clause, object=None)
    if rng.random() < 0.15:
        clause = replace(clause, negated=True)
    if clause.subject.trait is not None and rng.random() < 0.15:
        clause = replace(clause, subject=replace(clause.subject, negated=True))
    return _fronted(rng, clause)


def named_sentence(rng: Random, world: World) -> Clause:
    """Return a statement, mostly with names in it."""
    clause = naming(rng, world) if rng.random() < 0.9 else fact(rng, world)
    return _fronted(rng, shortened(rng, clause))


def _fronted(rng: Random, clause: Clause) -> Clause:
    """Return a statement, its place or time first at times."""
    said = [p for p in ("place", "time") if getattr(clause, p) is not None]
    return replace(clause, fronted=rng.choice(said)) if said and rng.random() < 0.3 else clause


Tagger = Callable[[Clause, Sequence[Word]], Tags]


@lru_cache(maxsize=128)
def clauses(task: str, code: str, split: str, count: int) -> tuple[Clause, ...]:
    """Return the sentences of one language's split, in no language yet; some are questions.

    A question is asked of a statement of its own split.
    """
    rng = Random(f"{task} {code} {split}")  # noqa: S311 - not for secrets
    world = LOANS if task == "lab_udpos" and split == "train" else WORLD
    write = named_sentence if task == "lab_panx" else any_sentence
    made: list[Clause] = []
    while len(made) < count:
        clause = write(rng, world)
        if split_of(clause) == split:
            questioned = write is any_sentence and rng.random() < 0.2
            made.append(asked(rng, clause) if questioned else clause)
    return tuple(made)


def tagged(
    clause: Clause, language: Language, tagger: Tagger, punctuation: str
) -> tuple[list[str], Tags]:
    """Return the words of a sentence, its punctuation last, and their tags."""
    words = say(clause, language)
    mark = "." if clause.asks is None else "?"
    return [*(w.text for w in words), mark], (*tagger(clause, words), punctuation)


def _task(
    name: str,
    counts: Mapping[str, int],
    tagger: Tagger,
    labels: tuple[str, ...],
    metric: Metric,
    summary: str,
) -> Task:
    """Return one of the tasks; one with a test set is a target."""
    target = "test" in counts
    punctuation = next(label for label in ("PUNCT", ".", "O") if label in labels)

    def rows(config: str, split: str) -> Sequence[Row]:
        language = BY_CODE[config]
        made = []
        for i, clause in enumerate(clauses(name, config, split, counts[split])):
            tokens, tags = tagged(clause, language, tagger, punctuation)
            made.append({"item": f"{config}-{split}-{i}", "tokens": tokens, "tags": list(tags)})
        return made

    return Task(
        name=name,
        role=Role.TARGET if target else Role.INTERMEDIATE,
        kind=Kind.TAGGING,
        version=1,
        sources=generated(name, rows, ("tokens", "tags"), counts),
        languages=tuple(x.code for x in ASKED) if target else (SOURCE.code,),
        splits={split: split for split in counts},
        labels=labels,
        read=read,
        item=item,
        metric=metric,
        trains_on=name if target else None,
        source_language=SOURCE.code,
        summary=summary,
    )


def read(row: Row, language: str) -> Tagging:
    """Return one sentence as an example."""
    del language
    return Tagging(tokens=tuple(row["tokens"]), tags=tuple(row["tags"]))


TASKS = (
    _task(
        "lab_supertags",
        INTERMEDIATE,
        categories,
        CATEGORIES,
        TokenAccuracy(),
        "words of the lab's source language and their grammatical categories",
    ),
    _task(
        "lab_udpos",
        TARGET,
        parts_of_speech,
        UPOS,
        ChunkF1(),
        "parts of speech in every fictional language, half of the words never trained on",
    ),
    _task(
        "lab_panx",
        TARGET,
        names,
        NER,
        ChunkF1(),
        "names of persons, organisations and places in every fictional language",
    ),
)
