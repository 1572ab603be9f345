"""Multiple choice: one score for every choice, from the first token's state.

Each choice is read with its question and context; the softmax over the scores of one question's
choices is what is learnt. Radford et al. 2018, section 3.3, and run_swag.py of transformers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from xharness.engine.kinds.common import count_windows, first_token, one_of_several
from xharness.engine.kinds.windows import FloatArray, Tokenization, Windows, arrays, encode_texts
from xharness.errors import DataError
from xharness.examples import MultipleChoice

states = first_token
loss = one_of_several
units = count_windows


def encode(
    examples: Sequence[MultipleChoice], tokenization: Tokenization, *, training: bool
) -> Windows:
    """Return one window per example, of as many texts as it has choices.

    Its target, shape (1,), is the right choice's position.

    Raises:
        DataError: If examples have different numbers of choices.
    """
    counts = sorted({len(e.choices) for e in examples})
    if len(counts) > 1:
        raise DataError(
            f"some examples have {counts[0]} choices and others {counts[-1]}; the same number in "
            "all of them would be right"
        )
    together = counts[0] if counts else 1
    texts = [_texts(e, choice) for e in examples for choice in e.choices]
    ids, types, cut = encode_texts(
        tokenization.tokenizer,
        [t[0] for t in texts],
        [t[1] for t in texts],
        tokenization.max_length,
    )
    return Windows(
        ids=ids,
        types=types,
        example=np.arange(len(examples)),
        targets=arrays([[e.answer or 0] for e in examples]) if training else [],
        places=[],
        truncated=len({text // together for text in cut}),
        together=together,
    )


def _texts(example: MultipleChoice, choice: str) -> tuple[str, str]:
    """Return a choice as two texts: what comes before, and how it goes on."""
    if not example.context.strip():
        return example.question, choice
    return example.context, f"{example.question} {choice}".lstrip()


def outputs(labels: Sequence[str]) -> int:
    """Return one: the score of a choice."""
    del labels
    return 1


def decode(
    logits: Sequence[FloatArray], windows: Windows, tokenization: Tokenization, examples: Any
) -> list[Any]:
    """Return the position of each example's best choice.

    Args:
        logits: One array (C,) per window.
        windows: What they belong to.
        tokenization: Not used.
        examples: Not used.
    """
    del windows, tokenization, examples
    return [int(scores.argmax()) for scores in logits]


def ranking(logits: Sequence[FloatArray], tokenization: Tokenization) -> list[list[Any]]:
    """Return the positions of each example's choices, the best first; of equals the earlier one."""
    del tokenization
    return [[int(i) for i in (-scores).argsort(kind="stable")] for scores in logits]
