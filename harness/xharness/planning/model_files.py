"""The files of a model in a folder: weights, tokenizer, and the size that its config states."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness.errors import ModelError

_TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
    "added_tokens.json",
)
_SEQ2SEQ = ("*.json", "*.txt", "*.spm", "*.model")
UNSAFE = (
    "*.safetensors (other weight formats can run code, and are not read; transformers' "
    "from_pretrained and save_pretrained make them)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """The files that decide what a model computes, in the order in which they are hashed."""

    weights: tuple[Path, ...]
    tokenizer: tuple[Path, ...]


def encoder(folder: Path) -> ModelFiles:
    """Return the files of an encoder; its config counts as weights.

    Raises:
        ModelError: If config, weights or tokenizer are missing.
    """
    config = folder / "config.json"
    weights = sorted(folder.glob("*.safetensors"))
    tokenizer = [folder / n for n in _TOKENIZER if (folder / n).is_file()]
    missing = [
        what
        for what, there in (
            ("config.json", config.is_file()),
            ("*.safetensors (other weight formats can run code, and are not read)", weights),
            ("tokenizer.json or another tokenizer file", tokenizer),
        )
        if not there
    ]
    if missing:
        raise ModelError(f"{folder}: not a model's folder; missing {', '.join(missing)}")
    return ModelFiles(weights=(config, *weights), tokenizer=tuple(tokenizer))


def seq2seq(folder: Path, name: str) -> ModelFiles:
    """Return the files of a translating model.

    Args:
        folder: Where it is.
        name: Of the translator, for messages.

    Raises:
        ModelError: If config or weights are missing.
    """
    weights = sorted(folder.glob("*.safetensors"))
    others = [p for pattern in _SEQ2SEQ for p in sorted(folder.glob(pattern))]
    if not weights or not (folder / "config.json").is_file():
        raise ModelError(f"{folder}: {name} needs config.json and {UNSAFE} in it")
    return ModelFiles(weights=tuple(weights), tokenizer=tuple(others))


def size(folder: Path) -> tuple[int, int]:
    """Return hidden size and number of blocks of a model in a folder.

    Raises:
        ModelError: If its config cannot be read, or does not state them.
    """
    config = folder / "config.json"
    try:
        content = json.loads(config.read_text("utf-8"))
    except (OSError, ValueError) as wrong:
        raise ModelError(f"{config}: cannot be read: {wrong}") from None
    return size_of(str(folder), content)


def size_of(where: str, config: Any) -> tuple[int, int]:
    """Return hidden size and number of blocks that a config states.

    Args:
        where: The model's place, for messages.
        config: What config.json holds.

    Raises:
        ModelError: If it does not state them.
    """
    if not isinstance(config, dict):
        raise ModelError(f"{where}: its config is a {type(config).__name__}, should be an object")
    width = config.get("hidden_size") or config.get("dim") or config.get("d_model")
    depth = config.get("num_hidden_layers") or config.get("n_layers") or config.get("num_layers")
    if not isinstance(width, int) or not isinstance(depth, int):
        raise ModelError(f"{where}: its config names no hidden_size and num_hidden_layers")
    return width, depth
