"""Opens Hugging Face models safely: safetensors only, and no code that comes with a model.

Encoders and translators are found and loaded alike.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from xharness.data import hub
from xharness.errors import ModelError

_FETCHED = (
    "config.json",
    "*.safetensors",
    "*.safetensors.index.json",
    "*.txt",
    "*.json",
    "*.model",
    "*.spm",
)
_BROKEN = (OSError, ValueError, RuntimeError, KeyError, SafetensorError)
"""Raised by transformers for files that it cannot use."""


@lru_cache(maxsize=8)
def open_location(location: str, *, offline: bool) -> Path:
    """Return the folder of a model; a repository is fetched from the hub first.

    Args:
        location: A folder, or "repository@revision".
        offline: Whether only what was fetched before may be used.

    Raises:
        HubError: If the hub does not give it.
        OfflineError: If it would have to be fetched.
    """
    if Path(location).is_dir():
        return Path(location)
    repository, _, revision = location.partition("@")
    return hub.snapshot("model", repository, revision or None, _FETCHED, offline=offline)


def to_come(location: str) -> dict[str, int]:
    """Return the files that `open_location` would fetch from the hub, with their bytes.

    Raises:
        HubError: If the hub cannot be asked.
    """
    repository, _, revision = location.partition("@")
    return hub.to_come("model", repository, revision or None, _FETCHED)


def config(folder: Path, where: str) -> Any:
    """Return the config of a folder.

    Args:
        folder: Holds config.json.
        where: What the model is called in messages.

    Raises:
        ModelError: If it cannot be used.
    """
    from transformers import AutoConfig

    _quiet()
    try:
        return AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except _BROKEN as error:
        raise ModelError(f"{where}: cannot be loaded; {first_line(error)}") from error


def weights(
    kind: Any, folder: Path, where: str, *, optional: tuple[str, ...] = (), **more: Any
) -> Any:
    """Return the model of a folder, on the CPU in float32.

    Args:
        kind: Transformers' class that finds the architecture, such as AutoModel.
        folder: Holds config.json and safetensors.
        where: What the model is called in messages.
        optional: Prefixes of the names of weights that its files may lack.
        more: Further arguments of `from_pretrained`.

    Raises:
        ModelError: If a file is broken, or its files lack weights.
    """
    _quiet()
    try:
        model, report = kind.from_pretrained(
            folder,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
            **more,
        )
    except _BROKEN as error:
        raise ModelError(f"{where}: cannot be loaded; {first_line(error)}") from error
    if lacking := sorted(k for k in report["missing_keys"] if not k.startswith(optional)):
        raise ModelError(
            f"{where}: {len(lacking)} weights of its config are not in its files, such as "
            f"{lacking[0]}"
        )
    return model


def _quiet() -> None:
    """Keep transformers from writing beside our own messages."""
    from transformers.utils import logging

    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()


def first_line(error: BaseException) -> str:
    """Return the first line of a library's message, the error's class where it has none."""
    return str(error).strip().split("\n", 1)[0] or type(error).__name__
