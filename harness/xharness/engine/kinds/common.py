"""Functions that several kinds share, each under the name that the table of kinds asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from xharness.engine.kinds.windows import IGNORED, IntArray


def first_token(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the head's input: of hidden states (B, T, H) the first token's, (B, H)."""
    del mask
    return hidden[:, 0]


def every_token(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the head's input: all hidden states, (B, T, H)."""
    del mask
    return hidden


def one_of_several(logits: torch.Tensor, targets: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the summed cross-entropy of logits (B, L) or (B, C) against targets (B, 1)."""
    del mask
    return functional.cross_entropy(logits.float(), targets[:, 0], reduction="sum")


def count_windows(targets: Sequence[Any]) -> int:
    """Return over how many windows the mean loss is taken."""
    return len(targets)


def count_tokens(targets: Sequence[IntArray]) -> int:
    """Return over how many tokens the mean loss is taken: those with a target."""
    return sum(int((t != IGNORED).sum()) for t in targets)
