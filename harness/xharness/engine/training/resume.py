"""Saves a training that is under way, so that after a kill it goes on as if nothing happened."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from xharness.engine.encoder import network_files
from xharness.engine.encoder.network import Network

_MOMENTS = ("step", "exp_avg", "exp_avg_sq")
"""AdamW's state of a parameter."""


def save(
    scratch: Path, network: Network, optimiser: torch.optim.Optimizer, progress: Mapping[str, Any]
) -> None:
    """Write what is trained, optimiser and progress; the older state goes once it is complete.

    Args:
        scratch: Survives a kill.
        network: Being trained.
        optimiser: Its parameters are those of `network.trained()`.
        progress: Plain JSON values; "update" is the number of the next one.
    """
    update = progress["update"]
    building = scratch / "state.tmp"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    tensors: dict[str, torch.Tensor] = {}
    for name, parameter in network.trained():
        tensors[f"weight {name}"] = parameter.detach().cpu().contiguous()
        for part, value in optimiser.state.get(parameter, {}).items():
            tensors[f"{part} {name}"] = value.detach().cpu().contiguous()
    save_file(tensors, building / "state.safetensors")
    (building / "progress.json").write_text(json.dumps(progress), "utf-8")
    older = _states(scratch)
    # Renaming happens at once or not at all, so a kill at any point leaves a complete state.
    building.rename(scratch / f"state-{update:09d}")
    for state in older:
        shutil.rmtree(state, ignore_errors=True)


def restore(
    scratch: Path, due: Sequence[int], network: Network, optimiser: torch.optim.Optimizer
) -> dict[str, Any] | None:
    """Load the newest complete state into network and optimiser.

    Args:
        scratch: As in `save`.
        due: After which update each checkpoint is kept. A state is skipped if a checkpoint that
            was due before it is missing: the training could not make that one any more.
        network: As at the beginning of the training.
        optimiser: Fresh.

    Returns:
        The progress that was saved; None when there is none and nothing was changed.
    """
    for state in reversed(_states(scratch)):
        try:
            tensors = load_file(state / "state.safetensors")
            progress: dict[str, Any] = json.loads((state / "progress.json").read_text("utf-8"))
        except (OSError, ValueError, SafetensorError):
            continue  # damaged; an older state, or the beginning, leads to the same weights
        wanted = [i for i, at in enumerate(due) if at <= progress["update"]]
        if not all((scratch / "checkpoints" / str(i)).is_dir() for i in wanted):
            continue
        for name, parameter in network.trained():
            with torch.no_grad():
                parameter.copy_(tensors[f"weight {name}"])
            for part in _MOMENTS:
                if f"{part} {name}" in tensors:
                    value = tensors[f"{part} {name}"].to(parameter.device)
                    optimiser.state[parameter][part] = value
        return progress
    return None


def _states(scratch: Path) -> list[Path]:
    """Return the saved states, oldest first."""
    return sorted(scratch.glob("state-*"))


def keep(scratch: Path, index: int, network: Network) -> None:
    """Save a checkpoint; it is there whole or not at all."""
    building, kept = scratch / "checkpoint.tmp", scratch / "checkpoints" / str(index)
    # A training that resumes from before this checkpoint makes it again, with the same bytes.
    for old in (building, kept):
        shutil.rmtree(old, ignore_errors=True)
    building.mkdir(parents=True)
    kept.parent.mkdir(exist_ok=True)
    network_files.save(network, building)
    building.rename(kept)


def publish(scratch: Path, out: Path) -> None:
    """Move the kept checkpoints to the artifact, and remove the saved states."""
    shutil.move(scratch / "checkpoints", out / "checkpoints")
    clear(scratch)


def clear(scratch: Path) -> None:
    """Remove everything that a training saved."""
    for path in (*_states(scratch), *scratch.glob("*.tmp"), scratch / "checkpoints"):
        shutil.rmtree(path, ignore_errors=True)
