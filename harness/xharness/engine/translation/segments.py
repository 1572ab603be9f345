"""Examples as sentences to translate, and as examples again once these are translated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from xharness.engine.kinds import span_qa
from xharness.engine.translation import answer_markers, sentences
from xharness.engine.translation.answer_markers import Family, Found
from xharness.engine.translation.sentences import Span
from xharness.errors import DataError
from xharness.examples import Answer, Classification, Example, MultipleChoice, SpanQuestion

MARKER = "the answer's marks did not survive"
UNMARKED = "the sentence of the answer has all marks itself"
EMPTY = "the translation is empty"

Said = Mapping[str, "Outcome"]
"""What a translator made of each sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one sentence."""

    text: str = ""
    """The translation."""
    lost: str = ""
    """Why there is none; empty where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One text of an example, as the sentences that are translated."""

    sentences: tuple[str, ...]
    gaps: tuple[str, ...]
    """What stands before each of them in the translation."""
    answer: int | None = None
    """The sentence in which an answer is marked."""
    family: Family | None = None
    """How it is marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Why an example cannot be translated."""

    why: str


Cut = Callable[[str], list[Span]]
"""A text to its sentences."""


def whole(text: str) -> list[Span]:
    """Return a text as a single piece; a blank one has none."""
    left = len(text) - len(text.lstrip())
    return [(left, left + len(text.strip()))] if text.strip() else []


def passages(example: Example, into: str, cut: Cut) -> list[Passage] | Lost:
    """Return the texts of an example as sentences, in the order of `rebuilt`.

    Args:
        example: Of a kind that can be translated.
        into: Language of the translation.
        cut: Cuts texts into sentences.

    Raises:
        DataError: If examples of its kind cannot be translated.
    """
    if isinstance(example, Classification):
        return [_passage(t, into, cut) for t in (example.text, example.pair) if t is not None]
    if isinstance(example, MultipleChoice):
        texts = (example.context, example.question, *example.choices)
        return [_passage(t, into, cut) for t in texts]
    if isinstance(example, SpanQuestion):
        question = _passage(example.question, into, cut)
        if not example.answers:
            return [question, _passage(example.context, into, cut)]
        context = _marked(example.context, span_qa.place(example), into, cut)
        return context if isinstance(context, Lost) else [question, context]
    raise DataError(f"a {type(example).__name__} cannot be translated")


def _passage(text: str, into: str, cut: Cut) -> Passage:
    """Return a text without an answer as sentences."""
    found = cut(text)
    return Passage(
        sentences=tuple(text[a:b] for a, b in found),
        gaps=tuple(sentences.gaps(text, found, into)),
    )


def _marked(text: str, answer: Span, into: str, cut: Cut) -> Passage | Lost:
    """Return a text as sentences, the answer marked in the one that holds it."""
    found = sentences.around(cut(text), answer)
    index = next(i for i, (a, b) in enumerate(found) if a <= answer[0] and answer[1] <= b)
    start, end = found[index]
    made = answer_markers.mark(text[start:end], answer[0] - start, answer[1] - start)
    if made is None:
        return Lost(why=UNMARKED)
    parts = [text[a:b] for a, b in found]
    parts[index], family = made
    return Passage(
        sentences=tuple(parts),
        gaps=tuple(sentences.gaps(text, found, into)),
        answer=index,
        family=family,
    )


def rebuilt(example: Example, parts: Sequence[Passage], said: Said) -> Example | Lost:
    """Return an example in the other language, with its labels; or why it is lost.

    Args:
        example: In the source language.
        parts: Its `passages`.
        said: What the translator made of every sentence of these.
    """
    texts: list[str] = []
    answer: Found | None = None
    for part in parts:
        made = _together(part, said)
        if isinstance(made, Lost):
            return made
        texts.append(made.text)
        answer = made if part.answer is not None else answer
    if isinstance(example, Classification):
        pair = texts[1] if len(texts) > 1 else None
        return replace(example, text=texts[0], pair=pair)
    if isinstance(example, MultipleChoice):
        return replace(example, context=texts[0], question=texts[1], choices=tuple(texts[2:]))
    if isinstance(example, SpanQuestion):
        answers = (
            ()
            if answer is None
            else (Answer(text=answer.text[answer.start : answer.end], start=answer.start),)
        )
        return SpanQuestion(question=texts[0], context=texts[1], answers=answers)
    raise DataError(f"a {type(example).__name__} cannot be translated")


def _together(part: Passage, said: Said) -> Found | Lost:
    """Return a translated text, and where the answer is in it if it has one."""
    text, start, end = "", 0, 0
    for index, (sentence, gap) in enumerate(zip(part.sentences, part.gaps, strict=True)):
        outcome = said[sentence]
        if outcome.lost:
            return Lost(why=outcome.lost)
        if not outcome.text.strip():
            return Lost(why=EMPTY)
        made: Found | None = Found(text=outcome.text.strip(), start=0, end=0)
        if index == part.answer and part.family is not None:
            made = answer_markers.find(outcome.text.strip(), part.family)
        if made is None:
            return Lost(why=MARKER)
        text += gap
        if index == part.answer:
            start, end = len(text) + made.start, len(text) + made.end
        text += made.text
    return Found(text=text, start=start, end=end)
