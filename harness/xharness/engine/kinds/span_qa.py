"""Span question answering: where in a context the answer begins and ends.

A context too long for one window is read in overlapping ones; the best span of any window is
the answer. Devlin et al. 2019, section 4.2, and its run_squad.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from xharness.engine.kinds.common import count_windows, every_token
from xharness.engine.kinds.windows import FloatArray, IntArray, Tokenization, Windows, arrays
from xharness.errors import DataError
from xharness.examples import AnswerSpan, SpanQuestion

LONGEST_ANSWER = 30
"""Tokens; max_answer_length of run_squad.py."""
LONGEST_QUESTION = 64
"""Tokens; max_query_length of run_squad.py."""

states = every_token
units = count_windows


def encode(
    examples: Sequence[SpanQuestion], tokenization: Tokenization, *, training: bool
) -> Windows:
    """Return windows of question and context.

    A window's target, shape (2,), is the answer's first and last token, or the first position
    twice where the window does not hold the answer; its places, shape (tokens, 2), are where
    each token of the context begins and ends in it, in characters, and -1 elsewhere.

    Raises:
        DataError: If an answer is not where the data say, or windows would not move on.
    """
    questions, cut = _questions(examples, tokenization)
    encoded = tokenization.tokenizer(
        questions,
        [e.context for e in examples],
        truncation="only_second",
        max_length=tokenization.max_length,
        stride=tokenization.stride,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_attention_mask=False,
        verbose=False,
    )
    owners = np.array(encoded["overflow_to_sample_mapping"], dtype=np.int64)
    places = [_places(encoded, i) for i in range(len(owners))]
    types = encoded.get("token_type_ids")
    spans = [e.answer_span() for e in examples] if training else []
    both = zip(places, owners, strict=True)
    targets = [_target(place, spans[owner]) for place, owner in both] if training else []
    return Windows(
        ids=arrays(encoded["input_ids"]),
        types=None if types is None else arrays(types),
        example=owners,
        targets=targets,
        places=places,
        truncated=cut,
        lost=_lost(spans, owners, targets),
        notes={"shifted": sum(s is not None and s.shift > 0 for s in spans)} if training else {},
    )


def _questions(
    examples: Sequence[SpanQuestion], tokenization: Tokenization
) -> tuple[list[str], int]:
    """Return the questions, the longest cut short, and how many were cut."""
    tokenizer, max_length = tokenization.tokenizer, tokenization.max_length
    most = min(LONGEST_QUESTION, max_length // 3)
    room = max_length - most - tokenizer.num_special_tokens_to_add(pair=True)
    if tokenization.stride >= room:
        raise DataError(
            f"stride {tokenization.stride}: windows of max_length {max_length} would never "
            f"move on; give less than {room}"
        )
    texts = [e.question.lstrip() for e in examples]
    encoded = tokenizer(
        texts,
        add_special_tokens=False,
        return_offsets_mapping=True,
        return_attention_mask=False,
        verbose=False,
    )
    cut = 0
    for number, offsets in enumerate(encoded["offset_mapping"]):
        if len(offsets) > most:
            texts[number] = texts[number][: offsets[most - 1][1]]
            cut += 1
    return texts, cut


def unfit(example: SpanQuestion) -> str:
    """Return why an example cannot be trained on; empty when it can."""
    return example.misplaced()


def _places(encoded: Any, number: int) -> IntArray:
    """Return (tokens, 2): offsets of the context's tokens in one window, -1 elsewhere."""
    encoding = encoded.encodings[number]
    places = np.array(encoding.offsets, dtype=np.int64)
    outside = np.array([s != 1 for s in encoding.sequence_ids])
    places[outside] = -1
    return places


def _target(places: IntArray, answer: AnswerSpan | None) -> IntArray:
    """Return (2,): an answer's first and last token, the first position where it is not held."""
    context = np.flatnonzero(places[:, 0] >= 0)
    if answer is None or not len(context):
        return np.zeros(2, dtype=np.int64)
    start, end, _ = answer
    begins, ends = places[context].T
    if begins[0] > start or ends[-1] < end:
        return np.zeros(2, dtype=np.int64)
    first = int(np.searchsorted(ends, start, side="right"))
    last = int(np.searchsorted(begins, end, side="left")) - 1
    return np.array([context[0] + first, context[0] + max(first, last)], dtype=np.int64)


