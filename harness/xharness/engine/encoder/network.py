"""An encoder with its tokenizer and heads: loaded, run and saved.

On disk it is an ordinary Hugging Face folder, with the heads in two files beside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch.nn import functional

from xharness.engine.encoder import loading
from xharness.engine.encoder.batching import derived
from xharness.engine.kinds import TRAINED, Functions, masked_lm
from xharness.engine.kinds.windows import Batch, Reading
from xharness.errors import ModelError
from xharness.tasks import Kind, Task

HEADS = "heads.safetensors"
HEADS_MEANING = "heads.json"
_TOKENIZER_FILES = ("tokenizer.json", "*.model", "vocab.*", "*.tiktoken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last layer of one task."""

    task: str
    kind: Kind
    labels: tuple[str, ...]
    """In the order of its outputs."""
    linear: torch.nn.Module
    """A linear layer, or those of `masked_lm.head`."""
    origin: str = "fresh"
    """For masked LM "pretrained" or "identity", as it was made; for others not used."""

    @property
    def functions(self) -> Functions:
        """Return the functions of its kind."""
        return TRAINED[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """An encoder, its tokenizer and its heads."""

    encoder: Any
    tokenizer: Any
    tokenizer_digest: str
    """SHA-256 of all that decides what the tokenizer makes of a text."""
    heads: dict[str, Head]
    """By the task that each was trained on."""

    def parameters(self) -> Iterator[tuple[str, torch.nn.Parameter]]:
        """Yield names and parameters, in a fixed order."""
        yield from ((f"encoder.{n}", p) for n, p in self.encoder.named_parameters())
        for task, head in sorted(self.heads.items()):
            yield from ((f"heads.{task}.{n}", p) for n, p in head.linear.named_parameters())

    def to(self, device: torch.device) -> Network:
        """Move all weights to a device, and return the network."""
        self.encoder.to(device)
        for head in self.heads.values():
            head.linear.to(device)
        return self


def hidden(network: Network, batch: Batch, *, every_layer: bool = False) -> Any:
    """Return what the encoder makes of a batch; (B, T, H), or one of them for every layer."""
    more = {}
    if batch.types is not None and reads_types(network):
        more = {"token_type_ids": batch.types}
    made = network.encoder(
        input_ids=batch.ids, attention_mask=batch.mask, output_hidden_states=every_layer, **more
    )
    return made.hidden_states if every_layer else made.last_hidden_state


def logits(network: Network, head: Head, batch: Batch) -> torch.Tensor:
    """Return the head's outputs for a batch; their shape is the kind's."""
    if head.functions.states is None:
        return masked_lm.logits(head.linear, hidden(network, batch), batch.targets, network.encoder)
    states = head.functions.states(hidden(network, batch), batch.mask)
    rate = _dropout(network.encoder.config)
    scores: torch.Tensor = head.linear(
        functional.dropout(states, rate, training=network.encoder.training)
    )
    return scores if batch.together == 1 else scores.view(-1, batch.together)


def _dropout(config: Any) -> float:
    """Return the model's own dropout before a classifier."""
    names = ("classifier_dropout", "hidden_dropout_prob", "hidden_dropout", "dropout")
    return next((float(v) for n in names if (v := getattr(config, n, None)) is not None), 0.1)


def fresh_head(
    task: Task, encoder: Any, seed: int, given: Mapping[str, torch.Tensor] | None = None
) -> Head:
    """Return a new head; it depends on the seed and the task's name, of masked LM on the model.

    Args:
        task: What it is for.
        encoder: What it stands behind.
        seed: Of a linear layer.
        given: What the model has for masked LM; see `masked_lm.pretrained`.

    Source:
        Devlin et al. 2019: normal with the model's initializer_range, biases zero.
    """
    outputs = TRAINED[task.kind].outputs
    if outputs is None:
        layers, origin = masked_lm.head(encoder, given or {})
        return Head(task=task.name, kind=task.kind, labels=(), linear=layers, origin=origin)
    linear = torch.nn.Linear(encoder.config.hidden_size, outputs(task.labels))
    generator = torch.Generator().manual_seed(derived(seed, "head", task.name))
    deviation = float(getattr(encoder.config, "initializer_range", None) or 0.02)
    with torch.no_grad():
        linear.weight.normal_(0.0, deviation, generator=generator)
        linear.bias.zero_()
    return Head(task=task.name, kind=task.kind, labels=task.labels, linear=linear)


def load(folder: Path, name: str, attention_dropout: float | None = None) -> Network:
    """Return the network of a Hugging Face folder, on the CPU in float32, with its heads if any.

    Args:
        folder: Holds config.json, weights as safetensors and a tokenizer.
        name: What the model is called in messages.
        attention_dropout: While training; None for the model's own.

    Raises:
        ModelError: If a file is missing or broken, weights do not fit the config, the tokenizer
            makes ids that the embeddings do not have, or the config knows no attention dropout
            and one is given.
    """
    tokenizer = _load_tokenizer(folder, name)
    encoder = _load_encoder(folder, name, attention_dropout)
    rows = encoder.get_input_embeddings().num_embeddings
    if len(tokenizer) > rows:
        raise ModelError(
            f"model {name}: the tokenizer has {len(tokenizer)} tokens, the embeddings only "
            f"{rows} rows; take both from the same model"
        )
    return Network(
        encoder=encoder,
        tokenizer=tokenizer,
        tokenizer_digest=_tokenizer_digest(tokenizer),
        heads=_load_heads(folder, name),
    )


def _load_tokenizer(folder: Path, name: str) -> Any:
    """Return a fast tokenizer that pads on the right."""
    from transformers import AutoTokenizer

    # Without these files transformers makes up an almost empty vocabulary and says nothing.
    if not any(found for pattern in _TOKENIZER_FILES for found in folder.glob(pattern)):
        raise ModelError(f"model {name}: no tokenizer in {folder}; copy its tokenizer.json there")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        raise ModelError(
            f"model {name}: its tokenizer cannot be read; {loading.short(error)}"
        ) from error
    if not getattr(tokenizer, "is_fast", False) or tokenizer.pad_token_id is None:
        raise ModelError(
            f"model {name}: needs a fast tokenizer with a padding token, as saved by "
            "save_pretrained in tokenizer.json"
        )
    return tokenizer


def _tokenizer_digest(tokenizer: Any) -> str:
    """Return the SHA-256 of what a tokenizer does, once it is freed of how it last cut and padded.

    That is said in every call anew, and remembered by a tokenizer that is saved in between.
    """
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    around = (
        tokenizer.model_max_length,
        tokenizer.model_input_names,
        tokenizer.padding_side,
        tokenizer.truncation_side,
    )
    return hashlib.sha256(f"{around}\n{backend.to_str()}".encode()).hexdigest()


def _load_encoder(folder: Path, name: str, attention_dropout: float | None) -> Any:
    """Return the encoder without any head of its own."""
    from transformers import AutoModel

    where = f"model {name}"
    if not list(folder.glob("*.safetensors")):
        raise ModelError(
            f"{where}: no weights as safetensors in {folder}; other formats can run code "
            "when they are read, so convert them with save_pretrained"
        )
    torch.manual_seed(0)  # a pooler that the files lack is made up, and must be so equally
    config = loading.config(folder, where)
    own = _set_attention_dropout(config, name, attention_dropout)
    encoder = loading.weights(AutoModel, folder, where, made_up=("pooler.",), config=config)
    encoder.config.update(own)  # the blocks are built; what is saved is the model's own config
    return encoder


def _set_attention_dropout(config: Any, name: str, rate: float | None) -> dict[str, float]:
    """Change a config's attention dropout; return what to change back, by its name there.

    Raises:
        ModelError: If the config has none.
    """
    if rate is None:
        return {}
    names = [n for n in ("attention_probs_dropout_prob", "attention_dropout") if hasattr(config, n)]
    if not names:
        raise ModelError(
            f"model {name}: its config has no attention dropout to set; leave attention_dropout "
            "out of the recipe"
        )
    own = {n: float(getattr(config, n)) for n in names}
    config.update(dict.fromkeys(names, rate))
    return own


def save(network: Network, folder: Path) -> None:
    """Write a network as `load` reads it."""
    network.encoder.save_pretrained(folder)
    network.tokenizer.save_pretrained(folder)
    if not network.heads:
        return
    weights = {
        f"{task}.{n}": p.detach().cpu().contiguous()
        for task, head in sorted(network.heads.items())
        for n, p in head.linear.named_parameters()
    }
    save_file(weights, folder / HEADS)
    meaning = {
        task: {"kind": head.kind.value, "labels": head.labels}
        for task, head in sorted(network.heads.items())
    }
    (folder / HEADS_MEANING).write_text(json.dumps(meaning, indent=1) + "\n", "utf-8")


def _load_heads(folder: Path, name: str) -> dict[str, Head]:
    """Return the heads in a folder, none for a folder without."""
    if not (folder / HEADS_MEANING).is_file():
        return {}
    meaning = json.loads((folder / HEADS_MEANING).read_text("utf-8"))
    try:
        weights = load_file(folder / HEADS)
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"model {name}: its heads cannot be read; {loading.short(error)}"
        ) from error
    found: dict[str, Head] = {}
    for task, of in meaning.items():
        kind = Kind(of["kind"])
        own = {
            n.removeprefix(f"{task}."): w for n, w in weights.items() if n.startswith(f"{task}.")
        }
        if kind is Kind.MASKED_LM:
            linear: torch.nn.Module = torch.nn.ParameterDict(own)
        else:
            linear = torch.nn.Linear(own["weight"].shape[1], own["weight"].shape[0])
            linear.load_state_dict(own)
        found[task] = Head(task=task, kind=kind, labels=tuple(of["labels"]), linear=linear)
    return found


