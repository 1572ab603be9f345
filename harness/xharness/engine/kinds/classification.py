"""Classification: one label for a text or a pair of texts, from the first token's state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from xharness.engine.kinds.common import count_windows, first_token, one_of_several
from xharness.engine.kinds.windows import FloatArray, Tokenization, Windows, arrays, encode_texts
from xharness.errors import DataError
from xharness.examples import Classification

states = first_token
loss = one_of_several
units = count_windows


def encode(
    examples: Sequence[Classification], tokenization: Tokenization, *, training: bool
) -> Windows:
    """Return one window per example; its target is the label's position, shape (1,).

    Raises:
        DataError: If some examples are pairs and others are not.
    """
    pairs = [e.pair for e in examples if e.pair is not None]
    if pairs and len(pairs) < len(examples):
        raise DataError(f"{len(pairs)} of {len(examples)} examples are pairs; all must be, or none")
    ids, types, cut = encode_texts(
        tokenization.tokenizer, [e.text for e in examples], pairs or None, tokenization.max_length
    )
    order = {label: i for i, label in enumerate(tokenization.labels)}
    return Windows(
        ids=ids,
        types=types,
        example=np.arange(len(ids)),
        targets=arrays([[order[e.label or ""]] for e in examples]) if training else [],
        places=[],
        truncated=len(cut),
    )


def outputs(labels: Sequence[str]) -> int:
    """Return the number of labels."""
    return len(labels)


def decode(
    logits: Sequence[FloatArray], windows: Windows, tokenization: Tokenization, examples: Any
) -> list[Any]:
    """Return the most probable label of each example.

    Args:
        logits: One array (L,) per window.
        windows: What they belong to.
        tokenization: Holds the labels.
        examples: Not used.
    """
    del windows, examples
    return [tokenization.labels[int(i)] for i in np.stack(logits).argmax(axis=1)]


def ranking(logits: Sequence[FloatArray], tokenization: Tokenization) -> list[list[Any]]:
    """Return all labels of each example, the most probable first; of equals the earlier label."""
    orders = [(-scores).argsort(kind="stable") for scores in logits]
    return [[tokenization.labels[int(i)] for i in order] for order in orders]