def _lost(spans: Sequence[AnswerSpan | None], owners: IntArray, targets: Sequence[IntArray]) -> int:
    """Return how many answers no window holds whole."""
    answered = {number for number, span in enumerate(spans) if span is not None}
    held = {int(o) for o, target in zip(owners, targets, strict=False) if target[-1] > 0}
    return len(answered - held)


def outputs(labels: Sequence[str]) -> int:
    """Return two: beginning and end."""
    del labels
    return 2


def loss(logits: torch.Tensor, targets: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the summed cross-entropy, the mean of beginning's and end's.

    Args:
        logits: (B, T, 2).
        targets: (B, 2), positions.
        mask: (B, T); padding is no candidate, so padding more does not change the loss.
    """
    scores = logits.float().masked_fill(mask[:, :, None] == 0, float("-inf"))
    return functional.cross_entropy(scores, targets, reduction="sum") / 2


def decode(
    logits: Sequence[FloatArray],
    windows: Windows,
    tokenization: Tokenization,
    examples: Sequence[SpanQuestion],
) -> list[Any]:
    """Return the text of the best span of each example, None where it has no context.

    Args:
        logits: One array (tokens, 2) per window.
        windows: What they belong to.
        tokenization: Not used.
        examples: Answers are cut from their contexts.
    """
    del tokenization
    return [
        e.context[begin:end] if begin >= 0 else None
        for e, (_, begin, end) in zip(examples, _best(logits, windows, len(examples)), strict=True)
    ]


def margins(logits: Sequence[FloatArray], windows: Windows, examples: int) -> list[float | None]:
    """Return how far the best span of each example is ahead of no answer, None without a span.

    Args:
        logits: One array (tokens, 2) per window.
        windows: What they belong to.
        examples: How many there are.

    Source:
        Devlin et al. 2019, section 4.3: no answer is a span at the first position; over
        several windows the smallest of its scores counts, as in run_squad.py.
    """
    nothing = [np.inf] * examples
    for number, scores in zip(windows.example, logits, strict=True):
        nothing[number] = min(nothing[number], float(scores[0].sum()))
    best = _best(logits, windows, examples)
    return [
        score - null if begin >= 0 else None
        for (score, begin, _), null in zip(best, nothing, strict=True)
    ]


def _best(
    logits: Sequence[FloatArray], windows: Windows, examples: int
) -> list[tuple[float, int, int]]:
    """Return each example's best span: its score, and where it begins and ends in the context.

    Without a context it is (-inf, -1, -1).
    """
    best = [(-np.inf, -1, -1)] * examples
    for number, scores, places in zip(windows.example, logits, windows.places, strict=True):
        context = np.flatnonzero(places[:, 0] >= 0)
        if not len(context):
            continue
        score, first, last = best_span(scores[context, 0], scores[context, 1])
        if score > best[number][0]:
            best[number] = (score, int(places[context[first], 0]), int(places[context[last], 1]))
    return best


def best_span(begin: FloatArray, end: FloatArray) -> tuple[float, int, int]:
    """Return the largest sum of a beginning's and an end's score, and the two positions.

    Args:
        begin: (tokens,) scores of beginning here.
        end: (tokens,) scores of ending here; the last token belongs to the span.

    Returns:
        (score, first, last) with first <= last < first + LONGEST_ANSWER; the earliest of equals.
    """
    padded = np.concatenate([end, np.full(LONGEST_ANSWER - 1, -np.inf, dtype=end.dtype)])
    sums = begin[:, None] + np.lib.stride_tricks.sliding_window_view(padded, LONGEST_ANSWER)
    first, more = np.unravel_index(int(sums.argmax()), sums.shape)
    return float(sums[first, more]), int(first), int(first + more)