def average(networks: Iterable[Network]) -> Network:
    """Return the mean of the weights of networks of one shape, only two of them held at once."""
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


def reading(network: Network, labels: Sequence[str], max_length: int, stride: int) -> Reading:
    """Return how text becomes tokens for a network.

    Raises:
        ModelError: If the network cannot read windows of this length.
    """
    limit = window_limit(network)
    if limit is not None and max_length > limit:
        raise ModelError(f"max_length {max_length}: the model reads at most {limit} tokens")
    return Reading(
        tokenizer=network.tokenizer, max_length=max_length, stride=stride, labels=tuple(labels)
    )


def window_limit(network: Network) -> int | None:
    """Return how many tokens a window can have, None where the model sets no limit."""
    config, tokenizer = network.encoder.config, network.tokenizer
    limits = [n for n in (tokenizer.model_max_length,) if n < 1_000_000]
    positions = getattr(config, "max_position_embeddings", None)
    if positions:
        embeddings = getattr(network.encoder, "embeddings", None)
        table = getattr(embeddings, "position_embeddings", None)
        # RoBERTa's family counts positions from the padding id on.
        skipped = getattr(table, "padding_idx", None)
        limits.append(positions - (0 if skipped is None else skipped + 1))
    return min(limits, default=None)


def reads_types(network: Network) -> bool:
    """Return whether the model tells the two texts of a pair apart by token types."""
    return bool((getattr(network.encoder.config, "type_vocab_size", 0) or 0) > 1)
