"""Runs windows that lie end to end, so that no padding is computed: attention stays in a window.

Packed and padded batches give the same states. Only half precision on a GPU is packed, as torch's
kernel for windows of several lengths, FlashAttention-2, knows nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from xharness.engine.encoder.profile import Hardware
from xharness.engine.kinds.windows import Batch, Packing

ATTENTION = "xharness_packed"
"""The name of `attention` in transformers, and in numerics profiles."""
FAMILIES = frozenset({"bert", "xlm-roberta", "modernbert"})
"""Values of `model_type` whose attention may be chosen, and whose positions `_positions` knows."""
_CAPABILITY = (8, 0)
"""Of the oldest GPUs that FlashAttention-2 runs on (Ampere)."""


def able(encoder: Any, hardware: Hardware) -> bool:
    """Return whether an encoder's windows are packed: fixed by architecture, device, precision."""
    if hardware.device.type != "cuda" or hardware.precision == "float32":
        return False
    config = encoder.config
    known = config.model_type in FAMILIES and getattr(config, "_attn_implementation", "") == "sdpa"
    # AMD's GPUs are called cuda, too.
    built = torch.version.hip is None and torch.backends.cuda.is_flash_attention_available()
    return known and built and torch.cuda.get_device_capability(hardware.device) >= _CAPABILITY


def install(encoder: Any) -> None:
    """Give an encoder the attention of packed windows; changed in place."""
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(ATTENTION, attention)
    AttentionMaskInterface.register(ATTENTION, no_mask)
    encoder.set_attn_implementation(ATTENTION)


def no_mask(*_: Any, **__: Any) -> None:
    """Return no mask: bounds of windows stand in for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What an encoder gives for a packed batch, with the names of transformers, padded again."""

    last_hidden_state: torch.Tensor
    """(B, T, H)"""
    hidden_states: tuple[torch.Tensor, ...]
    """(B, T, H) of every layer; empty unless asked for."""
    pooler_output: torch.Tensor | None
    """(B, H); None for an encoder without a pooler."""


def run(encoder: Any, batch: Batch, packing: Packing, *, every_layer: bool, **more: Any) -> Outputs:
    """Return an encoder's states of a packed batch.

    Args:
        encoder: Whose attention reads `cu_seq_lens_q`, as `attention` does.
        batch: Packed.
        packing: That of the batch.
        every_layer: Whether `hidden_states` are wanted.
        more: Further arguments of the encoder, such as token types, (1, N).
    """
    output = encoder(
        input_ids=batch.ids,
        position_ids=_positions(encoder, batch.ids, packing),
        output_hidden_states=every_layer,
        cu_seq_lens_q=packing.bounds,
        cu_seq_lens_k=packing.bounds,
        max_length_q=packing.longest,
        max_length_k=packing.longest,
        **more,
    )
    last = _padded(output.last_hidden_state, packing)
    pooler = getattr(encoder, "pooler", None)
    layers = output.hidden_states if every_layer else ()
    return Outputs(
        last_hidden_state=last,
        hidden_states=tuple(_padded(states, packing) for states in layers),
        # The encoder's own is of the first window alone.
        pooler_output=None if pooler is None else pooler(last),
    )


def _positions(encoder: Any, ids: torch.Tensor, packing: Packing) -> torch.Tensor:
    """Return (1, N): the position that an encoder itself would give each token of padded windows.

    Source:
        XLM-R's count from the padding id on, and leave out tokens with that id
        (create_position_ids_from_input_ids of transformers); the others' begin at 0.
    """
    table = getattr(getattr(encoder, "embeddings", None), "position_embeddings", None)
    padding = getattr(table, "padding_idx", None)
    if padding is None:
        return packing.positions
    counted = (ids != padding).long()
    so_far = counted.cumsum(dim=1)
    begins = torch.arange(ids.shape[1], device=ids.device)[None] - packing.positions
    before = (so_far - counted).gather(1, begins)
    positions: torch.Tensor = (so_far - before) * counted + padding
    return positions


def _padded(states: torch.Tensor, packing: Packing) -> torch.Tensor:
    """Return packed states (1, N, H) as (B, T, H); where there is padding, any may stand."""
    padded: torch.Tensor = _Padded.apply(states[0], packing)  # type: ignore[no-untyped-call]
    return padded


