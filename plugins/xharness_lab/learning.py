"""The training loop that the lab's models share. Needs torch, imported with this module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch

CLIP = 1.0
"""Largest norm of the gradient."""
_TELL = 20
"""Updates between two reports."""

Report = Callable[[float], None]
"""Is told which part of a training is done, from 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How fast weights change: the rate rises linearly, then falls linearly to zero."""

    rate: float
    """At its highest."""
    warmup: float
    """Part of the training in which it rises."""

    def at(self, done: float) -> float:
        """Return the rate where a part of the training is done, from 0 to 1."""
        return self.rate * min(done / self.warmup, (1 - done) / (1 - self.warmup))


def updated(
    weights: Sequence[torch.nn.Parameter],
    losses: Iterable[torch.Tensor],
    sizes: Sequence[int],
    schedule: Schedule,
    report: Report,
) -> None:
    """Update weights once for every loss.

    Args:
        weights: All that learns.
        losses: Each is made when it is asked for, from the weights as they are then.
        sizes: How much work each loss is, for the report and the schedule.
        schedule: How fast to learn.
        report: Told how far the training is.
    """
    optimiser = torch.optim.AdamW(
        weights, lr=schedule.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    total, done = sum(sizes), 0
    for number, (loss, size) in enumerate(zip(losses, sizes, strict=True)):
        optimiser.param_groups[0]["lr"] = schedule.at(done / total)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(weights, CLIP)
        optimiser.step()
        optimiser.zero_grad()
        done += size
        if number % _TELL == _TELL - 1:
            report(done / total)
