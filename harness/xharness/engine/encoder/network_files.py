"""Networks on disk: an ordinary Hugging Face folder, with the heads in two files beside."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from xharness.engine.encoder import loading
from xharness.engine.encoder.network import Head, Network, head_layers
from xharness.errors import ModelError
from xharness.tasks import Kind

HEADS = "heads.safetensors"
HEADS_MEANING = "heads.json"
_TOKENIZER_FILES = ("tokenizer.json", "*.model", "vocab.*", "*.tiktoken")


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
        task: {
            "kind": head.kind.value,
            "labels": head.labels,
            **({"form": head.form} if head.form != "linear" else {}),
        }
        for task, head in sorted(network.heads.items())
    }
    (folder / HEADS_MEANING).write_text(json.dumps(meaning, indent=1) + "\n", "utf-8")


def _load_tokenizer(folder: Path, name: str) -> Any:
    """Return a fast tokenizer that pads on the right."""
    from transformers import AutoTokenizer

    # Without these files transformers makes up an almost empty vocabulary and says nothing.
    if not any(path for pattern in _TOKENIZER_FILES for path in folder.glob(pattern)):
        raise ModelError(f"model {name}: no tokenizer in {folder}; copy its tokenizer.json there")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        raise ModelError(
            f"model {name}: its tokenizer cannot be read; {loading.first_line(error)}"
        ) from error
    if not getattr(tokenizer, "is_fast", False) or tokenizer.pad_token_id is None:
        raise ModelError(
            f"model {name}: needs a fast tokenizer with a padding token, as saved by "
            "save_pretrained in tokenizer.json"
        )
    return tokenizer


def _tokenizer_digest(tokenizer: Any) -> str:
    """Return the SHA-256 of everything that decides the tokens of a text.

    Truncation and padding do not count: every call sets them, and a saved tokenizer only remembers
    those of the last call.
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
    torch.manual_seed(0)  # a pooler that the files lack is drawn at random: the same every time
    config = loading.config(folder, where)
    own = _set_attention_dropout(config, name, attention_dropout)
    encoder = loading.weights(AutoModel, folder, where, optional=("pooler.",), config=config)
    # The blocks have been built with the other rate; a checkpoint is saved with the model's own.
    encoder.config.update(own)
    return encoder


def _set_attention_dropout(config: Any, name: str, rate: float | None) -> dict[str, float]:
    """Set a config's attention dropout, and return its own value by field, to set it back.

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


def _load_heads(folder: Path, name: str) -> dict[str, Head]:
    """Return the heads in a folder, none for a folder without."""
    if not (folder / HEADS_MEANING).is_file():
        return {}
    meaning = json.loads((folder / HEADS_MEANING).read_text("utf-8"))
    try:
        weights = load_file(folder / HEADS)
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"model {name}: its heads cannot be read; {loading.first_line(error)}"
        ) from error
    heads: dict[str, Head] = {}
    for task, of in meaning.items():
        kind = Kind(of["kind"])
        own = {
            n.removeprefix(f"{task}."): w for n, w in weights.items() if n.startswith(f"{task}.")
        }
        if kind is Kind.MASKED_LM:
            linear: torch.nn.Module = torch.nn.ParameterDict(own)
        else:
            deep = "out.weight" in own
            outputs, width = own["out.weight" if deep else "weight"].shape
            linear = head_layers(width, outputs, deep=deep)
            linear.load_state_dict(own)
        heads[task] = Head(
            task=task,
            kind=kind,
            labels=tuple(of["labels"]),
            linear=linear,
            form=of.get("form", "linear"),
        )
    return heads
