"""none: no intermediate training; the baseline of every comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xharness import Cell, Strategy, Train, Trainer, hookimpl


@dataclass(frozen=True, slots=True, kw_only=True)
class NoIntermediate:
    """model → target."""

    name: str = "none"
    summary: str = "no intermediate training; the baseline"
    uses_intermediates: bool = False

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's own training, straight after the model."""
        return train.on_target()


@hookimpl
def xharness_strategies() -> Sequence[Strategy]:
    """Offer the baseline."""
    return [NoIntermediate()]
