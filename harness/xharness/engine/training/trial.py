"""Tries a tuning method on a small encoder, for the tests of whoever wrote it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch

from xharness.engine.training import tuned
from xharness.errors import PluginError
from xharness.tuning import TuningMethod

_ROUNDING = 1e-4
"""How far outputs of about 1 may be apart in float32."""


def small_encoder() -> Any:
    """Return an XLM-R of two blocks and 32 dimensions with random weights."""
    from transformers import XLMRobertaConfig, XLMRobertaModel

    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=40,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=20,
    )
    return XLMRobertaModel(config).eval()


def problems(method: TuningMethod, encoder: Any) -> Iterator[str]:
    """Yield what is wrong with a method, "function: what it does; what would be right" each.

    Args:
        method: What to try.
        encoder: Of transformers; it stays as it is.
    """
    before, words = tuned.shapes(encoder), "tried"
    try:
        made, again = (_made(method, encoder, words) for _ in range(2))
    except PluginError as wrong:
        yield str(wrong)
        return
    if not _equal(made, again):
        yield "make: makes two encoders from one seed; torch's own generator would be right"
    trained = {name: p for name, p in made.named_parameters() if p.requires_grad}
    outputs = _outputs(made)
    if trained:
        if outputs.requires_grad:
            torch.autograd.backward(outputs.square().mean())
        if all(p.grad is None for p in trained.values()):
            yield "trains: nothing that is trained changes the outputs; another name would be right"
    with torch.no_grad():
        for parameter in trained.values():
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
    yield from _merged(method, encoder, made, before, words)


def _merged(
    method: TuningMethod, encoder: Any, made: Any, before: tuned.Shapes, words: str
) -> Iterator[str]:
    """Yield what is wrong with the ordinary encoder that a trained one is stored as."""
    with torch.no_grad():
        ours = _outputs(made)
        try:
            ordinary = tuned.merged(made, method, before, words)
        except PluginError as wrong:
            yield str(wrong)
            return
        # As it will be read: only the weights are stored, not what computes with them.
        read = copy.deepcopy(encoder)
        read.load_state_dict(ordinary.state_dict())
        apart = (_outputs(read) - ours).abs().max().item()
    if not apart <= _ROUNDING:
        yield (
            f"merge: the outputs of the stored encoder are {apart:.3g} from those of the trained "
            "one; the same ones would be right"
        )


def _made(method: TuningMethod, encoder: Any, words: str) -> Any:
    """Return what a method makes of a copy of an encoder, always from one seed."""
    made = copy.deepcopy(encoder)
    torch.manual_seed(1)
    tuned.make(method, made, words)
    return made.eval()


def _equal(one: Any, other: Any) -> bool:
    """Return whether two encoders have the same parameters, trained alike."""
    pairs = zip(one.named_parameters(), other.named_parameters(), strict=True)
    return all(
        name == same and torch.equal(a, b) and a.requires_grad == b.requires_grad
        for (name, a), (same, b) in pairs
    )


def _outputs(encoder: Any) -> torch.Tensor:
    """Return what heads read of a few tokens, (numbers,): hidden states, and the pooled output."""
    output = encoder(input_ids=torch.arange(2, 12)[None])
    several = (output.last_hidden_state, getattr(output, "pooler_output", None))
    return torch.cat([states.flatten() for states in several if states is not None])
