"""Answers to questions, and where they stand in the context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

STRIPPED_AT_MOST = 20
"""Upper limit of the white-space characters that a data set's builder may have stripped from the
front of a context, so how far before its start an answer is looked for."""


class AnswerSpan(NamedTuple):
    """Where an answer stands in its context, in characters.

    Attributes:
        start: First character in the context.
        end: The character after the last.
        shift: By how much the data place it too far right; see `Answer.start`.
    """

    start: int
    end: int
    shift: int


TextToTranslate = tuple[str, AnswerSpan | None]
"""A text, and the answer in it that must be found again in the translation, if there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One correct answer to a question.

    Attributes:
        text: As it stands in the context.
        start: Where it begins in the context, in characters; None when the data does not say.
            Where a builder stripped white space from the front of the context, this may be as much
            too large; training mends and counts it.
    """

    text: str
    start: int | None

    def span(self, context: str) -> AnswerSpan | None:
        """Return where the answer is in a context, at `start` or shortly before; else None."""
        if self.start is None or not self.text:
            return None
        for shift in range(min(STRIPPED_AT_MOST, self.start) + 1):
            if context.startswith(self.text, self.start - shift):
                start = self.start - shift
                return AnswerSpan(start, start + len(self.text), shift)
        return None
