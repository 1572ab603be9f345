"""relay: the intermediate tasks one after the other, then the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xharness import Cell, Strategy, Train, Trainer, hookimpl


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """model → first intermediate task → … → last intermediate task → target."""

    name: str = "relay"
    summary: str = "intermediate tasks one after the other, then the target"
    uses_intermediates: bool = True
    reverse: bool = False
    """Begin with the task that the arm names last."""

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training, the last of the chain."""
        tasks = cell.intermediates[::-1] if self.reverse else cell.intermediates
        last: Train | None = None
        for task in tasks:
            last = train.on(task, start=last)
        return train.on_target(start=last)


@hookimpl
def xharness_strategies() -> Sequence[Strategy]:
    """Offer the strategy."""
    return [Relay()]
