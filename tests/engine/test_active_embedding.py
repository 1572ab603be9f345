"""The active vocabulary: rows that no batch reads are left out of the updates, exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModel

from support.encoder_families import ROWS, configs
from xharness.engine.training import active_embedding

FAMILIES = configs(width=8, heads=2, layers=1)
READ = np.array([5, 9, 33, 7, 2])


def encoder(family: str) -> Any:
    """Return a small encoder in float64, the same each time, without dropout."""
    torch.manual_seed(0)
    return AutoModel.from_config(FAMILIES[family], dtype=torch.float64).eval()


def updates(model: Any, optimiser: torch.optim.Optimizer, rates: list[float]) -> None:
    """Make an update per rate, on batches of the tokens in `READ` and some padding."""
    drawn = np.random.default_rng(1)
    padding = model.config.pad_token_id
    for rate in rates:
        ids = torch.from_numpy(drawn.choice(READ, size=(3, 6)))
        ids[0, 4:] = padding
        for group in optimiser.param_groups:
            group["lr"] = rate
        out = model(input_ids=ids, attention_mask=(ids != padding).long())
        out.last_hidden_state.square().mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01)
        optimiser.step()
        optimiser.zero_grad()


def optimiser(model: Any, decay: float) -> torch.optim.Optimizer:
    return torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=decay)


@pytest.mark.training
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_training_some_rows_is_training_all(family: str, decay: float) -> None:
    """In float64 every weight is that of training the whole embedding, to 1e-12."""
    rates = [0.01, 0.05, 0.03, 0.002]
    whole, small = encoder(family), encoder(family)
    updates(whole, optimiser(whole, decay), rates)
    shrunk = active_embedding.shrink(small, [READ], small.config.pad_token_id)
    assert shrunk is not None
    updates(small, optimiser(small, decay), rates)

    with active_embedding.restored(small, shrunk, rates, decay):
        found = small.state_dict()
    for name, wanted in whole.state_dict().items():
        torch.testing.assert_close(found[name], wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_only_rows_that_are_read_are_trained(family: str) -> None:
    """The embedding that is trained has a row per token that is read, and one for padding."""
    model = encoder(family)
    active_embedding.shrink(model, [READ], model.config.pad_token_id)

    rows = model.get_input_embeddings().weight.shape[0]
    assert rows == len({*READ.tolist(), model.config.pad_token_id})


def test_a_token_without_a_row_is_an_error() -> None:
    """A token that nobody announced stops the training instead of reading another's row."""
    model = encoder("bert")
    active_embedding.shrink(model, [READ], model.config.pad_token_id)

    with pytest.raises(IndexError):
        model(input_ids=torch.tensor([[5, 6]]))


def test_an_embedding_that_is_used_up_stays() -> None:
    """Where every row is read there is nothing to leave out, and the encoder is not touched."""
    model = encoder("bert")
    before = model.get_input_embeddings()

    assert active_embedding.shrink(model, [np.arange(ROWS)], 0) is None
    assert model.get_input_embeddings() is before


def test_a_special_embedding_stays() -> None:
    """An embedding that does more than look up is trained whole."""
    model = encoder("bert")
    model.get_input_embeddings().max_norm = 1.0

    assert active_embedding.shrink(model, [READ], model.config.pad_token_id) is None
