"""Span question answering: where in a context the answer begins and ends.

A context too long for one window is read in overlapping ones; the best span of any window is
the answer, if the window has the most context around its first token. Devlin et al. 2019,
section 4.2, and its run_squad.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from xharness.engine.kinds.common import count_windows, every_token
from xharness.engine.kinds.windows import FloatArray, IntArray, Tokenization, Windows
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
    twice where the window does not hold the answer. Its places, shape (tokens, 3), hold for each
    token of the context where it begins and ends, in characters, and 1 if this is the window with
    the most context around the token, else 0; they are -1 for all other tokens.

    Raises:
        DataError: If an answer is not where the data say, or windows would leave out tokens.
    """
    tokenizer = tokenization.tokenizer
    questions, cut = _questions(examples, tokenization)
    contexts = [e.context for e in examples]
    encoded = tokenizer(questions, contexts, return_attention_mask=False, verbose=False)
    ids: list[IntArray] = []
    types: list[IntArray] = []
    places: list[IntArray] = []
    owners: list[int] = []
    for number, encoding in enumerate(encoded.encodings):
        for kept, place in _windows(encoding, tokenization):
            ids.append(np.array(encoding.ids, dtype=np.int64)[kept])
            types.append(np.array(encoding.type_ids, dtype=np.int64)[kept])
            places.append(place)
            owners.append(number)
    spans = [e.answer_span() for e in examples] if training else []
    both = zip(places, owners, strict=True)
    targets = [_target(place, spans[owner]) for place, owner in both] if training else []
    return Windows(
        ids=ids,
        types=types if "token_type_ids" in tokenizer.model_input_names else None,
        example=np.array(owners, dtype=np.int64),
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
    if not 0 < tokenization.stride <= room:
        raise DataError(
            f"stride {tokenization.stride}: windows of max_length {max_length} that begin so far "
            f"apart would leave out tokens; give 1 to {room}"
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


def _windows(encoding: Any, tokenization: Tokenization) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield the windows of a question with its context: which tokens they have, and their places.

    Windows begin `stride` tokens apart; the last is the first one to reach the end.
    """
    offsets = np.array(encoding.offsets, dtype=np.int64)
    everything = np.arange(len(offsets))
    context = np.flatnonzero([s == 1 for s in encoding.sequence_ids])
    if not len(context):
        yield everything, np.full((len(offsets), 3), -1)
        return
    first, last = context[0], context[-1] + 1
    before, after = everything[:first], everything[last:]
    room = tokenization.max_length - len(before) - len(after)
    count = 1 + max(0, math.ceil((len(context) - room) / tokenization.stride))
    starts = tokenization.stride * np.arange(count)
    ends = np.minimum(starts + room, len(context))
    best = _most_context(starts, ends)
    for window, (start, end) in enumerate(zip(starts, ends, strict=True)):
        kept = np.concatenate([before, context[start:end], after])
        places = np.full((len(kept), 3), -1)
        inside = slice(len(before), len(before) + end - start)
        places[inside, :2] = offsets[context[start:end]]
        places[inside, 2] = best[start:end] == window
        yield kept, places


def _most_context(starts: IntArray, ends: IntArray) -> IntArray:
    """Return (tokens,): the window with the most context around each token of a context.

    Args:
        starts: (windows,): the token that each begins with.
        ends: (windows,): the token behind its last one.

    Source:
        _check_is_max_context of run_squad.py: a token's context is the smaller number of tokens to
        its left or right, plus a hundredth of the window's length; the earlier of equal windows.
    """
    token = np.arange(ends[-1])
    left, right = token - starts[:, None], ends[:, None] - 1 - token
    score = np.minimum(left, right) + 0.01 * (ends - starts)[:, None]
    score[(left < 0) | (right < 0)] = -np.inf
    best: IntArray = score.argmax(axis=0)
    return best


def _target(places: IntArray, answer: AnswerSpan | None) -> IntArray:
    """Return (2,): an answer's first and last token; 0 twice where the window lacks part of it."""
    context = np.flatnonzero(places[:, 0] >= 0)
    if answer is None or not len(context):
        return np.zeros(2, dtype=np.int64)
    start, end, _ = answer
    begins, ends, _ = places[context].T
    if begins[0] > start or ends[-1] < end:
        return np.zeros(2, dtype=np.int64)
    first = int(np.searchsorted(ends, start, side="right"))
    last = int(np.searchsorted(begins, end, side="left")) - 1
    return np.array([context[0] + first, context[0] + max(first, last)], dtype=np.int64)


def _lost(
    spans: Sequence[AnswerSpan | None], owners: Sequence[int], targets: Sequence[IntArray]
) -> int:
    """Return how many answers are not whole in any window."""
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
        begin = np.where(places[context, 2] == 1, scores[context, 0], -np.inf)
        score, first, last = best_span(begin, scores[context, 1])
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
