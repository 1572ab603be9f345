"""Masked LM: what is hidden, what the loss sees, and how its updates are mixed into a training."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from support.engine_tiny import (
    CLASSIFY,
    RECIPE,
    TASKS,
    VOCABULARY,
    Lab,
    assert_same_weights,
    in_both_precisions,
    lines,
    load_tokenizer,
    loaded,
    predict,
    train,
    weights,
    without_dropout,
)
from support.tuning_plugin import LowRank
from xharness.engine.encoder import batching, network_files
from xharness.engine.kinds import masked_lm
from xharness.engine.kinds.masked_lm import Masking
from xharness.engine.kinds.windows import IGNORED, Tokenization, Windows
from xharness.engine.training.streams import shares
from xharness.errors import DataError, ModelError, StudyError
from xharness.examples import Plain
from xharness.phases import Checkpoint, Model, Stream, Train
from xharness.tasks import Kind
from xharness.testing import fake_task
from xharness.tuning import OfferedTuning, TuningMethod, chosen

pytestmark = pytest.mark.training

TEXT = fake_task(Kind.MASKED_LM, "text", rows=24)
STREAM = Stream(
    task="text",
    version=1,
    data="generated:1",
    languages=("en", "de"),
    max_length=32,
    share=0.5,
    exponent=0.3,
)


@pytest.fixture
def lab(lab: Lab) -> Lab:
    return replace(lab, tasks={**TASKS, "text": TEXT})


def mixed(model: Model, share: float = 0.5, steps: int = 12, **more: Any) -> Train:
    """Return a training on labelled rows with text mixed in."""
    phase = train(model, CLASSIFY, recipe=replace(RECIPE, steps=steps), budget="updates")
    return replace(phase, streams=(*phase.streams, replace(STREAM, share=share)), **more)


def tokenization(tokenizer: Any, max_length: int = 32) -> Tokenization:
    return Tokenization(tokenizer=tokenizer, max_length=max_length, stride=0, labels=())


def text_of(tokens: int, windows: int) -> Masking:
    """Return windows of 5 special and many ordinary tokens from a vocabulary of 1,000."""
    rng = np.random.default_rng(0)
    ids = [
        np.concatenate([np.arange(5), rng.integers(5, 1000, size=tokens)]) for _ in range(windows)
    ]
    return Masking(
        windows=Windows(ids=ids, types=None, example=np.arange(windows), targets=[], places=[]),
        mask=4,
        special=np.arange(5),
        ordinary=np.arange(5, 1000),
    )


def test_fifteen_percent_are_hidden_in_three_ways() -> None:
    """Of 100 tokens 15 are to be told; 80 % masked, 10 % others, 10 % as they are (3 sigma)."""
    masking = text_of(100, 300)
    found = masking.hide(np.arange(300), seed=1)
    before, after, targets = (np.stack(x) for x in (masking.windows.ids, found.ids, found.targets))
    told = targets != IGNORED
    masked = (after == 4) & told
    other = told & ~masked & (after != before)

    assert told.sum(axis=1).tolist() == [15] * 300
    assert (targets[told] == before[told]).all()
    assert masked.sum() / told.sum() == pytest.approx(0.8, abs=0.018)
    assert other.sum() / told.sum() == pytest.approx(0.1, abs=0.0135)
    assert (after[~told] == before[~told]).all()
    assert not told[:, :5].any()


def test_every_window_has_something_to_tell() -> None:
    """Fifteen percent of one token is still one token."""
    found = text_of(1, 4).hide(np.arange(4), seed=1)

    assert [(t != IGNORED).sum() for t in found.targets] == [1] * 4


def test_other_seeds_hide_other_tokens() -> None:
    """The same seed hides the same tokens in the same way, another one does not."""
    masking, picked = text_of(40, 3), np.array([2, 0])
    one, same, other = (masking.hide(picked, seed) for seed in (1, 1, 2))

    assert [i.tolist() for i in one.ids] == [i.tolist() for i in same.ids]
    assert [i.tolist() for i in one.targets] != [i.tolist() for i in other.targets]
    assert one.example.tolist() == [2, 0]


def test_long_texts_are_cut_into_pieces(model: Model) -> None:
    """Seven words in windows of five tokens, two of them special: pieces of 3, 3 and 1."""
    tokenizer = load_tokenizer(Path(model.location))
    texts = [Plain(text="red blue green is thing en de"), Plain(text="ö ö"), Plain(text="red")]
    found = masked_lm.encode(texts, tokenization(tokenizer, 5), training=True)

    assert [len(i) for i in found.ids] == [5, 5, 3, 3]
    assert found.example.tolist() == [0, 0, 0, 2]
    assert found.ids[2].tolist() == [2, VOCABULARY["de"], 3]
    assert found.notes == {"nothing to tell": 1}


def test_tokenizer_without_a_mask_is_refused(model: Model) -> None:
    """A model that has no mask token cannot learn from hidden tokens."""
    tokenizer = load_tokenizer(Path(model.location))
    tokenizer.mask_token = None
    with pytest.raises(ModelError, match="no mask token"):
        masked_lm.masking(text_of(1, 1).windows, tokenization(tokenizer))


def published(architecture: str) -> Any:
    """Return a small masked LM of transformers with weights of some size."""
    import transformers

    torch.manual_seed(1)
    sizes = {
        "vocab_size": 40,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "pad_token_id": 0,
        "initializer_range": 0.5,
    }
    config = getattr(transformers, f"{architecture}Config")(**sizes)
    made = getattr(transformers, f"{architecture}ForMaskedLM")(config).eval()
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if name.endswith("bias"):
                parameter.normal_()
    return made


@pytest.mark.parametrize("architecture", ["Bert", "XLMRoberta", "ModernBert"])
def test_scores_and_loss_are_those_of_transformers(architecture: str, tmp_path: Path) -> None:
    """With a model's own output layers, logits and loss at hidden tokens equal its own."""
    from transformers import AutoModel

    theirs = published(architecture)
    theirs.save_pretrained(tmp_path)
    encoder = AutoModel.from_pretrained(tmp_path).eval()
    layers, origin = masked_lm.head(encoder, masked_lm.pretrained(tmp_path))
    ids = torch.arange(5, 25).view(2, 10)
    targets = torch.full_like(ids, IGNORED)
    targets[0, 3], targets[1, 1], targets[1, 7] = 9, 30, 31
    with torch.no_grad():
        wanted = theirs(input_ids=ids, labels=targets)
        states = encoder(input_ids=ids).last_hidden_state
        found = masked_lm.logits(layers, states, targets, encoder)

    assert origin == "pretrained"
    torch.testing.assert_close(found, wanted.logits[targets != IGNORED], rtol=1e-4, atol=1e-4)
    assert float(masked_lm.loss(found, targets, ids)) / 3 == pytest.approx(
        float(wanted.loss), rel=1e-4
    )


