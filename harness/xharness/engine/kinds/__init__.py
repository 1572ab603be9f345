"""One module per kind, and the table of their functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch

from xharness.engine.kinds import (
    classification,
    masked_lm,
    multiple_choice,
    span_qa,
    tagging,
)
from xharness.engine.kinds.windows import FloatArray, IntArray, Tokenization, Windows
from xharness.tasks import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Functions:
    """How examples of one kind are encoded, learnt and predicted."""

    encode: Callable[..., Windows]
    """(examples, tokenization, training=) to windows."""
    unfit: Callable[[Any], str] | None
    """Returns why an example cannot be trained on, empty when it can; None for a kind without
    checks beyond those of every task."""
    outputs: Callable[[Sequence[str]], int] | None
    """Labels to the width of the head; None for masked LM, whose head is no linear layer."""
    states: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None
    """(hidden states, mask) to the head's input; None as above."""
    loss: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
    """(logits, targets, mask) to the loss, summed over units."""
    units: Callable[[Sequence[IntArray]], int]
    """Targets to the number of units that a mean is taken over."""
    decode: Callable[[Sequence[FloatArray], Windows, Tokenization, Sequence[Any]], list[Any]] | None
    """(logits per window, windows, tokenization, examples) to one prediction per example; None for
    masked LM, which predicts nothing."""
    ranking: Callable[[Sequence[FloatArray], Tokenization], list[list[Any]]] | None
    """(logits per window, tokenization) to all answers of each example, the most likely first;
    None for a kind that does not choose among few."""
    margins: Callable[[Sequence[FloatArray], Windows, int], list[float | None]] | None
    """(logits per window, windows, number of examples) to the lead of each answer's score over
    the score of no answer; None for a kind that always answers."""


def _functions(module: ModuleType) -> Functions:
    """Return a module's functions of these names, None where it has none."""
    functions: dict[str, Any] = {n: getattr(module, n, None) for n in Functions.__slots__}
    return Functions(**functions)


TRAINED: Mapping[Kind, Functions] = {
    Kind.CLASSIFICATION: _functions(classification),
    Kind.MULTIPLE_CHOICE: _functions(multiple_choice),
    Kind.TAGGING: _functions(tagging),
    Kind.SPAN_QA: _functions(span_qa),
    Kind.MASKED_LM: _functions(masked_lm),
}
"""The kinds that have a head; retrieval has none."""
