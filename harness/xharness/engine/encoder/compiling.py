"""Compiles an encoder's blocks for long trainings on a GPU, by a rule that measures nothing.

Compiled blocks round differently, so whether they are compiled is part of the numerics profile.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import torch

from xharness.engine.encoder.network import Network
from xharness.engine.encoder.profile import Hardware

TOKENS = 2**21
"""A training of fewer tokens is not compiled: compiling takes longer than it saves
(docs/performance.md)."""
STEP = 128
"""Tokens of a batch, and of its longest window, are filled up to a multiple of this, so that few
shapes occur."""


def due(network: Network, hardware: Hardware, tokens: int) -> bool:
    """Return whether a training is compiled.

    Args:
        network: Compiled only if it packs its windows.
        hardware: Compiled only for a GPU that computes in bf16.
        tokens: That the training will read.
    """
    able = network.packs > 0 and hardware.device.type == "cuda" and hardware.precision == "bf16"
    return able and tokens >= TOKENS and _has_compilers()


def _has_compilers() -> bool:
    """Return whether Triton and the C compiler that it calls are installed, and torch is right."""
    given = os.environ.get("CC")
    names = [given] if given else ["gcc", "clang", "cc"]
    there = find_spec("triton") is not None and any(shutil.which(n) for n in names)
    # Before torch 2.10 its compiler chose among kernels by their speed in the moment.
    return there and "deterministic" in torch._inductor.list_options()  # noqa: SLF001


def install(network: Network) -> Network:
    """Compile the blocks of a network in place; return it with batches of few shapes.

    All blocks of one form share their code. What cannot be compiled raises an error when it is
    first run. Nothing is timed to choose among kernels, so that the same ones are chosen each time.
    """
    torch._dynamo.reset()  # noqa: SLF001 - else earlier networks count towards torch's limit
    for block in _blocks(network.encoder):
        block.compile(fullgraph=True, dynamic=True, options={"deterministic": True})
    return replace(network, packs=STEP)


def done(network: Network) -> bool:
    """Return whether a network is compiled."""
    return network.packs == STEP


def _blocks(encoder: Any) -> torch.nn.ModuleList:
    """Return the blocks of an encoder that is packed, from the first to the last."""
    # ModernBERT has them itself, the others have them in an encoder of their own.
    found: torch.nn.ModuleList
    found = encoder.layers if hasattr(encoder, "layers") else encoder.encoder.layer
    return found
