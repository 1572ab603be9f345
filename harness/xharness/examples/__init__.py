"""Examples, a module per kind: what a task's rows are turned into, and what can be asked of them.

Text only. A label or answer that the data does not have stays None; none is ever made up.

`problem`, `texts` and `labels_used` can be asked of every example, `gold` of those that a head
predicts. `Translatable` ones also give the texts that are translated, and take them back.
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
"""Examples whose labels outlive translation; tags belong to words, which change."""