def test_layers_that_do_not_fit_are_not_taken(model: Model) -> None:
    """Output layers of another vocabulary are left where they are; the new ones change nothing."""
    encoder = network_files.load(Path(model.location), "tiny").encoder
    other = {"dense": torch.eye(32), "norm": torch.ones(32), "bias": torch.zeros(99)}
    layers, origin = masked_lm.head(encoder, other)

    assert origin == "identity"
    assert layers["dense"].tolist() == torch.eye(32).tolist()
    assert len(layers["bias"]) == len(VOCABULARY)


@pytest.mark.parametrize(
    ("share", "budget", "made"),
    [
        (0.3, "updates", [14, 6]),
        (0.3, "examples", [20, 9]),
        (1.0, "updates", [0, 20]),
        (0.5, "examples", [20, 20]),
    ],
)
def test_shares_of_updates_are_exact(
    model: Model, lab: Lab, share: float, budget: str, made: list[int]
) -> None:
    """Of 20 updates 30 % are 6; on top of 20 they are 20 * 0.3 / 0.7, which is 9."""
    counts = lab.run(mixed(model, share, steps=20, budget=budget)).json("counts.json")

    assert [s["updates"] for s in counts["streams"]] == made
    assert counts["updates"] == sum(made)


def test_counts_say_what_was_read(model: Model, lab: Lab) -> None:
    """The text's windows of each language stand there, and where its output layers are from."""
    (_, text) = lab.run(mixed(model)).json("counts.json")["streams"]

    assert text["languages"] == {"en": 24, "de": 24}
    assert text["output layers"] == "identity"
    assert (text["rows"], text["windows"], text["nothing to tell"]) == (48, 48, 0)


@in_both_precisions
def test_masked_lm_is_learnt(model: Model, lab: Lab) -> None:
    """Text of 20 words: after 150 updates the loss is far below log(28), its value by guessing."""
    phase = mixed(model, 1.0, steps=150)
    curve = [line["loss"] for line in lines(lab.run(phase), "curve.jsonl")]

    assert np.mean(curve[:5]) == pytest.approx(np.log(28), abs=1.5)
    assert np.mean(curve[-20:]) < 0.6 * np.log(28)


@in_both_precisions
@pytest.mark.parametrize("stop", [1, 7])
def test_interrupted_mixture_goes_on_bit_for_bit(model: Model, lab: Lab, stop: int) -> None:
    """Stopped and run again, it ends with the bytes, curve and counts of an unbroken one."""
    phase = mixed(model)
    whole = lab.run(phase)
    other = lab.elsewhere()
    with pytest.raises(KeyboardInterrupt):
        other.stopping_after(stop).run(phase)
    resumed = other.run(phase)

    assert weights(whole) == weights(resumed)
    assert lines(whole, "curve.jsonl") == lines(resumed, "curve.jsonl")
    assert whole.json("counts.json") == resumed.json("counts.json")


