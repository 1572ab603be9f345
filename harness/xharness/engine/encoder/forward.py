"""Runs windows through a network to predict, in batches that fit into memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from xharness.engine.encoder.batching import micro_batches
from xharness.engine.encoder.network import Network
from xharness.engine.encoder.profile import Hardware
from xharness.engine.kinds.windows import Batch, FloatArray, IntArray, Windows
from xharness.errors import TrainingError
from xharness.plugin.hooks import PhaseRun

_REPORT_SECONDS = 0.2
"""Between reports of progress."""


@dataclass(slots=True, kw_only=True)
class TokenBudget:
    """How many tokens go through the network at once."""

    micro_tokens: int
    """Halved when memory runs out."""
    reported: float = field(default_factory=time.monotonic)
    """When progress was last reported."""

    def halve(self, longest: int, hardware: Hardware) -> None:
        """Make batches half as large, but never smaller than a window.

        Raises:
            TrainingError: If they hold a single window already.
        """
        if hardware.device.type == "cuda":
            torch.cuda.empty_cache()
        if self.micro_tokens <= longest:
            raise TrainingError(
                f"one window of {longest} tokens does not fit into memory; a smaller max_length or "
                "model would"
            )
        self.micro_tokens = max(self.micro_tokens // 2, longest)


def run_batches(
    windows: Windows,
    call: Callable[[Batch], torch.Tensor],
    network: Network,
    hardware: Hardware,
    budget: TokenBudget,
    run: PhaseRun,
) -> list[FloatArray]:
    """Return the network's output for each window, in their order: float32, without padding.

    Args:
        windows: All windows.
        call: Returns the output of a batch: (B, ...), or (B, T, ...) with a vector per token.
        network: Makes the batches.
        hardware: What to compute with.
        budget: Changed in place when memory runs out.
        run: Receives progress, and says when to stop.

    Raises:
        TrainingError: If a single window does not fit into memory.
        KeyboardInterrupt: If the user asked to stop.
    """
    lengths = windows.lengths
    outputs: list[FloatArray] = [np.empty(0, dtype=np.float32)] * len(lengths)
    # Longest first, so that a window that does not fit fails at once. Sorted, so that windows of
    # a batch need little padding.
    waiting = np.argsort(-lengths, kind="stable")
    began, done, total = time.monotonic(), 0, int(lengths.sum())
    while len(waiting):
        # Cut anew for every batch, because the budget may have been halved since the last one.
        picked = micro_batches(waiting, lengths, budget.micro_tokens)[0]
        batch_output = _output(windows, picked, call, network, hardware)
        if batch_output is None:
            budget.halve(int(lengths[picked[0]]), hardware)
            continue
        per_token = batch_output.ndim > 2
        for window, one in zip(picked, batch_output, strict=True):
            outputs[window] = one[: lengths[window]] if per_token else one
        waiting = waiting[len(picked) :]
        done += int(lengths[picked].sum())
        if run.should_stop():
            raise KeyboardInterrupt
        _report(run, budget, done, total, began)
    return outputs


def _report(run: PhaseRun, budget: TokenBudget, done: int, total: int, began: float) -> None:
    """Report how many tokens are done, unless that was done just before."""
    now = time.monotonic()
    if now - budget.reported > _REPORT_SECONDS:
        budget.reported = now
        run.report(done / total, done / (now - began))


def _output(
    windows: Windows,
    picked: IntArray,
    call: Callable[[Batch], torch.Tensor],
    network: Network,
    hardware: Hardware,
) -> FloatArray | None:
    """Return the network's output for some windows, None where memory does not suffice."""
    try:
        batch = network.batch(windows, picked, hardware.device)
        with torch.inference_mode(), hardware.autocast():
            output: FloatArray = call(batch).float().cpu().numpy()
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        return None
    return output


def out_of_memory(error: BaseException | None) -> bool:
    """Return whether an error says that memory ran out, on the GPU or on the processor.

    While a CUDA graph is recorded, the recording's own error may come after the one that says so.
    """
    if error is None:
        return False
    return (
        isinstance(error, (torch.OutOfMemoryError, MemoryError))
        or any(phrase in str(error) for phrase in ("not enough memory", "can't allocate memory"))
        or out_of_memory(error.__context__)
    )
