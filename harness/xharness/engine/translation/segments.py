"""Examples as sentences to translate, and as examples again once these are translated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xharness.engine.translation import answer_markers, sentences
from xharness.engine.translation.answer_markers import MarkedText, Markers
from xharness.engine.translation.sentences import Span
from xharness.errors import DataError
from xharness.examples import Answer, Example, Translatable

MARKER = "the answer's marks did not survive"
UNMARKED = "the sentence of the answer has all marks itself"
EMPTY = "the translation is empty"

Translations = Mapping[str, "TranslatedSentence"]
"""By the sentence in the source language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatedSentence:
    """The translation of one sentence, or why there is none."""

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
    markers: Markers | None = None
    """The marks around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untranslated:
    """Why an example has no translation."""

    why: str


Cut = Callable[[str], list[Span]]
"""A text to its sentences."""


def uncut(text: str) -> list[Span]:
    """Return a text as one sentence; a blank text has no sentence."""
    left = len(text) - len(text.lstrip())
    return [(left, left + len(text.strip()))] if text.strip() else []


def passage(text: str, into: str, cut: Cut) -> Passage:
    """Return a text without an answer as sentences.

    Args:
        text: In the source language.
        into: Language of the translation.
        cut: Cuts texts into sentences.
    """
    spans = cut(text)
    return Passage(
        sentences=tuple(text[a:b] for a, b in spans),
        gaps=tuple(sentences.gaps(text, spans, into)),
    )


def passages(example: Example, into: str, cut: Cut) -> list[Passage] | Untranslated:
    """Return the texts of an example as sentences, in the order of its `to_translate`.

    Args:
        example: Of a kind that can be translated.
        into: Language of the translation.
        cut: Cuts texts into sentences.

    Raises:
        DataError: If examples of its kind cannot be translated, or its answer is not where the
            data say.
    """
    parts: list[Passage] = []
    for text, answer in _translatable(example).to_translate():
        if answer is None:
            part: Passage | Untranslated = passage(text, into, cut)
        else:
            part = _marked(text, (answer.start, answer.end), into, cut)
        if isinstance(part, Untranslated):
            return part
        parts.append(part)
    return parts


def _translatable(example: Example) -> Translatable:
    """Return an example if it is of a kind that can be translated."""
    if not isinstance(example, Translatable):
        raise DataError(f"a {type(example).__name__} cannot be translated")
    return example


def _marked(text: str, answer: Span, into: str, cut: Cut) -> Passage | Untranslated:
    """Return a text as sentences, the answer marked in the one that holds it."""
    spans = sentences.around(cut(text), answer)
    index = next(i for i, (a, b) in enumerate(spans) if a <= answer[0] and answer[1] <= b)
    start, end = spans[index]
    marked = answer_markers.mark(text[start:end], answer[0] - start, answer[1] - start)
    if marked is None:
        return Untranslated(why=UNMARKED)
    parts = [text[a:b] for a, b in spans]
    parts[index], markers = marked
    return Passage(
        sentences=tuple(parts),
        gaps=tuple(sentences.gaps(text, spans, into)),
        answer=index,
        markers=markers,
    )


def rebuilt(
    example: Example, parts: Sequence[Passage], translations: Translations
) -> Example | Untranslated:
    """Return an example in the other language, with its labels; or why it has no translation.

    Args:
        example: In the source language.
        parts: Its `passages`.
        translations: Of every sentence of these.
    """
    texts: list[str] = []
    answer: Answer | None = None
    for part in parts:
        text = _translation(part, translations)
        if isinstance(text, Untranslated):
            return text
        texts.append(text.text)
        if part.answer is not None:
            answer = Answer(text=text.text[text.start : text.end], start=text.start)
    return _translatable(example).translated(texts, answer)


def _translation(part: Passage, translations: Translations) -> MarkedText | Untranslated:
    """Return a translated text, and where the answer is in it if it has one."""
    text, start, end = "", 0, 0
    for index, (sentence, gap) in enumerate(zip(part.sentences, part.gaps, strict=True)):
        markers = part.markers if index == part.answer else None
        one = _unmarked(translations[sentence], markers)
        if isinstance(one, Untranslated):
            return one
        text += gap
        if index == part.answer:
            start, end = len(text) + one.start, len(text) + one.end
        text += one.text
    return MarkedText(text=text, start=start, end=end)


def _unmarked(translated: TranslatedSentence, markers: Markers | None) -> MarkedText | Untranslated:
    """Return a translated sentence without the marks that were put around an answer."""
    text = translated.text.strip()
    if translated.lost or not text:
        return Untranslated(why=translated.lost or EMPTY)
    if markers is None:
        return MarkedText(text=text, start=0, end=0)
    return answer_markers.find(text, markers) or Untranslated(why=MARKER)
