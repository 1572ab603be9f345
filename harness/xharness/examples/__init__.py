"""Examples, which a task's `read` makes of its rows; one module per kind of task.

They hold text only. A label or answer that the data do not have is None, never made up.

Every example has `problem`, `texts` and `labels_used`; those that a head predicts have `gold`.
`Translatable` ones also return the texts to translate and take the translations.
"""

from __future__ import annotations

from xharness.examples.answers import STRIPPED_AT_MOST, Answer, AnswerSpan, TextToTranslate
from xharness.examples.classification import Classification
from xharness.examples.masked_lm import Plain
from xharness.examples.multiple_choice import MultipleChoice
from xharness.examples.retrieval import Pair
from xharness.examples.span_qa import SpanQuestion
from xharness.examples.tagging import Tagging

__all__ = [
    "STRIPPED_AT_MOST",
    "Answer",
    "AnswerSpan",
    "Classification",
    "Example",
    "MultipleChoice",
    "Pair",
    "Plain",
    "SpanQuestion",
    "Tagging",
    "TextToTranslate",
    "Translatable",
]

Example = Classification | MultipleChoice | Tagging | SpanQuestion | Pair | Plain

Translatable = Classification | MultipleChoice | SpanQuestion
"""Examples whose labels stay right when the text is translated. Tags do not: words change."""
