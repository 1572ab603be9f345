"""Attention and dropout for processors compute what torch's do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoModel

from support.encoder_families import configs
from xharness.engine.encoder import processor_kernels
from xharness.engine.encoder.processor_kernels import ATTENTION, attention, drop, install
from xharness.engine.encoder.profile import Hardware

FAMILIES = ("bert", "xlm-roberta", "modernbert")
"""Those that let their attention be chosen; every second layer of ModernBERT is given masks of more
than padding."""
WIDTH = 24
CPU = torch.device("cpu")
BF16 = Hardware(device=CPU, precision="bf16", threads=1)
FLOAT32 = Hardware(device=CPU, precision="float32", threads=1)


def encoder(family: str) -> Any:
    """Return a small encoder with the attention of transformers' choice, the same each time."""
    torch.manual_seed(0)
    return AutoModel.from_config(configs(width=WIDTH, heads=3, layers=2)[family]).eval()


def kernel(model: Any) -> str:
    """Return the name of an encoder's attention in transformers."""
    return str(getattr(model.config, "_attn_implementation", ""))


@pytest.mark.parametrize("family", FAMILIES)
def test_states_and_gradients_are_those_of_torchs_attention(family: str) -> None:
    padding = encoder(family).config.pad_token_id
    ids = torch.randint(4, 50, (3, 11), generator=torch.Generator().manual_seed(1))
    ids[1, 7:] = padding
    ids[2, 2:] = padding
    real = ids != padding
    mix = torch.randn(WIDTH, generator=torch.Generator().manual_seed(2))
    found = []
    for ours in (False, True):
        model = encoder(family)
        if ours:
            install(model, BF16, training=False)
            assert kernel(model) == ATTENTION
        states = model(input_ids=ids, attention_mask=real.long()).last_hidden_state[real]
        (states @ mix).sum().backward()
        found.append((states.detach(), model.get_input_embeddings().weight.grad))
    for torchs, own in zip(*found, strict=True):
        torch.testing.assert_close(own, torchs, rtol=1e-5, atol=1e-5)


def test_fewer_heads_of_keys_than_of_queries_are_shared_among_them() -> None:
    query, key, value = torch.randn(2, 4, 5, 8), torch.randn(2, 2, 5, 8), torch.randn(2, 2, 5, 8)
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value, enable_gqa=True)
    found, _ = attention(torch.nn.Identity(), query, key, value, None)
    torch.testing.assert_close(found, expected.transpose(1, 2), rtol=1e-5, atol=1e-6)


def test_float32_and_gpus_keep_torchs_attention() -> None:
    gpu = SimpleNamespace(device=torch.device("cuda"), precision="bf16", threads=1)
    for hardware in (FLOAT32, gpu):
        model = encoder("bert")
        install(model, hardware, training=True)  # type: ignore[arg-type]
        assert kernel(model) == "sdpa"


def test_an_encoder_with_attention_of_its_own_keeps_it_and_drops_units_all_the_same() -> None:
    model = encoder("deberta")
    before = kernel(model)
    install(model, BF16, training=True)
    assert kernel(model) == before
    kinds = {type(m) for m in model.modules()}
    assert processor_kernels.Dropout in kinds
    assert torch.nn.Dropout not in kinds
    ids = torch.tensor([[5, 6, 7]])
    model.train()
    assert not torch.equal(model(ids).last_hidden_state, model(ids).last_hidden_state)
    model.eval()
    assert torch.equal(model(ids).last_hidden_state, model(ids).last_hidden_state)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("part", [0.1, 0.5])
def test_a_unit_is_dropped_as_often_as_asked_and_its_mean_stays(
    kind: torch.dtype, part: float
) -> None:
    torch.manual_seed(3)
    units = torch.ones(1000, 1000, dtype=kind)
    dropped = drop(units, part)
    # A million draws: the part has a standard deviation of 0.0005 at most; bf16 rounds 1 / 0.9
    # to 1.109, as torch's own dropout does.
    assert (dropped == 0).double().mean().item() == pytest.approx(part, abs=0.002)
    assert dropped.double().mean().item() == pytest.approx(1.0, abs=0.005)


def test_gradients_pass_through_the_units_that_are_kept() -> None:
    units = torch.ones(64, 64, requires_grad=True)
    kept = drop(units, 0.25)
    kept.sum().backward()
    assert units.grad is not None
    assert torch.equal(units.grad, kept.detach())


def test_the_same_seed_drops_the_same_units_and_another_one_others() -> None:
    units, masks = torch.ones(33, 7), []
    for seed in (1, 1, 2):
        torch.default_generator.manual_seed(seed)
        masks.append(drop(units, 0.3))
    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])


def test_everything_is_dropped_when_the_part_is_one() -> None:
    assert not drop(torch.ones(5), 1.0).any()
