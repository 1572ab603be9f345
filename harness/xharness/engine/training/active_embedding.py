"""Trains only those rows of the embedding that the training's windows use, with the same result.

A token that no window holds has a zero gradient. AdamW changes its row by weight decay alone
(decoupled: Loshchilov and Hutter 2019, algorithm 2), which is computed once at the end. With a
vocabulary of 250,000 most of an update's time would otherwise go into such rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from xharness.engine.kinds.windows import IntArray


class ActiveEmbedding(torch.nn.Module):
    """Some rows of an embedding, found by the token ids of the whole one."""

    places: torch.Tensor

    def __init__(self, whole: torch.nn.Embedding, used: torch.Tensor) -> None:
        """Take over the rows `used`, (n,): token ids, each once."""
        super().__init__()
        self.weight = torch.nn.Parameter(whole.weight.detach()[used].clone())
        # An id without a row is -1, which a look-up refuses: such an id is an error, never a zero.
        places = torch.full((whole.num_embeddings,), -1, device=used.device)
        places[used] = torch.arange(len(used), device=used.device)
        self.register_buffer("places", places, persistent=False)
        self.padding = None if whole.padding_idx is None else int(places[whole.padding_idx])

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the vectors of token ids."""
        return functional.embedding(self.places[ids], self.weight, self.padding)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveRows:
    """An encoder's whole embedding, and which of its rows are being trained."""

    whole: torch.nn.Embedding
    used: torch.Tensor
    """(n,): token ids, ascending."""
    active: ActiveEmbedding


def shrink(encoder: Any, ids: Iterable[IntArray], padding: int) -> ActiveRows | None:
    """Cut an encoder's embedding to some tokens, and return the whole one for `restored`.

    Args:
        encoder: On the device where it is trained.
        ids: All tokens that it will read.
        padding: The token that batches are filled up with.

    Returns:
        None, with the encoder as it was, if its embedding is not an ordinary one or all of its
        rows are used.
    """
    whole = encoder.get_input_embeddings()
    # A subclass may do more than look up, and these options change what a lookup does.
    if type(whole) is not torch.nn.Embedding or whole.max_norm or whole.scale_grad_by_freq:
        return None
    seen = np.zeros(whole.num_embeddings, dtype=bool)
    for window in ids:
        seen[window] = True
    seen[padding] = True
    if whole.padding_idx is not None:
        seen[whole.padding_idx] = True
    if seen.all():
        return None
    used = torch.from_numpy(np.flatnonzero(seen)).to(whole.weight.device)
    active = ActiveEmbedding(whole, used)
    encoder.set_input_embeddings(active)
    return ActiveRows(whole=whole, used=used, active=active)


@contextmanager
def restored(
    encoder: Any, rows: ActiveRows | None, rates: Iterable[float], weight_decay: float
) -> Iterator[None]:
    """Give an encoder its whole embedding back, as if all rows had been trained.

    Args:
        encoder: Its input embedding is whole inside the with block.
        rows: From `shrink`; with None nothing is changed.
        rates: Learning rate of every update so far.
        weight_decay: Of AdamW.
    """
    if rows is None:
        yield
        return
    # Each update multiplies a row without gradient by 1 - rate * decay, and does nothing else.
    remaining = math.prod(1.0 - rate * weight_decay for rate in rates)
    count, width = rows.whole.weight.shape
    full = torch.nn.Embedding(
        count,
        width,
        padding_idx=rows.whole.padding_idx,
        _weight=rows.whole.weight.detach() * remaining,
    )
    with torch.no_grad():
        full.weight[rows.used] = rows.active.weight
    encoder.set_input_embeddings(full)
    try:
        yield
    finally:
        encoder.set_input_embeddings(rows.active)
