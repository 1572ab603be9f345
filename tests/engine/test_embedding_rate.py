"""The share of the learning rate at which token embeddings are trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from support.engine_tiny import CLASSIFY, RECIPE, TAG, Lab, loaded, train, weights
from xharness.engine.encoder import network_files
from xharness.keys import key
from xharness.phases import Model
from xharness.store.store import Artifact

pytestmark = pytest.mark.training


def moved(model: Model, trained: Artifact) -> torch.Tensor:
    """Return how far each number of the embedding is from where it was before the training."""
    before = network_files.load(Path(model.location), "before").encoder.get_input_embeddings()
    after = loaded(trained).encoder.get_input_embeddings()
    return (after.weight - before.weight).detach()


def test_an_embedding_of_rate_zero_keeps_its_bytes(model: Model, lab: Lab) -> None:
    """With weight decay, which changes unread rows too, no number of it changes; others do."""
    recipe = replace(RECIPE, weight_decay=0.1, embedding_rate=0.0)
    trained = lab.run(train(model, CLASSIFY, recipe=recipe))
    before = network_files.load(Path(model.location), "before").encoder

    assert torch.equal(
        moved(model, trained), torch.zeros_like(before.get_input_embeddings().weight)
    )
    assert not torch.equal(
        loaded(trained).encoder.encoder.layer[0].output.dense.weight,
        before.encoder.layer[0].output.dense.weight,
    )


def test_a_tenth_of_the_rate_is_a_tenth_of_the_way(model: Model, lab: Lab) -> None:
    """AdamW's first update is the rate times g / (|g| + epsilon), minus rate * decay * weight.

    Both parts are proportional to the rate (Loshchilov and Hutter 2019, algorithm 2), in rows that
    are read and in those that are not. All other weights move as far as before.
    """
    once = replace(RECIPE, steps=1, warmup=0.0, weight_decay=0.1)
    whole = lab.run(train(model, CLASSIFY, recipe=once))
    tenth = lab.run(train(model, CLASSIFY, recipe=replace(once, embedding_rate=0.1)))

    torch.testing.assert_close(moved(model, tenth), 0.1 * moved(model, whole), rtol=1e-3, atol=1e-7)
    # Of the 28 rows the training reads some, which move by the rate, 3e-3; decay alone moves
    # weights of 0.02 by less than 1e-4.
    read = moved(model, whole).abs().amax(dim=1) > 2e-3
    assert 0 < int(read.sum()) < len(read)
    for (name, ours), (_, theirs) in zip(
        loaded(whole).parameters(), loaded(tenth).parameters(), strict=True
    ):
        assert torch.equal(ours, theirs) or "word_embeddings" in name


@pytest.mark.parametrize("rate", [0.0, 0.1])
def test_an_interrupted_training_goes_on_bit_for_bit(model: Model, lab: Lab, rate: float) -> None:
    """Stopped after 5 of 12 updates and run again, it ends with the bytes of an unbroken one."""
    recipe = replace(RECIPE, steps=12, keep=3, weight_decay=0.1, embedding_rate=rate)
    phase = train(model, CLASSIFY, TAG, recipe=recipe)
    whole = lab.run(phase)
    other = lab.elsewhere()
    with pytest.raises(KeyboardInterrupt):
        other.stopping_after(5).run(phase)
    resumed = other.run(phase)

    assert [weights(whole, i) for i in range(3)] == [weights(resumed, i) for i in range(3)]


def test_only_another_rate_is_in_the_key(model: Model) -> None:
    """Trainings of before keep their keys; one whose embeddings move slower has another."""
    keys = [
        key(train(model, CLASSIFY, recipe=replace(RECIPE, embedding_rate=rate)))
        for rate in (1.0, 0.1, 0.0)
    ]

    assert keys[0] == key(train(model, CLASSIFY))
    assert len(set(keys)) == 3
