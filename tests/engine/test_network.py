"""Models come from ordinary folders and go back to them; what cannot be used is said so."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest

from support.engine_tiny import (
    ANSWER,
    CHOOSE,
    CLASSIFY,
    RECIPE,
    TAG,
    VOCABULARY,
    Lab,
    fake_encoder,
    make_model,
    predict,
    train,
)
from xharness.engine.encoder import network_files
from xharness.engine.encoder.network import Network, fresh_head
from xharness.engine.export import export_model
from xharness.engine.kinds.windows import Batch
from xharness.errors import ModelError, StudyError
from xharness.phases import Model
from xharness.store.store import Store
from xharness.tasks import Task


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    """Return a copy of the tiny model, to be broken."""
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def test_other_weights_than_safetensors_are_refused(folder: Path) -> None:
    """A folder without safetensors says why, and what to do."""
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"no weights as safetensors .* save_pretrained"):
        network_files.load(folder, "tiny")


@pytest.mark.parametrize("keep", [10, 2000])
def test_corrupt_weights_are_refused(folder: Path, keep: int) -> None:
    """Weights that were cut off cannot be loaded, and the model is named."""
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:keep])
    with pytest.raises(ModelError, match="model tiny: cannot be loaded"):
        network_files.load(folder, "tiny")


def test_missing_tokenizer_is_refused(folder: Path) -> None:
    """No tokenizer is made up where the folder has none."""
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"model tiny: no tokenizer in .* tokenizer\.json"):
        network_files.load(folder, "tiny")


def test_weights_that_the_config_asks_for_must_be_there(folder: Path, tmp_path: Path) -> None:
    """A config of three layers on the files of two: the missing weights are counted and named."""
    make_model(tmp_path / "deeper", layers=3)
    shutil.copy(tmp_path / "deeper/config.json", folder / "config.json")
    with pytest.raises(ModelError, match=r"16 weights .* such as encoder\.layer\.2"):
        network_files.load(folder, "tiny")


def test_tokenizer_larger_than_the_embeddings_is_refused(tmp_path: Path) -> None:
    """A tokenizer whose ids the model does not have is told both sizes."""
    make_model(tmp_path, vocabulary=20)
    with pytest.raises(ModelError, match=f"{len(VOCABULARY)} tokens, the embeddings only 20"):
        network_files.load(tmp_path, "tiny")


def test_window_longer_than_the_model_reads_is_refused(folder: Path) -> None:
    """The tiny model has 64 positions."""
    with pytest.raises(ModelError, match="max_length 65: the model reads at most 64"):
        network_files.load(folder, "tiny").tokenization((), 65, 0)


def test_positions_of_roberta_begin_behind_the_padding(folder: Path) -> None:
    """XLM-R's first token has position padding id + 1, and padding beside it moves no token.

    Liu et al. 2019 trained positions from there on; of 20 rows 18 are left for a window.
    """
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel

    torch.manual_seed(0)
    size = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    config = XLMRobertaConfig(
        vocab_size=9, intermediate_size=8, max_position_embeddings=20, pad_token_id=1, **size
    )
    encoder = XLMRobertaModel(config).eval()
    tokenizer = network_files.load(folder, "tiny").tokenizer
    network = Network(encoder=encoder, tokenizer=tokenizer, tokenizer_digest="", heads={})
    ids = torch.tensor([[0, 5, 6, 2], [0, 7, 2, 1]])
    batch = Batch(ids=ids, mask=(ids != 1).long(), types=None, targets=ids)
    places = torch.tensor([[2, 3, 4, 5], [2, 3, 4, 1]])
    with torch.inference_mode():
        ours = network.hidden(batch)[-1]
        placed = encoder(input_ids=ids, attention_mask=batch.mask, position_ids=places)[0]

    assert torch.equal(ours[batch.mask == 1], placed[batch.mask == 1])
    assert network.window_limit() == 18


@pytest.mark.parametrize("form", ["linear", "mlp"])
def test_fresh_head_depends_on_seed_and_task_alone(folder: Path, form: str) -> None:
    """The same head whatever was drawn before; another for another task or seed."""
    import torch

    encoder = network_files.load(folder, "tiny").encoder

    def weights(task: Task, seed: int) -> list[torch.Tensor]:
        of = fresh_head(task, encoder, seed, form).linear.parameters()
        return [p for p in of if p.ndim > 1]

    one = weights(CLASSIFY, 1)
    torch.rand(7)
    again, other, tags = weights(CLASSIFY, 1), weights(CLASSIFY, 2), weights(TAG, 1)

    assert len(one) == (2 if form == "mlp" else 1)
    assert all(map(torch.equal, one, again))
    assert not any(map(torch.equal, one, other))
    assert not torch.equal(one[0][:2], tags[0])


def test_an_mlp_head_is_dense_tanh_and_out_on_the_pooled_output() -> None:
    """Pooled 1, dense 2 and out 3 give 3 * tanh(2); without a pooler the first token's 0.5 counts.

    The order of layers is that of `ClassificationHead` in jiant's heads.py.
    """
    import torch

    ids = torch.ones(1, 2, dtype=torch.long)
    batch = Batch(ids=ids, mask=ids, types=None, targets=ids)
    hidden = torch.tensor([[[0.5], [7.0]]])
    found = {}
    for name, pooled in (("pooler", torch.ones(1, 1)), ("none", None)):
        encoder = fake_encoder(hidden, pooled=pooled)
        head = fresh_head(CLASSIFY, encoder, 1, "mlp")
        for parameter, value in zip(head.linear.parameters(), (2.0, 0.0, 3.0, 0.0), strict=True):
            torch.nn.init.constant_(parameter, value)
        network = Network(encoder=encoder, tokenizer=None, tokenizer_digest="", heads={})
        found[name] = network.logits(head, batch)[0].tolist()

    assert found["pooler"] == pytest.approx([3 * math.tanh(2.0)] * 3)
    assert found["none"] == pytest.approx([3 * math.tanh(1.0)] * 3)


@pytest.mark.parametrize(
    ("task", "form", "dropped"),
    [
        (CLASSIFY, "linear", True),
        (TAG, "linear", True),
        (ANSWER, "linear", True),
        (CLASSIFY, "mlp", True),
        (CHOOSE, "mlp", True),
        (TAG, "mlp", True),
        (ANSWER, "mlp", False),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_only_the_answers_of_jiants_heads_have_no_dropout(
    task: Task, form: str, dropped: bool
) -> None:
    """A dropout of everything leaves the biases, zero; `QAHead` of jiant has none."""
    import torch

    states = torch.ones(1, 4)
    head = fresh_head(task, fake_encoder(states), 1, form)
    scores = head.scores(states, 1.0, training=True)

    assert torch.equal(scores, torch.zeros_like(scores)) is dropped
    assert bool(head.scores(states, 1.0, training=False).any())


@pytest.mark.parametrize("form", ["linear", "mlp"])
def test_saved_network_is_loaded_as_it_was(folder: Path, tmp_path: Path, form: str) -> None:
    """Weights, heads and labels survive saving, bit for bit."""
    import torch

    network = network_files.load(folder, "tiny")
    network.heads["classify"] = fresh_head(CLASSIFY, network.encoder, 1, form)
    network.heads["answer"] = fresh_head(ANSWER, network.encoder, 1, form)
    network_files.save(network, tmp_path / "saved")
    loaded = network_files.load(tmp_path / "saved", "saved")
    pairs = zip(network.parameters(), loaded.parameters(), strict=True)

    assert loaded.heads["classify"].labels == CLASSIFY.labels
    assert {head.form for head in loaded.heads.values()} == {form}
    assert all(n == m and torch.equal(p, q) for (n, p), (m, q) in pairs)


def test_exported_model_starts_another_comparison(folder: Path, tmp_path: Path) -> None:
    """An export is a folder that transformers and xharness load; it has the trained weights."""
    from transformers import AutoModel

    model = Model(weights="w", tokenizer="t", name="tiny", location=str(folder))
    lab = Lab(Store(tmp_path / "store"), {"classify": CLASSIFY})
    trained = lab.run(train(model, CLASSIFY, recipe=RECIPE))
    out = tmp_path / "exported"
    export_model(trained.path, out)
    again = Model(weights="x", tokenizer="t", name="exported", location=str(out))

    assert AutoModel.from_pretrained(out).config.hidden_size == 32
    assert (out / "model.safetensors").read_bytes() == (
        trained.file("checkpoints/0/model.safetensors").read_bytes()
    )
    assert lab.run(train(again, CLASSIFY)).path.is_dir()


def test_export_never_overwrites(tmp_path: Path) -> None:
    """A folder that holds anything is refused, and so is an artifact that was not trained."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    (tmp_path / "trained/checkpoints/0").mkdir(parents=True)
    with pytest.raises(StudyError, match="not an empty folder"):
        export_model(tmp_path / "trained", tmp_path / "full")
    with pytest.raises(ModelError, match="holds no checkpoint"):
        export_model(tmp_path / "full", tmp_path / "new")


def test_prediction_without_a_head_says_what_to_train(folder: Path, tmp_path: Path) -> None:
    """A head of another task is not used in its place."""
    model = Model(weights="w", tokenizer="t", name="tiny", location=str(folder))
    lab = Lab(Store(tmp_path / "store"), {"classify": CLASSIFY})
    with pytest.raises(ModelError, match=r"no head for it .*; train on classify first"):
        lab.run(predict(model, CLASSIFY))