@in_both_precisions
def test_micro_batches_do_not_change_what_is_hidden(
    model: Model, lab: Lab, tmp_path: Path, precision: str
) -> None:
    """Without dropout, one window at a time gives the weights of the whole batch, to rounding."""
    phase = mixed(without_dropout(model, tmp_path / "still"), 1.0, steps=4)
    whole = lab.run(phase)
    small = replace(phase, recipe=replace(phase.recipe, micro_tokens=1))
    split = lab.elsewhere().run(small)

    assert_same_weights(loaded(whole), loaded(split), precision)


def test_trained_layers_are_saved_and_loaded(model: Model, lab: Lab) -> None:
    """A checkpoint has the layers of masked LM beside the other head, under their names."""
    trained = lab.run(mixed(model))
    heads = loaded(trained).heads

    assert {h.kind for h in heads.values()} == {Kind.CLASSIFICATION, Kind.MASKED_LM}
    assert {n for n, _ in heads["text"].linear.named_parameters()} == {
        *("dense", "dense_bias", "norm", "norm_bias", "bias")
    }


def test_text_is_never_predicted(model: Model, lab: Lab) -> None:
    """A prediction of running text says that there is nothing to predict."""
    phase = mixed(model)
    lab.run(phase)
    with pytest.raises(DataError, match="text: a masked_lm task is trained on, and predicts"):
        lab.run(predict(Checkpoint(train=phase), TEXT))


def test_languages_are_drawn_by_their_exponent() -> None:
    """Of 16 and 256 windows, n ** 0.5 is 4 to 16: a fifth of 2,000 windows (3 sigma: 54)."""
    groups = [np.arange(16), np.arange(16, 272)]
    found = batching.updates_by_group(np.ones(272, dtype=np.int64), groups, 0.5, 20, seed=1)
    seen = np.concatenate(list(islice(found, 100)))

    assert (seen < 16).sum() == pytest.approx(400, abs=54)
    assert set(seen[seen < 16]) == set(range(16))


def test_updates_of_one_batch_are_about_equally_long() -> None:
    """Of 64 lengths in batches of 8, an update of two languages spans few of them."""
    lengths = np.arange(64)
    groups = [np.arange(0, 64, 2), np.arange(1, 64, 2)]
    found = list(islice(batching.updates_by_group(lengths, groups, 0.3, 8, seed=1), 50))

    assert np.mean([np.ptp(lengths[u]) for u in found]) < 4


def streams(*windows: int) -> list[Any]:
    """Return pools of so many windows, as far as shares are concerned."""
    return [SimpleNamespace(share=None, lengths=range(n)) for n in windows]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, [100, 10_000]),
        ({"mixing": "uniform"}, [1, 1]),
        ({"mixing": "capped", "cap": 1000}, [100, 1000]),
        ({"mixing": "temperature", "temperature": 2.0}, [10, 100]),
    ],
)
def test_tasks_are_mixed_by_rule(model: Model, fields: Any, wanted: list[float]) -> None:
    """Raffel et al. 2020: 100 and 10,000 windows, capped at 1,000, or with roots taken."""
    phase = train(model, CLASSIFY, CLASSIFY, **fields)

    assert shares(phase, streams(100, 10_000)) == pytest.approx(wanted)


@pytest.mark.parametrize("fields", [{"mixing": "capped"}, {"mixing": "temperature"}])
def test_a_rule_needs_its_number(model: Model, fields: Any) -> None:
    """A cap or a temperature that is missing is never made up."""
    with pytest.raises(StudyError, match="capped with a cap"):
        shares(train(model, CLASSIFY, **fields), streams(100))


def test_text_is_mixed_into_a_training_that_a_method_tunes(model: Model, lab: Lab) -> None:
    """Masked LM scores tokens by the embeddings, which stay where only updates are trained."""
    tuning = chosen(LowRank(), {"low-rank": OfferedTuning(method=LowRank())})
    methods: dict[str, TuningMethod] = {"low-rank": LowRank()}
    trained = replace(lab, tunings=methods).run(mixed(model, tuning=tuning))
    before = network_files.load(Path(model.location), "before").encoder.state_dict()
    after = loaded(trained).encoder.state_dict()
    moved = {n for n, weight in after.items() if not torch.equal(weight, before[n])}

    assert {n.rpartition(".")[0].rpartition(".")[2] for n in moved} == {"query", "value"}
    assert [s["updates"] for s in trained.json("counts.json")["streams"]] == [6, 6]
