"""english: intermediate training on the task's own language, as in Phang et al. 2020.

The intermediate tasks of an arm are trained on at once, each with as many batches as its windows
ask for (Phang et al. 2020, arXiv 2005.13013, section 2; jiant's proportional sampler).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xharness import Cell, Strategy, Train, Trainer, hookimpl


@dataclass(frozen=True, slots=True, kw_only=True)
class English:
    """model → intermediate tasks, in their source language → target."""

    name: str = "english"
    summary: str = "intermediate tasks in their source language, then the target"
    uses_intermediates: bool = True

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training, which starts from one on all tasks of the arm."""
        return train.on_target(start=train.on(*cell.intermediates))


@hookimpl
def xharness_strategies() -> Sequence[Strategy]:
    """Offer the strategy."""
    return [English()]
