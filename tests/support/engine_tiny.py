"""A tiny encoder in a folder, tasks in memory, and a short way to run a phase into a store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from support.phase_run import phase_run
from xharness import engine
from xharness.examples import Tagging
from xharness.execution import scoring
from xharness.keys import key
from xharness.phases import (
    Checkpoint,
    Model,
    Phase,
    Predict,
    Recipe,
    Score,
    Stream,
    Train,
    inputs,
)
from xharness.plugin.hooks import PhaseRun
from xharness.store.store import Artifact, Store
from xharness.tasks import Kind, Task
from xharness.testing import fake_task
from xharness.tuning import TuningMethod

if TYPE_CHECKING:
    from xharness.engine.encoder.network import Network

WORDS = ("en", "de", "thing", "is", "red", "green", "blue", "what", "which", "english", "colour")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
VOCABULARY = {w: i for i, w in enumerate((*SPECIAL, *WORDS, *(str(n) for n in range(12))))}

CLASSIFY = fake_task(Kind.CLASSIFICATION, "classify", rows=24)
TAG = fake_task(Kind.TAGGING, "tag", rows=24)
ANSWER = fake_task(Kind.SPAN_QA, "answer", rows=24)
CHOOSE = fake_task(Kind.MULTIPLE_CHOICE, "choose", rows=24)
RETRIEVE = fake_task(Kind.RETRIEVAL, "retrieve", rows=12)
TASKS = {t.name: t for t in (CLASSIFY, TAG, ANSWER, CHOOSE, RETRIEVE)}

in_both_precisions = pytest.mark.parametrize("precision", ["float32", "bf16"], indirect=True)
"""Tests what holds in any precision; every processor can multiply bf16, if slowly."""

PRECISION = "float32"
"""That of the phases below."""
RECIPE = Recipe(learning_rate=3e-3, batch=8, steps=4)


def make_model(folder: Path, *, layers: int = 2, vocabulary: int = len(VOCABULARY)) -> Model:
    """Write a BERT of two layers and 32 dimensions with a word-level tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    made = Tokenizer(models.WordLevel(VOCABULARY, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    ).save_pretrained(folder)
    return Model(weights="w", tokenizer="t", name="tiny", location=str(folder))


def without_dropout(model: Model, folder: Path) -> Model:
    """Write a model into another folder, without dropout, so that its training draws nothing."""
    from xharness.engine.encoder import network_files

    network = network_files.load(Path(model.location), model.name)
    network.encoder.config.hidden_dropout_prob = 0.0
    network.encoder.config.attention_probs_dropout_prob = 0.0
    network_files.save(network, folder)
    return replace(model, location=str(folder), weights="without dropout")


def fake_encoder(states: Any, *, pooled: Any = None) -> Any:
    """Return an encoder whose hidden states are always these, without dropout."""
    output = SimpleNamespace(last_hidden_state=states, pooler_output=pooled)
    config = SimpleNamespace(hidden_dropout_prob=0.0, hidden_size=states.shape[-1])

    class Fake:
        training = False

        def __call__(self, **_: Any) -> Any:
            return output

    fake: Any = Fake()
    fake.config = config
    return fake


def load_tokenizer(folder: Path) -> Any:
    """Return the tokenizer that `make_model` wrote."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def train(
    start: Model | Checkpoint,
    *tasks: Task,
    recipe: Recipe = RECIPE,
    max_length: int = 32,
    **more: Any,
) -> Train:
    """Return a training on the English training rows of some tasks."""
    streams = tuple(
        Stream(
            task=t.name,
            version=1,
            data="generated:1",
            languages=("en",),
            max_length=max_length,
            stride=4,
        )
        for t in tasks
    )
    return Train(
        **{
            "start": start,
            "streams": streams,
            "recipe": recipe,
            "seed": 1,
            "precision": PRECISION,
            **more,
        }
    )


def predict(start: Model | Checkpoint, task: Task, language: str = "en", **more: Any) -> Predict:
    """Return the prediction of a task's test rows."""
    return Predict(
        **{
            "start": start,
            "task": task.name,
            "version": 1,
            "data": "generated:1",
            "language": language,
            "split": "test",
            "max_length": 32,
            "stride": 4,
            "precision": PRECISION,
            **more,
        }
    )


@dataclass(frozen=True)
class Lab:
    """A store and how phases are run into it."""

    store: Store
    tasks: dict[str, Task]
    should_stop: Callable[[], bool] = lambda: False
    tunings: Mapping[str, TuningMethod] = field(default_factory=dict)
    data_root: Path | None = None

    def run(self, phase: Phase) -> Artifact:
        """Run a phase and return what it published."""
        with self.publishing(phase) as run:
            read = {key(p): self._found(p) for p in inputs(phase)}
            runner = scoring if isinstance(phase, Score) else engine
            assert runner.xharness_run_phase(phase, read, run)
        return self._found(phase)

    def _found(self, phase: Phase) -> Artifact:
        found = self.store.find(key(phase))
        assert found is not None
        return found

    @contextmanager
    def publishing(self, phase: Phase) -> Iterator[PhaseRun]:
        """Give what a phase is given."""
        with self.store.publishing(phase) as building:
            assert building is not None
            yield phase_run(
                building.out,
                self.tasks,
                scratch=building.scratch,
                should_stop=self.should_stop,
                data_root=self.data_root,
                memory=self.store.root / "memory",
                tunings=self.tunings,
            )

    def elsewhere(self) -> Lab:
        """Return the same lab with another, empty store."""
        return replace(self, store=Store(self.store.root.with_name("second")))

    def stopping_after(self, updates: int) -> Lab:
        """Return the same lab, whose user asks to stop after some updates."""
        asked = iter([False] * (updates - 1))
        return replace(self, should_stop=lambda: next(asked, True))


def loaded(trained: Artifact, index: int = 0) -> Network:
    """Return the network of a kept checkpoint."""
    from xharness.engine.encoder import network_files

    return network_files.load(trained.folder(f"checkpoints/{index}"), "trained")


def weights(trained: Artifact, index: int = 0) -> tuple[bytes, bytes]:
    """Return the bytes of a kept checkpoint's encoder and heads."""
    folder = trained.folder(f"checkpoints/{index}")
    return (folder / "model.safetensors").read_bytes(), (folder / "heads.safetensors").read_bytes()


def assert_same_weights(one: Network, other: Network, precision: str) -> None:
    """Fail unless two networks have the same weights, to rounding.

    In bf16 a gradient near zero may have another sign, which Adam makes a whole step of, so one
    weight in a hundred may differ; other gradients would move nearly all of them.
    """
    import torch

    pairs = list(zip(one.parameters(), other.parameters(), strict=True))
    if precision == "float32":
        for (_, ours), (_, theirs) in pairs:
            torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-5)
        return
    apart = torch.cat([(ours - theirs).abs().flatten() > 1e-3 for (_, ours), (_, theirs) in pairs])
    assert apart.float().mean() <= 0.01


def lines(artifact: Artifact, name: str = "predictions.jsonl") -> list[dict[str, Any]]:
    """Return the lines of a JSON Lines file."""
    return [json.loads(line) for line in artifact.file(name).read_text("utf-8").splitlines()]


def score(task: Task, predicted: Artifact, language: str = "en") -> float:
    """Return the ranking score of predictions, in percent."""
    rows = [
        task.metric.statistics(line["prediction"], line["gold"], language)
        for line in lines(predicted)
    ]
    return next(
        iter(task.metric.scores([sum(column) for column in zip(*rows, strict=True)]).values())
    )


def with_rows(
    task: Task, made: Sequence[dict[str, Any]], columns: Sequence[str], **more: Any
) -> Task:
    """Return a task whose generator gives these rows for every config and split."""
    source = replace(task.sources[0], generate=lambda _config, _split: made, columns=tuple(columns))
    return replace(task, sources=(source,), **more)


def sentence(*tokens: str) -> Tagging:
    """Return words that are all nouns."""
    return Tagging(tokens=tokens, tags=("NOUN",) * len(tokens))
