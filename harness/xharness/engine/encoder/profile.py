"""The numerics profile: all that decides the last bits of a result and is not in its key.

Phases with equal keys and equal profiles give equal bytes.
"""

from __future__ import annotations

import json
import platform
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from xharness.errors import StudyError
from xharness.plugin.hooks import PhaseRun

_PRECISIONS = {"float32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
REVISION = 2
"""Revision of the engine; raised when its numbers change while keys stay the same."""
_LIBRARIES = {
    "torch": "torch",
    "transformers": "transformers",
    "tokenizers": "tokenizers",
    "datasets": "datasets",
    "faiss": "faiss-cpu",
    "numpy": "numpy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """Device, precision and threads that a phase computes with."""

    device: torch.device
    precision: str
    """"float32", "bf16" or "fp16": of multiplications; weights are always float32."""
    threads: int

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context in which the network runs."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=_PRECISIONS[self.precision])


def choose(run: PhaseRun, precision: str) -> Hardware:
    """Return device, precision and threads to compute with, and set torch accordingly.

    Args:
        run: Names the device, and how many threads there are.
        precision: That of the phase. Hardware that does not multiply it natively is slower, and
            gives the same numbers as far as rounding goes.

    Raises:
        StudyError: If the device is not there, or cannot compute in the precision at all.
    """
    device = _device(run.device, run.worker)
    if precision == "fp16" and device.type == "cpu":
        raise StudyError(
            "precision",
            ["fp16 needs a GPU; write --precision bf16 or float32, or another --device"],
        )
    torch.set_num_threads(run.threads)
    # Equal phases must have equal bytes, on a GPU too. This is the switch that
    # use_deterministic_algorithms turns, which also imports the compiler.
    torch.set_deterministic_debug_mode("warn")
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    return Hardware(device=device, precision=precision, threads=run.threads)


def _device(name: str, worker: int = 0) -> torch.device:
    """Return the device of this name, the best there is for "auto".

    Where the name leaves open which GPU, workers take them in turn.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "cuda" and there["cuda"]:
        return torch.device("cuda", worker % torch.cuda.device_count())
    if not there.get(name.split(":", maxsplit=1)[0], name == "cpu"):
        raise StudyError("device", [f"{name!r} is not on this machine; write cpu or auto"])
    return torch.device(name)


def native(name: str) -> str:
    """Return the fastest precision that a device multiplies natively.

    Args:
        name: A device, or "auto".

    Raises:
        StudyError: If the device is not there.
    """
    device = _device(name)
    if device.type == "cuda":
        return "bf16" if torch.cuda.get_device_capability(device) >= (8, 0) else "fp16"
    if device.type == "cpu":
        # Private names of torch; where they are gone, float32 is right and only slower.
        probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        if any(getattr(torch.cpu, name, bool)() for name in probes):
            return "bf16"
    return "float32"


def write(
    out: Path, hardware: Hardware, micro_tokens: int, encoder: Any, *, compiled: bool = False
) -> None:
    """Write the numerics profile, profile.json, beside an artifact.

    Args:
        out: The artifact's folder.
        hardware: What was computed with.
        micro_tokens: Tokens per forward pass in the end, after any back-off.
        encoder: The model, which knows its attention kernel.
        compiled: Whether its blocks were compiled.
    """
    profile = {
        "engine": REVISION,
        "device": hardware.device.type,
        "precision": hardware.precision,
        "threads": hardware.threads,
        "micro_tokens": micro_tokens,
        "attention": str(getattr(encoder.config, "_attn_implementation", "")),
        **({"compiled": True} if compiled else {}),
        "hardware": _hardware_name(hardware.device),
        "versions": _versions(),
    }
    (out / "profile.json").write_text(json.dumps(profile, indent=1) + "\n", "utf-8")


def write_plain(out: Path) -> None:
    """Write the numerics profile of a phase whose result no hardware changes."""
    profile = {"precision": "none", "threads": 1, "hardware": "any", "versions": {}}
    (out / "profile.json").write_text(json.dumps(profile, indent=1) + "\n", "utf-8")


@cache
def _versions() -> dict[str, str]:
    """Return the versions of everything that computes."""
    libraries = {name: version(package) for name, package in _LIBRARIES.items()}
    return {**libraries, "python": platform.python_version()}


@cache
def _hardware_name(device: torch.device) -> str:
    """Return the name of the processor or GPU."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{device.type} {names[0] if names else platform.processor() or platform.machine()}"


def described(name: str) -> dict[str, str]:
    """Return device, precision, threads and versions as text for people.

    Args:
        name: A device, or "auto".

    Raises:
        StudyError: If the device is not there.
    """
    device = _device(name)
    return {
        "device": _hardware_name(device),
        "precision": native(name),
        "threads": str(torch.get_num_threads()),
        **_versions(),
    }
