"""Classification: one of the labels for a text, or for a pair of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xharness.examples.answers import Answer, TextToTranslate


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """One text, or a pair of texts, with one of the task's labels.

    Attributes:
        text: What is labelled, or the first of two texts.
        pair: The second text; None for one text.
        label: One of the labels of the task.
    """

    text: str
    pair: str | None = None
    label: str | None

    def problem(self, labels: Sequence[str], *, threshold: bool) -> str:
        """Return why the example cannot be trained on or scored; empty if it can.

        Args:
            labels: All labels of the task.
            threshold: Whether the task tunes a threshold, so that an example may lack an answer.
        """
        del threshold
        if self.label is None:
            return f"has no label; right would be one of {', '.join(labels)}"
        if self.label not in labels:
            return f"label {self.label!r} is not one of {', '.join(labels)}"
        return ""

    def texts(self) -> tuple[str, ...]:
        """Return the text, and the second one of a pair."""
        return (self.text,) if self.pair is None else (self.text, self.pair)

    def labels_used(self) -> tuple[str, ...]:
        """Return the label, if there is one."""
        return () if self.label is None else (self.label,)

    def gold(self) -> str | None:
        """Return the right label, in the form of a stored prediction."""
        return self.label

    def to_translate(self) -> list[TextToTranslate]:
        """Return the texts to translate, in the order in which `translated` expects them."""
        return [(text, None) for text in self.texts()]

    def reference_texts(self) -> tuple[str, ...]:
        """Return the texts on which a translator is measured."""
        return self.texts()

    def translated(self, texts: Sequence[str], answer: Answer | None) -> Classification:
        """Return the example in another language, given its translated texts; the label stays."""
        del answer
        return replace(self, text=texts[0], pair=texts[1] if len(texts) > 1 else None)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Classification:
        """Return an example from its fields as they are written to JSON."""
        return cls(**fields)
