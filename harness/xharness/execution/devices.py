"""How many GPUs there are, found without loading torch, which takes seconds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_DRIVER = Path("/proc/driver/nvidia/gpus")
"""Has a folder for each GPU that the driver knows (Linux)."""


def gpus(device: str, environment: Mapping[str, str] = os.environ, driver: Path = _DRIVER) -> int:
    """Return how many GPUs phases are spread over.

    Args:
        device: As in `--device`.
        environment: CUDA_VISIBLE_DEVICES in it says which GPUs may be seen.
        driver: The driver's folder.

    Returns:
        0 for a device other than "auto" and "cuda", where there is none, or where it is not known.
    """
    if device not in {"auto", "cuda"}:
        return 0
    there = len(list(driver.iterdir())) if driver.is_dir() else 0
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if visible is None or not there:
        return there
    named = [name.strip() for name in visible.split(",")]
    # CUDA takes the names up to the first that is no GPU, such as -1.
    taken = next((n for n, name in enumerate(named) if name in {"", "-1"}), len(named))
    return min(there, taken)
