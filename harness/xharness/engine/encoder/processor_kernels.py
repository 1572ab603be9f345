"""Attention and dropout for processors, where torch's own kernels leave most of an update's time.

Both compute what torch's do. What they cost there is in docs/performance.md.
"""

from __future__ import annotations

from typing import Any

import torch

from xharness.engine.encoder.profile import Hardware

ATTENTION = "xharness_matmul"
"""The name of `attention` in transformers, and in numerics profiles."""
_LEVELS = 1 << 16
"""Values of the 16 random bits that decide whether a unit is dropped."""


def install(encoder: Any, hardware: Hardware, *, training: bool) -> None:
    """Give an encoder the attention and the dropout that are fastest on its hardware.

    On a GPU nothing is changed. Architectures that do not let their attention be chosen, such as
    DeBERTa, keep it.

    Args:
        encoder: A model of transformers; changed in place.
        hardware: What it computes with.
        training: Whether units are dropped.
    """
    if hardware.device.type != "cpu":
        return
    # torch's fused kernel has a fast forward pass only. In float32 it is as fast all the same.
    chosen = getattr(encoder.config, "_attn_implementation", "")
    if hardware.precision == "bf16" and chosen == "sdpa":
        _register()
        encoder.set_attn_implementation(ATTENTION)
    if training:
        for module in encoder.modules():
            for name, child in module.named_children():
                if type(child) is torch.nn.Dropout:
                    setattr(module, name, Dropout(child.p))


def _register() -> None:
    """Tell transformers of `attention`; masks for it are made as for torch's."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(ATTENTION, attention)
    AttentionMaskInterface.register(ATTENTION, sdpa_mask)


def attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Return softmax(QK'/sqrt(D)) V as plain matrix products: (B, T, heads, D), and no weights.

    Args:
        module: The layer of attention.
        query: (B, heads, T, D), as are `key` and `value`, which may have fewer heads.
        key: See `query`.
        value: See `query`.
        attention_mask: (B or 1, 1, T, T): False where a token must not look; None where each may
            look at all.
        scaling: Of the products of queries and keys; None for D ** -0.5.
        dropout: Of the weights.

    Source:
        Vaswani et al. 2017, equation 1.
    """
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = (x.repeat_interleave(groups, dim=1) for x in (key, value))
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = torch.matmul(query * scale, key.transpose(-1, -2))
    if attention_mask is not None:
        scores = scores.masked_fill(~attention_mask, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, dim=-1, dtype=scores.dtype)
    if dropout:
        weights = drop(weights, dropout)
    return torch.matmul(weights, value).transpose(1, 2), None


class Dropout(torch.nn.Module):
    """Dropout as torch's, with a mask from 16 random bits a unit; see `drop`."""

    def __init__(self, p: float) -> None:
        """Drop a part `p` of the units."""
        super().__init__()
        self.p = p

    def forward(self, units: torch.Tensor) -> torch.Tensor:
        """Return the units, some of them zero while training."""
        return drop(units, self.p) if self.training and self.p else units


def drop(units: torch.Tensor, p: float) -> torch.Tensor:
    """Return units with a part `p` of them zero, the others times 1 / (1 - p).

    Args:
        units: On the CPU, of any shape.
        p: From 0 to 1, rounded to a multiple of 2 ** -16: 0.1 is 0.10001. torch draws a number of
            32 bits for every unit, which takes five times as long.
    """
    limit = round(p * _LEVELS)
    if limit >= _LEVELS:
        return units * 0.0
    # Four units from each number that is drawn.
    drawn = torch.empty(-(-units.numel() // 4), dtype=torch.int64).random_(-(1 << 63), None)
    bits = drawn.view(torch.int16)[: units.numel()].view(units.shape)
    # Compared straight into the units' own type: by way of booleans it takes seven times as long.
    kept = torch.ge(bits, limit - _LEVELS // 2, out=torch.empty_like(units, requires_grad=False))
    return units * kept.mul_(_LEVELS / (_LEVELS - limit))
