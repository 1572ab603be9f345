"""Predicting: in row order, the same however it is cut, from the checkpoint that a rule chooses."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from support.engine_tiny import (
    CLASSIFY,
    RECIPE,
    RETRIEVE,
    Lab,
    in_both_precisions,
    lines,
    predict,
    train,
)
from xharness.engine.encoder import network_files, weights
from xharness.engine.encoder.network import Network
from xharness.errors import ModelError
from xharness.keys import key
from xharness.phases import Checkpoint, Model, Pooling, Score, Train

pytestmark = pytest.mark.training


def trained(lab: Lab, model: Model, keep: int = 1) -> Train:
    phase = train(model, CLASSIFY, recipe=replace(RECIPE, steps=6, keep=keep))
    lab.run(phase)
    return phase


def test_predictions_are_in_row_order_with_their_names(model: Model, lab: Lab) -> None:
    """One line per row: item, cluster, prediction and gold."""
    found = lines(lab.run(predict(Checkpoint(train=trained(lab, model)), CLASSIFY)))

    assert [f["item"] for f in found] == [f"test-{i}" for i in range(24)]
    assert [f["cluster"] for f in found] == [str(i // 2) for i in range(24)]
    assert [f["gold"] for f in found][:3] == ["red", "green", "blue"]
    assert {f["prediction"] for f in found} <= {"red", "green", "blue"}


@in_both_precisions
def test_a_ranked_prediction_stores_all_labels(model: Model, lab: Lab) -> None:
    """Each row has its labels, the prediction first, and nothing else changes."""
    asked = predict(Checkpoint(train=trained(lab, model)), CLASSIFY)
    plain, ranked = lines(lab.run(asked)), lines(lab.run(replace(asked, ranked=True)))

    assert all(sorted(row["ranking"]) == ["blue", "green", "red"] for row in ranked)
    assert all(row["ranking"][0] == row["prediction"] for row in ranked)
    assert [{k: v for k, v in row.items() if k != "ranking"} for row in ranked] == plain


def test_portions_do_not_change_predictions(model: Model, lab: Lab) -> None:
    """One window at a time answers what all at once answer, in another store."""
    phase = trained(lab, model)
    whole = lab.run(predict(Checkpoint(train=phase), CLASSIFY))
    other = lab.elsewhere()
    trained(other, model)
    single = other.run(predict(Checkpoint(train=phase), CLASSIFY, micro_tokens=1))

    assert lines(whole) == lines(single)


def test_a_network_is_loaded_once_for_many_languages(
    model: Model, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two languages after one another share the network in memory."""
    phase = trained(lab, model)
    real, loads = network_files.load, []

    def load(folder: Path, name: str, *rest: float | None) -> Network:
        loads.append(name)
        return real(folder, name, *rest)

    monkeypatch.setattr(network_files, "load", load)
    for language in ("en", "de"):
        lab.run(predict(Checkpoint(train=phase), CLASSIFY, language))

    assert len(loads) == 1


def test_rules_choose_among_kept_checkpoints(model: Model, lab: Lab) -> None:
    """The rule "last" takes the last kept, "average" the mean of all weights."""
    phase = trained(lab, model, keep=3)
    read = {key(phase): lab.store.find(key(phase))}
    kept = [
        weights.load(Checkpoint(train=phase, rule="kept", index=i), read, offline=True)  # type: ignore[arg-type]
        for i in range(3)
    ]
    last, mean = (
        weights.load(Checkpoint(train=phase, rule=r), read, offline=True)  # type: ignore[arg-type]
        for r in ("last", "average")
    )
    first = [next(n.parameters())[1] for n in (*kept, last, mean)]

    assert torch.equal(first[2], first[3])
    torch.testing.assert_close(first[4], (first[0] + first[1] + first[2]) / 3)


@in_both_precisions
def test_best_checkpoint_has_the_highest_mean_dev_score(model: Model, lab: Lab) -> None:
    """Dev scores of 50, 70 and 70 choose the second checkpoint, the earliest of equals."""
    phase = trained(lab, model, keep=3)
    dev = tuple(
        (
            Score(
                predictions=predict(Checkpoint(train=phase, rule="kept", index=i), CLASSIFY),
                metric="m",
            ),
        )
        for i in range(3)
    )
    for (score,), value in zip(dev, (50.0, 70.0, 70.0), strict=True):
        with lab.publishing(score) as run:
            (run.out / "score.json").write_text(json.dumps({"score": value}), "utf-8")
    best = Checkpoint(train=phase, rule="best", dev=dev)
    second = Checkpoint(train=phase, rule="kept", index=1)

    assert lines(lab.run(predict(best, CLASSIFY))) == lines(lab.run(predict(second, CLASSIFY)))
    with pytest.raises(ModelError, match=r"rule 'best': .* what it needs is missing"):
        lab.run(predict(Checkpoint(train=phase, rule="best"), CLASSIFY))


@in_both_precisions
def test_retrieval_finds_the_nearest_target(model: Model, lab: Lab) -> None:
    """Predictions are the items whose target vectors have the largest cosine, by numpy."""
    phase = predict(model, RETRIEVE, pooling=Pooling(layer=1))
    found = lab.run(phase)
    vectors = load_file(found.file("embeddings.safetensors"))
    source, target = (
        v / np.linalg.norm(v, axis=1, keepdims=True) for v in (vectors["source"], vectors["target"])
    )
    nearest = (source @ target.T).argmax(axis=1)

    assert [f["prediction"] for f in lines(found)] == [f"test-{i}" for i in nearest]
    assert [f["gold"] for f in lines(found)] == [f"test-{i}" for i in range(12)]
    assert vectors["source"].shape == (12, 32)
    assert {v.dtype for v in vectors.values()} == {np.dtype(np.float32)}


@in_both_precisions
def test_pooling_is_the_mean_over_what_is_not_padding(
    model: Model, lab: Lab, precision: str
) -> None:
    """A sentence's vector is the same alone and in a padded batch, to rounding."""
    whole = lab.run(predict(model, RETRIEVE, pooling=Pooling(layer=-1)))
    other = lab.elsewhere()
    single = other.run(predict(model, RETRIEVE, pooling=Pooling(layer=-1), micro_tokens=1))
    one, alone = (load_file(a.file("embeddings.safetensors"))["source"] for a in (whole, single))

    rounding = {"float32": 1e-5, "bf16": 2**-6}  # bf16 has eight bits
    np.testing.assert_allclose(one, alone, atol=rounding[precision])


def test_layer_that_the_model_lacks_is_refused(model: Model, lab: Lab) -> None:
    """The tiny model has layers 0 to 2."""
    with pytest.raises(ModelError, match=r"no layer 7; the model has 0 \(embeddings\) to 2"):
        lab.run(predict(model, RETRIEVE, pooling=Pooling(layer=7)))


def test_engine_is_offered_without_loading_torch() -> None:
    """Importing the plugin loads no tensor library."""
    code = (
        "import sys, xharness.engine;"
        "print(*sorted({'torch', 'transformers', 'datasets', 'faiss'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == ""
