"""Retrieval: sentences as vectors, without a head and without training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from xharness.engine.kinds.windows import Tokenization, Windows, encode_texts
from xharness.errors import ModelError
from xharness.phases import Pooling


def encode(texts: Sequence[str], tokenization: Tokenization) -> Windows:
    """Return one window per text."""
    ids, types, cut = encode_texts(tokenization.tokenizer, texts, None, tokenization.max_length)
    return Windows(
        ids=ids,
        types=types,
        example=np.arange(len(ids)),
        targets=[],
        places=[],
        truncated=len(cut),
    )


def pool(layers: Sequence[torch.Tensor], mask: torch.Tensor, pooling: Pooling) -> torch.Tensor:
    """Return one vector per text, (B, H), in float32.

    Args:
        layers: The embeddings' output and that of every block, each (B, T, H).
        mask: (B, T): 0 for padding.
        pooling: Which layer, and mean or first token.

    Raises:
        ModelError: If the model has no such layer, or the method is unknown.
    """
    if not -len(layers) <= pooling.layer < len(layers):
        raise ModelError(
            f"pooling: no layer {pooling.layer}; the model has 0 (embeddings) to {len(layers) - 1}"
        )
    hidden = layers[pooling.layer].float()
    if pooling.method == "cls":
        return hidden[:, 0]
    if pooling.method != "mean":
        raise ModelError(f"pooling: no method {pooling.method!r}; there are mean and cls")
    weights = mask[:, :, None].float()
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1)
