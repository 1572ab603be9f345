"""An encoder with its tokenizer and heads, and what it computes of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from xharness.engine.encoder import packed
from xharness.engine.encoder.batching import derived_seed
from xharness.engine.kinds import TRAINED, Functions, masked_lm
from xharness.engine.kinds.windows import Batch, IntArray, Tokenization, Windows, collate
from xharness.errors import ModelError
from xharness.tasks import Kind, Task

_OF_A_TEXT = (Kind.CLASSIFICATION, Kind.MULTIPLE_CHOICE)
"""Kinds whose heads read one vector a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last layer of one task."""

    task: str
    kind: Kind
    labels: tuple[str, ...]
    """In the order of its outputs."""
    linear: torch.nn.Module
    """A linear layer; two of them, `dense` and `out`; or those of `masked_lm.head`."""
    form: str = "linear"
    """As in `Recipe.head`."""
    origin: str = "fresh"
    """For masked LM "pretrained" or "identity", see `masked_lm.head`; other kinds do not use it."""

    @property
    def functions(self) -> Functions:
        """Return the functions of its kind."""
        return TRAINED[self.kind]

    def scores(self, states: torch.Tensor, dropout: float, *, training: bool) -> torch.Tensor:
        """Return (..., outputs) for states (..., H); see `Recipe.head`."""
        if self.form == "mlp" and self.kind is Kind.SPAN_QA:
            dropout = 0.0
        states = functional.dropout(states, dropout, training=training)
        last = self.linear
        if isinstance(last, torch.nn.ModuleDict):
            states = torch.tanh(last["dense"](states))
            states = functional.dropout(states, dropout, training=training)
            last = last["out"]
        scores: torch.Tensor = last(states)
        return scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """An encoder, its tokenizer and its heads."""

    encoder: Any
    tokenizer: Any
    tokenizer_digest: str
    """SHA-256 of everything that decides the tokens of a text."""
    heads: dict[str, Head]
    """By the task that each was trained on."""
    packs: int = 0
    """0 for an encoder that reads padded windows; else as `packed` of `collate`."""

    def parameters(self) -> Iterator[tuple[str, torch.nn.Parameter]]:
        """Yield names and parameters, in a fixed order."""
        yield from ((f"encoder.{n}", p) for n, p in self.encoder.named_parameters())
        for task, head in sorted(self.heads.items()):
            yield from ((f"heads.{task}.{n}", p) for n, p in head.linear.named_parameters())

    def trained(self) -> Iterator[tuple[str, torch.nn.Parameter]]:
        """Yield names and parameters of what a training changes, in a fixed order."""
        yield from ((name, p) for name, p in self.parameters() if p.requires_grad)

    def to(self, device: torch.device) -> Network:
        """Move all weights to a device, and return the network."""
        self.encoder.to(device)
        for head in self.heads.values():
            head.linear.to(device)
        return self

    def batch(self, windows: Windows, picked: IntArray, device: torch.device) -> Batch:
        """Return some windows as the batch that this network reads; see `collate`."""
        padding = self.tokenizer.pad_token_id
        return collate(windows, picked, padding, device, self.packs)

    def hidden(self, batch: Batch) -> tuple[torch.Tensor, ...]:
        """Return the hidden states of a batch, (B, T, H), of every layer."""
        states: tuple[torch.Tensor, ...] = self._run(batch, every_layer=True).hidden_states
        return states

    def _run(self, batch: Batch, *, every_layer: bool = False) -> Any:
        """Return what the encoder gives for a batch, as transformers names it."""
        more = {}
        if batch.types is not None and self.reads_types():
            more = {"token_type_ids": batch.types}
        if batch.packing is not None:
            return packed.run(self.encoder, batch, batch.packing, every_layer=every_layer, **more)
        return self.encoder(
            input_ids=batch.ids, attention_mask=batch.mask, output_hidden_states=every_layer, **more
        )

    def logits(self, head: Head, batch: Batch) -> torch.Tensor:
        """Return the head's outputs for a batch; their shape is the kind's.

        They are float32. Only those of masked LM keep the encoder's precision: nothing is ever
        predicted from them.
        """
        output = self._run(batch)
        if head.functions.states is None:
            return masked_lm.logits(
                head.linear, output.last_hidden_state, batch.targets, self.encoder
            )
        states = head.functions.states(output.last_hidden_state, batch.mask)
        if isinstance(head.linear, torch.nn.ModuleDict):
            pooled = getattr(output, "pooler_output", None)
            states = states if pooled is None else pooled
        rate = _dropout(self.encoder.config)
        # In float32 whatever the encoder computes in: with the 8 significant bits of bf16, the
        # best span of one question in twenty was tied with another, and the earlier one won.
        with torch.autocast(states.device.type, enabled=False):
            scores = head.scores(states.float(), rate, training=self.encoder.training)
        return scores if batch.together == 1 else scores.view(-1, batch.together)

    def tokenization(self, labels: Sequence[str], max_length: int, stride: int) -> Tokenization:
        """Return how text becomes tokens for this network.

        Raises:
            ModelError: If the network cannot read windows of this length.
        """
        limit = self.window_limit()
        if limit is not None and max_length > limit:
            raise ModelError(f"max_length {max_length}: the model reads at most {limit} tokens")
        return Tokenization(
            tokenizer=self.tokenizer, max_length=max_length, stride=stride, labels=tuple(labels)
        )

    def window_limit(self) -> int | None:
        """Return how many tokens a window can have, None where the model sets no limit."""
        config, tokenizer = self.encoder.config, self.tokenizer
        # Tokenizers without a limit have a huge number here.
        limits = [n for n in (tokenizer.model_max_length,) if n < 1_000_000]
        positions = getattr(config, "max_position_embeddings", None)
        if positions:
            embeddings = getattr(self.encoder, "embeddings", None)
            table = getattr(embeddings, "position_embeddings", None)
            # RoBERTa's family counts positions from the padding id on.
            skipped = getattr(table, "padding_idx", None)
            limits.append(positions - (0 if skipped is None else skipped + 1))
        return min(limits, default=None)

    def reads_types(self) -> bool:
        """Return whether the model tells the two texts of a pair apart by token types."""
        return bool((getattr(self.encoder.config, "type_vocab_size", 0) or 0) > 1)


def _dropout(config: Any) -> float:
    """Return the model's own dropout before a classifier."""
    names = ("classifier_dropout", "hidden_dropout_prob", "hidden_dropout", "dropout")
    return next((float(v) for n in names if (v := getattr(config, n, None)) is not None), 0.1)


