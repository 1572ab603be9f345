"""A sound strategy of a plugin, whose fields tests spoil or rename."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Own:
    """Trains on the target and nothing else."""

    name: Any = "mine"
    summary: Any = "straight to the target"
    uses_intermediates: Any = False
    order: Any = 1

    def training(self, cell: Any, train: Any) -> Any:
        """Return the target's own training."""
        return train.on_target()
