"""How a language says a clause: its words in order, each with its concept and part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from xharness_lab.languages import Language, lexicon
from xharness_lab.world import QUESTIONS, Clause, Phrase


class Word(NamedTuple):
    """One word of a sentence."""

    text: str
    concept: str
    part: str
    """The part of the clause it belongs to: "subject", "verb", "object", "place", "time"."""


_PARTS = {"S": "subject", "V": "verb", "O": "object", "P": "place", "T": "time"}


def say(clause: Clause, language: Language) -> tuple[Word, ...]:
    """Return the words of a clause, punctuation left out."""
    said: list[tuple[str, str]] = []
    asked = "object" if clause.asks == "number" else clause.asks
    if clause.asks is not None and language.question_first:
        said.append((QUESTIONS[clause.asks], asked or ""))
    order = [_PARTS[letter] for letter in language.order]
    for part in sorted(order, key=lambda p: p != clause.fronted):
        if part == asked and clause.asks is not None:
            if not language.question_first:
                said.append((QUESTIONS[clause.asks], part))
        else:
            said.extend((concept, part) for concept in _part(clause, part, language))
    words = lexicon(language.code)
    return tuple(Word(words.get(concept, concept), concept, part) for concept, part in said)


def _part(clause: Clause, part: str, language: Language) -> Iterator[str]:
    """Yield the concepts of one part of a clause, in the language's order."""
    if part == "verb":
        yield from ("not", clause.verb) if clause.negated else (clause.verb,)
        return
    content = getattr(clause, part)
    if content is None:
        return
    marker = {"place": "in", "time": "at"}.get(part) or (part if part in language.cases else None)
    inside = _phrase(content, language) if isinstance(content, Phrase) else (content,)
    if marker is not None and language.preposition:
        yield marker
    yield from inside
    if marker is not None and not language.preposition:
        yield marker


def _phrase(phrase: Phrase, language: Language) -> tuple[str, ...]:
    """Return the concepts of a noun phrase, in the language's order."""
    trait = () if phrase.trait is None else (phrase.trait,)
    noun = (phrase.noun, *([phrase.name] if phrase.name else ()))
    before = (*([phrase.number] if phrase.number else ()), *(("not",) if phrase.negated else ()))
    if language.adjective_first:
        return (*before, *trait, *noun)
    return (*noun, *reversed((*before, *trait)))


@lru_cache(maxsize=4096)  # a premise has three hypotheses, a passage three questions
def sentence(clause: Clause, language: Language) -> str:
    """Return a clause as text, with its full stop or question mark."""
    return punctuated(say(clause, language), clause)


def punctuated(words: Sequence[Word], clause: Clause) -> str:
    """Return words as the text of a clause."""
    return " ".join(w.text for w in words) + ("." if clause.asks is None else "?")


def find(words: Sequence[Word], wanted: Mapping[str, str]) -> tuple[int, int]:
    """Return where an answer stands in a sentence's text: its first character, and one past.

    Args:
        words: The sentence.
        wanted: Concept to part, of every word of the answer; they stand side by side.

    Raises:
        ValueError: If the answer's words are not there, or do not stand side by side.
    """
    places = [i for i, w in enumerate(words) if wanted.get(w.concept) == w.part]
    if len(places) != len(wanted) or places != list(range(places[0], places[0] + len(places))):
        raise ValueError(f"{sorted(wanted)} do not stand side by side in {words}")
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word.text) + 1)
    return starts[places[0]], starts[places[-1] + 1] - 1
