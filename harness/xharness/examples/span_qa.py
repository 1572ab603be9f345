"""Span question answering: which stretch of a context is the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xharness.errors import DataError
from xharness.examples.answers import STRIPPED_AT_MOST, Answer, AnswerSpan, TextToTranslate


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanQuestion:
    """A question whose answers are stretches of the context; none means unanswerable.

    Attributes:
        context: The passage that the answer is a span of.
        question: What is asked.
        answers: All that count as right, each once; empty for a question without one.
    """

    context: str
    question: str
    answers: tuple[Answer, ...] | None

    def problem(self, labels: Sequence[str], *, threshold: bool) -> str:
        """Return why the example cannot be trained on or scored; see `Classification.problem`."""
        del labels, threshold
        if self.answers is None:
            return "has no answers; an unanswerable question has an empty tuple of them"
        return ""

    def texts(self) -> tuple[str, ...]:
        """Return context and question."""
        return (self.context, self.question)

    def labels_used(self) -> tuple[str, ...]:
        """Return no labels: answers are stretches of the context."""
        return ()

    def gold(self) -> list[str]:
        """Return the texts of all correct answers; a stored prediction is one text."""
        return [answer.text for answer in self.answers or ()]

    def misplaced(self) -> str:
        """Return why the answer is not where the data say, so cannot be trained on; else empty."""
        if not self.answers or self.answers[0].span(self.context):
            return ""
        text, start = self.answers[0].text, self.answers[0].start
        if start is None or not text:
            return f"the answer {text!r} has no position in the context"
        return (
            f"the answer {text!r} does not stand at character {start} of the context, nor up to "
            f"{STRIPPED_AT_MOST} before it"
        )

    def answer_span(self) -> AnswerSpan | None:
        """Return where the first answer stands, None for an unanswerable question.

        Raises:
            DataError: If it is not where the data say.
        """
        if problem := self.misplaced():
            raise DataError(f"question {self.question!r}: {problem}")
        return self.answers[0].span(self.context) if self.answers else None

    def to_translate(self) -> list[TextToTranslate]:
        """Return the texts to translate, in the order in which `translated` expects them.

        Raises:
            DataError: If the answer is not where the data say.
        """
        return [(self.question, None), (self.context, self.answer_span())]

    def reference_texts(self) -> tuple[str, ...]:
        """Return the question, to measure a translator on; contexts would repeat themselves."""
        return (self.question,)

    def translated(self, texts: Sequence[str], answer: Answer | None) -> SpanQuestion:
        """Return the example in another language, given its translated texts and answer."""
        question, context = texts
        answers = () if answer is None else (answer,)
        return SpanQuestion(question=question, context=context, answers=answers)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> SpanQuestion:
        """Return an example from its fields as they are written to JSON."""
        return cls(**{**fields, "answers": tuple(Answer(**a) for a in fields["answers"])})