class _Padded(torch.autograd.Function):
    """The look-up of `_padded`, and its gradient.

    Both directions only gather: torch's own gradient of a look-up sorts its indices first, or adds
    in an order that changes from run to run.
    """

    @staticmethod
    def forward(ctx: Any, states: torch.Tensor, packing: Packing) -> torch.Tensor:
        """Return (B, T, H)."""
        ctx.packing = packing
        return states[packing.sources]

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Return (N, H), zero for filler."""
        packing: Packing = ctx.packing
        filler = packing.filler[:, None]
        return gradients[0].flatten(0, 1)[packing.slots].masked_fill(filler, 0), None


def attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **more: Any,
) -> tuple[torch.Tensor, None]:
    """Return softmax(QK'/sqrt(D)) V within each window: (1, N, heads, D), and no weights.

    Args:
        module: The layer of attention.
        query: (1, heads, N, D), as are `key` and `value`.
        key: See `query`.
        value: See `query`.
        attention_mask: None.
        scaling: Of the products of queries and keys; None for D ** -0.5.
        dropout: Of the weights.
        more: `cu_seq_lens_q` and `max_length_q`, see `Packing`; `sliding_window`: a token sees
            fewer than so many tokens to either side, None for all of its window.
    """
    near = more.get("sliding_window")
    states = _forward(
        *(x[0].transpose(0, 1) for x in (query, key, value)),
        more["cu_seq_lens_q"],
        more["max_length_q"],
        query.shape[-1] ** -0.5 if scaling is None else scaling,
        dropout,
        -1 if near is None else near - 1,
    )[0]
    return states[None], None


@torch.library.custom_op("xharness::packed_attention", mutates_args=(), device_types="cuda")
def _forward(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    bounds: torch.Tensor,
    longest: int,
    scale: float,
    dropout: float,
    near: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return states (N, heads, D), log sums of exponentials (heads, N) and the random state.

    Of torch's operators for windows of several lengths this alone drops weights out; the public
    `varlen_attn` calls it with a dropout of 0.
    """
    states, sums, random, _, _ = torch.ops.aten._flash_attention_forward(  # noqa: SLF001
        *(query, key, value, bounds, bounds, longest, longest, dropout, False, False),
        scale=scale,
        window_size_left=near,
        window_size_right=near,
    )
    return states, sums, random


@_forward.register_fake
def _(query: torch.Tensor, *_: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    sums = query.new_empty((query.shape[1], query.shape[0]), dtype=torch.float32)
    return torch.empty_like(query), sums, query.new_empty((2,), dtype=torch.uint64)


@torch.library.custom_op(
    "xharness::packed_attention_back",
    mutates_args=(),
    device_types="cuda",
    schema="(Tensor gradient, Tensor[] kept, SymInt longest, float scale, float dropout, int near)"
    " -> (Tensor, Tensor, Tensor)",
)
def _backward(
    gradient: torch.Tensor,
    kept: Sequence[torch.Tensor],
    longest: int,
    scale: float,
    dropout: float,
    near: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the gradients of queries, keys and values, from what `_keep` keeps."""
    query, key, value, states, sums, random, bounds = kept
    # FlashAttention-2 adds up in a fixed order only while everything else must, too.
    mode = torch.get_deterministic_debug_mode()
    torch.set_deterministic_debug_mode("error")
    try:
        found: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
        found = torch.ops.aten._flash_attention_backward(  # noqa: SLF001
            *(gradient, query, key, value, states, sums, bounds, bounds, longest, longest),
            *(dropout, False, random, torch.empty(0, device=query.device)),
            scale=scale,
            window_size_left=near,
            window_size_right=near,
        )
    finally:
        torch.set_deterministic_debug_mode(mode)
    return found


@_backward.register_fake
def _(gradient: torch.Tensor, kept: Sequence[torch.Tensor], *_: Any) -> tuple[torch.Tensor, ...]:
    return tuple(torch.empty_like(x) for x in kept[:3])


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
    """Keep what the gradient needs."""
    query, key, value, bounds, *ctx.rest = inputs
    ctx.save_for_backward(query, key, value, *output, bounds)


def _gradients(ctx: Any, gradient: torch.Tensor, *_: torch.Tensor) -> tuple[Any, ...]:
    """Return the gradients of all arguments of `_forward`."""
    return *_backward(gradient, [*ctx.saved_tensors], *ctx.rest), None, None, None, None, None


_forward.register_autograd(_gradients, setup_context=_keep)
