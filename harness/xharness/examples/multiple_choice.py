"""Multiple choice: which of several endings is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xharness.examples.answers import Answer, TextToTranslate


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleChoice:
    """A context and a question with several endings, one of them right.

    Attributes:
        context: What is read before the question; may be empty.
        question: What is asked, or what the choices go on from.
        choices: Equally many for every example of a task.
        answer: Position in `choices`, from 0.
    """

    context: str
    question: str
    choices: tuple[str, ...]
    answer: int | None

    def problem(self, labels: Sequence[str], *, threshold: bool) -> str:
        """Return why the example cannot be trained on or scored; see `Classification.problem`."""
        del labels, threshold
        count = len(self.choices)
        if count < 2:
            return f"has {count} choices; two or more would be right"
        if self.answer is None:
            return f"has no answer; right would be 0 to {count - 1}"
        if self.answer not in range(count):
            return f"answer {self.answer} is not the position of one of its {count} choices"
        return ""

    def texts(self) -> tuple[str, ...]:
        """Return context, question and choices."""
        return (self.context, self.question, *self.choices)

    def labels_used(self) -> tuple[str, ...]:
        """Return no labels: the answer is a position."""
        return ()

    def gold(self) -> int | None:
        """Return the position of the right choice, in the form of a stored prediction."""
        return self.answer

    def to_translate(self) -> list[TextToTranslate]:
        """Return the texts to translate, in the order in which `translated` expects them."""
        return [(text, None) for text in self.texts()]

    def reference_texts(self) -> tuple[str, ...]:
        """Return the texts on which a translator is measured."""
        return self.texts()

    def translated(self, texts: Sequence[str], answer: Answer | None) -> MultipleChoice:
        """Return the example in another language, given its translated texts; the answer stays."""
        del answer
        context, question, *choices = texts
        return replace(self, context=context, question=question, choices=tuple(choices))

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> MultipleChoice:
        """Return an example from its fields as they are written to JSON."""
        return cls(**{**fields, "choices": tuple(fields["choices"])})