def fresh_head(
    task: Task,
    encoder: Any,
    seed: int,
    form: str = "linear",
    given: Mapping[str, torch.Tensor] | None = None,
) -> Head:
    """Return a new head, drawn from the seed and the task's name; for masked LM from the model.

    Args:
        task: What it is for.
        encoder: Gives the head its input, and states the size of it.
        seed: Of linear layers.
        form: As in `Recipe.head`.
        given: The model's own layers for masked LM; see `masked_lm.pretrained`.

    Source:
        Devlin et al. 2019: normal with the model's initializer_range, biases zero.
    """
    outputs = TRAINED[task.kind].outputs
    if outputs is None:
        layers, origin = masked_lm.head(encoder, given or {})
        return Head(task=task.name, kind=task.kind, labels=(), linear=layers, origin=origin)
    deep = form == "mlp" and task.kind in _OF_A_TEXT
    linear = head_layers(encoder.config.hidden_size, outputs(task.labels), deep=deep)
    # Not torch's global generator, so that the head is the same whatever was drawn before it.
    generator = torch.Generator().manual_seed(derived_seed(seed, "head", task.name))
    deviation = float(getattr(encoder.config, "initializer_range", None) or 0.02)
    with torch.no_grad():
        for parameter in linear.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0.0, deviation, generator=generator)
            else:
                parameter.zero_()
    return Head(task=task.name, kind=task.kind, labels=task.labels, linear=linear, form=form)


def head_layers(width: int, outputs: int, *, deep: bool) -> torch.nn.Module:
    """Return the layers of a head: one from `width` to `outputs`, or `dense` and `out`."""
    out = torch.nn.Linear(width, outputs)
    if not deep:
        return out
    return torch.nn.ModuleDict({"dense": torch.nn.Linear(width, width), "out": out})


def average(networks: Iterable[Network]) -> Network:
    """Return the mean network of several of one shape; holds no more than two in memory."""
    mean: Network | None = None
    for count, network in enumerate(networks):
        if mean is None:
            mean = network
            continue
        with torch.no_grad():
            for (_, kept), (_, new) in zip(mean.parameters(), network.parameters(), strict=True):
                kept.add_(new - kept, alpha=1 / (count + 1))
    if mean is None:
        raise ValueError("no networks to average")
    return mean
