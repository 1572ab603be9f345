"""Makes the lab's models and writes them as ordinary Hugging Face folders.

The only module that decides what is shipped; needs torch, imported with this module.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from xharness_lab import encoder, translator
from xharness_lab.cards import card
from xharness_lab.learning import Report

MAKERS: Mapping[str, Callable[[int, Report], tuple[Any, Any]]] = {
    translator.NAME: translator.make,
    encoder.NAME: encoder.make,
}
"""Name of a model to what makes it; in the order in which they are made."""
SEEDS = {translator.NAME: 0, encoder.NAME: 1}
"""Seeds of weights, masks and order. Of three seeds, the encoder's is the one after which inference
is learnt from the fewest rows; after others it may take twice as many updates."""


def run(name: str, out: Path, report: Report) -> Path:
    """Make one model, write its folder, and return it.

    Equal versions and hardware (`made.json` in the folder) give equal bytes:
    one thread is used, whatever the machine has.

    Args:
        name: A key of MAKERS.
        out: The folder is made in here; an older one of this name is overwritten.
        report: Told how far the training is.
    """
    seed = SEEDS[name]
    torch.set_num_threads(1)
    torch.set_deterministic_debug_mode("warn")
    model, tokenizer = MAKERS[name](seed, report)
    write(model, tokenizer, out / name, seed)
    return out / name


def write(model: Any, tokenizer: Any, folder: Path, seed: int) -> None:
    """Write a model's folder: weights as float16, tokenizer, card, and what decided its bytes.

    Args:
        model: The network.
        tokenizer: Its tokenizer.
        folder: Is called as the model.
        seed: Of its training.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()  # the command line shows its own
    model.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "made.json").write_text(json.dumps(_made(seed), indent=1) + "\n", "utf-8")
    (folder / "README.md").write_text(card(folder.name), "utf-8")


def _made(seed: int) -> dict[str, Any]:
    """Return what decides the bytes of a model beside this code."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "seed": seed,
        "precision": "float32, saved as float16",
        "threads": 1,
        "hardware": names[0] if names else platform.processor() or platform.machine(),
        "versions": {
            **{name: version(name) for name in ("torch", "transformers", "tokenizers")},
            "python": platform.python_version(),
        },
    }
