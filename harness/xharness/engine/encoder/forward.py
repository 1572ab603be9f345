"""Runs windows through a network without learning, the longest first, in portions that fit."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from xharness.engine.encoder import batching
from xharness.engine.encoder.profile import Hardware
from xharness.engine.kinds.windows import Batch, FloatArray, Windows, collate
from xharness.errors import TrainingError
from xharness.plugin.hooks import PhaseRun

_REPORT_SECONDS = 0.2


@dataclass(slots=True, kw_only=True)
class Pace:
    """How many tokens go through at once, and how far the phase is."""

    micro_tokens: int
    """Halved when memory runs out."""
    told: float = field(default_factory=time.monotonic)


def over(
    windows: Windows,
    call: Callable[[Batch], torch.Tensor],
    padding: int,
    hardware: Hardware,
    pace: Pace,
    run: PhaseRun,
) -> list[FloatArray]:
    """Return what a network makes of each window, in the order of the windows.

    Args:
        windows: All windows.
        call: A batch to (B, ...) or, one vector per token, (B, T, ...).
        padding: The tokenizer's id for padding.
        hardware: What to compute with.
        pace: Changed in place when memory runs out.
        run: Whom to tell, and when to stop.

    Returns:
        One float32 array per window, without what belongs to padding.

    Raises:
        TrainingError: If a single window does not fit into memory.
        KeyboardInterrupt: If the user asked to stop.
    """
    lengths = windows.lengths
    found: list[FloatArray] = [np.empty(0, dtype=np.float32)] * len(lengths)
    waiting = np.argsort(-lengths, kind="stable")
    began, done, whole = time.monotonic(), 0, int(lengths.sum())
    while len(waiting):
        picked = batching.portions(waiting, lengths, pace.micro_tokens)[0]
        try:
            batch = collate(windows, picked, padding, hardware.device)
            with torch.inference_mode(), hardware.autocast():
                made = call(batch).float().cpu().numpy()
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            made = None
        if made is None:
            _halve(pace, int(lengths[picked[0]]), hardware)
            continue
        per_token = made.ndim > 2
        for window, one in zip(picked, made, strict=True):
            found[window] = one[: lengths[window]] if per_token else one
        waiting = waiting[len(picked) :]
        done += int(lengths[picked].sum())
        now = time.monotonic()
        if run.should_stop():
            raise KeyboardInterrupt
        if now - pace.told > _REPORT_SECONDS:
            pace.told = now
            run.report(done / whole, done / (now - began))
    return found


def _halve(pace: Pace, longest: int, hardware: Hardware) -> None:
    """Make portions half as large."""
    if hardware.device.type == "cuda":
        torch.cuda.empty_cache()
    if pace.micro_tokens <= longest:
        raise TrainingError(
            f"one window of {longest} tokens does not fit into memory; a smaller max_length or "
            "model would"
        )
    pace.micro_tokens = max(pace.micro_tokens // 2, longest)


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out, on the GPU or on the processor."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or any(
        said in str(error) for said in ("not enough memory", "can't allocate memory")
    )
