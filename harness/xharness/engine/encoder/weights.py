"""The weights that a phase starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from xharness.engine.encoder import loading, network_files, packed, processor_kernels
from xharness.engine.encoder.network import Network, average
from xharness.engine.encoder.profile import Hardware
from xharness.engine.kinds import masked_lm
from xharness.errors import ModelError
from xharness.keys import Key, key
from xharness.phases import Checkpoint, Model, Pretrain, Start

if TYPE_CHECKING:
    from xharness.store.store import Artifact

Inputs = Mapping[Key, "Artifact"]

_kept: dict[tuple[Hardware, tuple[Path, ...]], Network] = {}
"""The network of the last prediction, by hardware and folders. Only one is kept, because it may
fill the memory; a plan's predictions with one network mostly come one after the other."""


def load(
    start: Start, inputs: Inputs, *, offline: bool, attention_dropout: float | None = None
) -> Network:
    """Return the network that a start names, on the CPU.

    Args:
        start: A model, a pretraining or a choice among kept checkpoints.
        inputs: Artifacts of the phases it needs.
        offline: Whether only what was fetched before may be used.
        attention_dropout: While training; None for the model's own.

    Raises:
        ModelError: If it cannot be used.
        CorruptArtifactError: If a stored file is not what was written.
    """
    name, folders = _folders(start, inputs, offline=offline)
    return average(network_files.load(folder, name, attention_dropout) for folder in folders)


def output_layers(start: Start, inputs: Inputs, *, offline: bool) -> dict[str, torch.Tensor]:
    """Return the layers for masked LM that a start has, none for most; see `masked_lm`."""
    _, folders = _folders(start, inputs, offline=offline)
    return masked_lm.pretrained(folders[0]) if len(folders) == 1 else {}


def for_prediction(start: Start, inputs: Inputs, hardware: Hardware, *, offline: bool) -> Network:
    """Return a network to predict with, not to be changed; the last one is kept in memory.

    Args:
        start: As in `load`.
        inputs: As in `load`.
        hardware: What it will compute with.
        offline: As in `load`.
    """
    # Files are checked even where the network is in memory, so that damage is found all the same.
    wanted = (hardware, _folders(start, inputs, offline=offline)[1])
    if wanted not in _kept:
        forget()
        loaded = placed(load(start, inputs, offline=offline), hardware, training=False)
        loaded.encoder.eval()
        _kept[wanted] = loaded
    return _kept[wanted]


def placed(network: Network, hardware: Hardware, *, training: bool) -> Network:
    """Return a network on its device, with the attention and the batches that are fastest there.

    Args:
        network: On the CPU; changed in place.
        hardware: What it will compute with.
        training: Whether units are dropped.
    """
    network.to(hardware.device)
    processor_kernels.install(network.encoder, hardware, training=training)
    if not packed.able(network.encoder, hardware):
        return network
    packed.install(network.encoder)
    return replace(network, packs=1)


def forget() -> None:
    """Free the network that was kept for the next prediction."""
    _kept.clear()


def _folders(start: Start, inputs: Inputs, *, offline: bool) -> tuple[str, tuple[Path, ...]]:
    """Return the model's name for messages, and the checked folders whose weights are averaged."""
    if isinstance(start, Model):
        return start.name, (loading.open_location(start.location, offline=offline),)
    if isinstance(start, Pretrain):
        return start.model, (inputs[key(start)].folder("model"),)
    artifact, keep = inputs[key(start.train)], start.train.recipe.keep
    chosen = range(keep) if start.rule == "average" else (_index(start, inputs),)
    folders = tuple(artifact.folder(f"checkpoints/{i}") for i in chosen)
    return f"checkpoint of {artifact.path.name[:10]}", folders


def _index(start: Checkpoint, inputs: Inputs) -> int:
    """Return the position of the kept checkpoint that a rule chooses."""
    keep = start.train.recipe.keep
    if start.rule == "last":
        return keep - 1
    if start.rule == "kept" and start.index is not None:
        if not 0 <= start.index < keep:
            raise ModelError(f"checkpoint {start.index}: only 0 to {keep - 1} were kept")
        return start.index
    if start.rule == "best" and start.dev:
        scores = [
            sum(float(inputs[key(s)].json("score.json")["score"]) for s in of) / len(of)
            for of in start.dev
        ]
        return scores.index(max(scores))
    raise ModelError(
        f"checkpoint rule {start.rule!r}: not known, or what it needs is missing; "
        "known: last, kept (with an index), average, best (with dev scores)"
    )
