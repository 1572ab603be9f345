"""Tuning methods: what is trained, what is stored, and what a kill costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from support.engine_tiny import (
    CLASSIFY,
    RECIPE,
    TAG,
    Lab,
    in_both_precisions,
    loaded,
    predict,
    score,
    train,
    weights,
)
from support.tuning_plugin import LowRank, Only
from xharness.engine.encoder import network_files
from xharness.engine.encoder.network import Network
from xharness.engine.training import tuned
from xharness.errors import PluginError
from xharness.keys import key
from xharness.phases import Checkpoint, Model
from xharness.tuning import OfferedTuning, Tuning, TuningMethod, chosen

pytestmark = pytest.mark.training

METHODS: dict[str, TuningMethod] = {"low-rank": LowRank(), "only": Only()}
OFFERED = {name: OfferedTuning(method=method) for name, method in METHODS.items()}
LOW_RANK, LAST_BLOCK = (chosen(m, OFFERED) for m in METHODS.values())
EMBEDDING = chosen(Only(part="word_embeddings"), OFFERED)


@pytest.fixture
def lab(lab: Lab) -> Lab:
    """Return the lab, with the methods of a plugin."""
    return replace(lab, tunings=METHODS)


def first(model: Model) -> Network:
    """Return the network that trainings start from."""
    return network_files.load(Path(model.location), "before")


def changed(before: Network, after: Network) -> set[str]:
    """Return the names of the encoder's parameters that are not the same, byte for byte."""
    pairs = zip(before.encoder.named_parameters(), after.encoder.named_parameters(), strict=True)
    return {name for (name, a), (same, b) in pairs if name != same or not torch.equal(a, b)}


def test_what_is_not_trained_keeps_its_bytes(model: Model, lab: Lab) -> None:
    """With the last block alone trained, no other weight changes, not even by weight decay."""
    recipe = replace(RECIPE, weight_decay=0.1)
    trained = lab.run(train(model, CLASSIFY, recipe=recipe, tuning=LAST_BLOCK))
    names = changed(first(model), loaded(trained))

    assert names
    assert {name.partition("layer.")[2].partition(".")[0] for name in names} == {"1"}


@in_both_precisions
def test_what_is_stored_is_an_ordinary_encoder(model: Model, lab: Lab) -> None:
    """Of a low-rank update the weights that it is beside have changed, by a matrix of its rank."""
    trained = lab.run(train(model, CLASSIFY, tuning=LOW_RANK))
    before, after = first(model), loaded(trained)
    names = changed(before, after)
    weight = "encoder.layer.0.attention.self.query.weight"
    update = (
        dict(after.encoder.named_parameters())[weight]
        - dict(before.encoder.named_parameters())[weight]
    )

    assert names == {
        f"encoder.layer.{n}.attention.self.{of}.weight" for n in (0, 1) for of in ("query", "value")
    }
    assert torch.linalg.matrix_rank(update, rtol=1e-3) == 2


def test_the_trained_numbers_are_counted(model: Model, lab: Lab) -> None:
    """Four layers of 32 have updates of 2 x 32 + 32 x 2 numbers each; a head has 32 x 3 + 3."""
    trained = lab.run(train(model, CLASSIFY, tuning=LOW_RANK))
    ordinary = sum(p.numel() for p in first(model).encoder.parameters())

    assert trained.json("counts.json")["tuning"] == {
        "method": "low-rank:rank=2",
        "trained": 4 * 128 + 99,
        "parameters": ordinary + 4 * 128 + 99,
    }


def test_a_merged_encoder_computes_the_same_and_the_tuned_one_stays(model: Model) -> None:
    """After some training, merging changes no output beyond rounding, nor what is trained on."""
    network = first(model)
    before, method = tuned.shapes(network.encoder), LowRank()
    tuned.make(method, network.encoder, "low-rank")
    with torch.no_grad():
        for _, parameter in network.trained():
            parameter.normal_(0.0, 0.3)
    ids = torch.tensor([[2, 5, 7, 3]])
    ours = network.encoder.eval()(input_ids=ids).last_hidden_state
    merged = tuned.merged(network.encoder, method, before, "low-rank")

    assert tuned.shapes(merged) == before
    torch.testing.assert_close(merged(input_ids=ids).last_hidden_state, ours)
    assert torch.equal(network.encoder(input_ids=ids).last_hidden_state, ours)


