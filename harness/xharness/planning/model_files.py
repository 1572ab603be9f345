"""The files of a model in a folder: weights, tokenizer, and the size that its config states."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness.errors import ModelError, OfflineError

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
_LARGEST_HEADER = 100_000_000
"""Bytes; safetensors refuses longer ones."""
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
    whole(folder)
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
    whole(folder)
    return ModelFiles(weights=tuple(weights), tokenizer=tuple(others))


def whole(folder: Path) -> None:
    """Look at the headers of a model's weights, to find files that are cut off or missing.

    Raises:
        ModelError: If there are some; all of them at once.
    """
    there = {p.name: p for p in sorted(folder.glob("*.safetensors"))}
    problems = [f"{p}: {wrong}" for p in there.values() if (wrong := _broken(p))]
    for index in sorted(folder.glob("*.safetensors.index.json")):
        try:
            parts = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as wrong:
            problems.append(f"{index}: cannot be read ({type(wrong).__name__}); fetch it again")
            continue
        if lacking := sorted(parts - there.keys()):
            problems.append(f"{folder}: {index.name} names {', '.join(lacking)}, which are missing")
    if problems:
        raise ModelError("\n".join(problems))


def fetched(folder: Path, name: str) -> None:
    """Look whether a cache has the weights of a model, whole.

    Args:
        folder: Of the model, in the cache of the hub's client.
        name: Of the model, for messages.

    Raises:
        OfflineError: If there are none.
        ModelError: If a file is cut off or missing.
    """
    if not any(folder.glob("*.safetensors")):
        raise OfflineError(
            f"model {name}: its weights are not on this machine; run once without --offline, or "
            "`xharness data fetch`"
        )
    whole(folder)


def _broken(weights: Path) -> str:
    """Return why a safetensors file is not whole, by its header; empty if it is."""
    actual = weights.stat().st_size
    unreadable = f"is no safetensors file of {actual:,} bytes: its header cannot be read"
    try:
        with weights.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if actual < 8 or length > _LARGEST_HEADER:
                return unreadable
            if actual < 8 + length:
                return f"is cut off: {actual:,} bytes, of which the header alone has {8 + length:,}"
            header = json.loads(file.read(length))
        ends = [t["data_offsets"][1] for name, t in header.items() if name != "__metadata__"]
        wanted = 8 + length + max(ends, default=0)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError):
        return unreadable
    if wanted != actual:
        return f"has {actual:,} bytes, by its header {wanted:,} would be right; fetch it again"
    return ""


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
