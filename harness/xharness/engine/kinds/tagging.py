"""Tagging: one tag per word, carried by the word's first sub-token.

Every word gets a tag: a long sentence becomes several windows of whole words, and a word that
the tokenizer drops (control characters) is read as the unknown token.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from xharness.engine.kinds.common import count_tokens, every_token
from xharness.engine.kinds.windows import (
    IGNORED,
    FloatArray,
    IntArray,
    Tokenization,
    Windows,
    arrays,
    bare_ids,
    frame,
)
from xharness.errors import ModelError
from xharness.examples import Tagging

states = every_token
units = count_tokens


def encode(examples: Sequence[Tagging], tokenization: Tokenization, *, training: bool) -> Windows:
    """Return windows of whole words.

    A window's target, shape (tokens,), is the tag's position at a word's first sub-token and
    `IGNORED` elsewhere; its places, shape (words,), are where its words begin.
    """
    tokenizer = tokenization.tokenizer
    before, after = frame(tokenizer)
    room = tokenization.max_length - len(before) - len(after)
    space = _before_words(tokenizer)
    encoded = tokenizer(
        [[space + word for word in e.tokens] for e in examples],
        is_split_into_words=True,
        add_special_tokens=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
    order = {label: i for i, label in enumerate(tokenization.labels)}
    ids: list[IntArray] = []
    owners: list[int] = []
    targets: list[IntArray] = []
    places: list[IntArray] = []
    truncated = 0
    for number, example in enumerate(examples):
        words = _words(encoded, number, len(example.tokens), tokenizer.unk_token_id)
        truncated += any(len(w) > room for w in words)
        for first, window in _packed([w[:room] for w in words], room):
            ids += arrays([[*before, *chain.from_iterable(window), *after]])
            owners.append(number)
            places.append(np.cumsum([len(before), *map(len, window[:-1])]))
            if training:
                tags = (example.tags or ())[first : first + len(window)]
                targets.append(_target([order[t] for t in tags], places[-1], len(ids[-1])))
    types = "token_type_ids" in tokenizer.model_input_names
    return Windows(
        ids=ids,
        types=[np.zeros_like(i) for i in ids] if types else None,
        example=np.array(owners, dtype=np.int64),
        targets=targets,
        places=places,
        truncated=truncated,
    )


def _before_words(tokenizer: Any) -> str:
    """Return a space if words need one before them to get the tokens of running text, else "".

    Byte-level BPE and Gemma's tokenizer (mmBERT's) have different tokens for a word after a space
    and for the same letters at the start of a text, and words that are given one by one count as
    starts. run_ner.py of transformers solves this with add_prefix_space.
    """
    first, both = bare_ids(tokenizer, ["a", "a a"])
    return "" if list(both) == [*first, *first] else " "


def _target(tags: Sequence[int], starts: IntArray, length: int) -> IntArray:
    """Return (length,): each word's tag at its first sub-token, `IGNORED` elsewhere."""
    target = np.full(length, IGNORED, dtype=np.int64)
    target[starts] = tags
    return target


def _words(encoded: Any, number: int, count: int, unknown: int | None) -> list[list[int]]:
    """Return the sub-tokens of each word of one sentence, at least one for each."""
    words: list[list[int]] = [[] for _ in range(count)]
    for word, token in zip(encoded.word_ids(number), encoded["input_ids"][number], strict=True):
        if word is not None:
            words[word].append(token)
    if unknown is None and not all(words):
        raise ModelError(
            "the tokenizer makes nothing of a word and has no unknown token to stand for it"
        )
    return [w or [unknown or 0] for w in words]


def _packed(words: Sequence[list[int]], room: int) -> Iterator[tuple[int, Sequence[list[int]]]]:
    """Yield runs of words of at most `room` sub-tokens, each with its first word's position."""
    first, used = 0, 0
    for position, word in enumerate(words):
        if used + len(word) > room:
            yield first, words[first:position]
            first, used = position, 0
        used += len(word)
    yield first, words[first:]


def outputs(labels: Sequence[str]) -> int:
    """Return the number of tags."""
    return len(labels)


def loss(logits: torch.Tensor, targets: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the summed cross-entropy of logits (B, T, L) against targets (B, T)."""
    del mask
    return functional.cross_entropy(
        logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum"
    )


def decode(
    logits: Sequence[FloatArray], windows: Windows, tokenization: Tokenization, examples: Any
) -> list[Any]:
    """Return the most probable tags of each example, one per word.

    Args:
        logits: One array (tokens, L) per window.
        windows: What they belong to.
        tokenization: Holds the tags.
        examples: Not used.
    """
    del examples
    tags: list[list[str]] = [[] for _ in range(int(windows.example[-1]) + 1)]
    for number, scores, starts in zip(windows.example, logits, windows.places, strict=True):
        tags[number] += [tokenization.labels[i] for i in scores[starts].argmax(axis=1)]
    return tags