@in_both_precisions
@pytest.mark.parametrize("tuning", [LOW_RANK, LAST_BLOCK, EMBEDDING], ids=lambda t: t.words)
def test_an_interrupted_training_goes_on_bit_for_bit(
    model: Model, lab: Lab, tuning: Tuning
) -> None:
    """Stopped after 5 of 12 updates and run again, it ends with the bytes of an unbroken one."""
    recipe = replace(RECIPE, steps=12, keep=3, weight_decay=0.1)
    phase = train(model, CLASSIFY, TAG, recipe=recipe, tuning=tuning)
    whole = lab.run(phase)
    other = lab.elsewhere()
    with pytest.raises(KeyboardInterrupt):
        other.stopping_after(5).run(phase)
    resumed = other.run(phase)

    assert [weights(whole, i) for i in range(3)] == [weights(resumed, i) for i in range(3)]
    assert weights(whole, 0) != weights(whole, 2)


def test_of_a_trained_embedding_only_rows_that_are_read_move(model: Model, lab: Lab) -> None:
    """No window holds the words of tags; their rows keep their bytes, and read rows do not."""
    trained = lab.run(train(model, CLASSIFY, tuning=EMBEDDING))
    before, after = (
        n.encoder.get_input_embeddings().weight for n in (first(model), loaded(trained))
    )
    moved = (before != after).any(dim=1)

    assert 0 < int(moved.sum()) < len(moved)
    assert changed(first(model), loaded(trained)) == {"embeddings.word_embeddings.weight"}


def test_what_was_tuned_predicts_and_is_trained_further(model: Model, lab: Lab) -> None:
    """After 120 updates of one block 8 of 12 rows are right, chance being 4; it can go on."""
    recipe = replace(RECIPE, steps=120, learning_rate=1e-2)
    phase = train(model, CLASSIFY, recipe=recipe, tuning=LAST_BLOCK)
    lab.run(phase)
    start = Checkpoint(train=phase)
    again = lab.run(train(start, TAG))

    assert score(CLASSIFY, lab.run(predict(start, CLASSIFY))) >= 66.0
    assert "embeddings.word_embeddings.weight" in changed(first(model), loaded(again))


def test_a_tuning_is_in_the_key(model: Model) -> None:
    """Method, version and parameters each name other work; none leaves old keys as they were."""
    different = [
        None,
        LOW_RANK,
        chosen(LowRank(rank=3), OFFERED),
        replace(LOW_RANK, version=2),
        replace(LOW_RANK, code="0123456789abcdef"),
        LAST_BLOCK,
    ]

    assert len({key(train(model, CLASSIFY, tuning=t)) for t in different}) == len(different)
    assert key(train(model, CLASSIFY, tuning=None)) == key(train(model, CLASSIFY))


@dataclass(frozen=True, kw_only=True)
class Broken(LowRank):
    """A method that fails in one place."""

    fails: str = "make"

    def make(self, encoder: Any) -> None:
        """Fail, or do as the other."""
        if self.fails == "make":
            raise ValueError("no query")
        LowRank.make(self, encoder)

    def merge(self, encoder: Any) -> None:
        """Leave the updates where they are."""


@pytest.mark.parametrize(
    ("fails", "says"),
    [
        ("make", "tuning method broken:fails=make:rank=2: make raises ValueError: no query"),
        ("merge", "merge leaves the parameter 'encoder.layer.0.attention.self.query.base.bias'"),
    ],
)
def test_a_method_that_fails_is_named(model: Model, lab: Lab, fails: str, says: str) -> None:
    """Whatever a plugin's method does wrong is one error of the phase, with the method's name."""
    broken = Broken(name="broken", fails=fails)
    methods = {"broken": broken}
    tuning = chosen(broken, {"broken": OfferedTuning(method=broken)})
    with pytest.raises(PluginError) as error:
        replace(lab, tunings=methods).run(train(model, CLASSIFY, tuning=tuning))

    assert says in str(error.value)


@pytest.mark.parametrize(
    ("tuning", "says"),
    [
        (replace(LOW_RANK, method="low-ran"), "offers the tuning method 'low-ran'; did you mean"),
        (replace(LOW_RANK, version=2), "version 1 is loaded, version 2 is planned"),
    ],
)
def test_a_method_that_is_not_there_is_refused(
    model: Model, lab: Lab, tuning: Tuning, says: str
) -> None:
    """A training is never made by another method, or another version, than its key says."""
    with pytest.raises(PluginError, match=says):
        lab.run(train(model, CLASSIFY, tuning=tuning))
