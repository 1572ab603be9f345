"""Tuning methods of a plugin: low-rank updates, frozen blocks, and the embedding alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xharness import TuningMethod, hookimpl


@dataclass(frozen=True, slots=True, kw_only=True)
class LowRank:
    """W + B A, B of zeros, for the queries and values of every block (Hu et al. 2022, LoRA)."""

    name: str = "low-rank"
    summary: str = "a low-rank update of queries and values"
    version: int = 1
    rank: int = 2

    def make(self, encoder: Any) -> None:
        """Put an update beside each of the layers."""
        import torch

        class Updated(torch.nn.Module):
            def __init__(self, base: torch.nn.Linear, rank: int) -> None:
                super().__init__()
                self.base = base
                self.down = torch.nn.Parameter(torch.randn(rank, base.in_features) * 0.1)
                self.up = torch.nn.Parameter(torch.zeros(base.out_features, rank))

            def forward(self, states: torch.Tensor) -> torch.Tensor:
                return self.base(states) + states @ self.down.T @ self.up.T

        for module in list(encoder.modules()):
            for name in ("query", "value"):
                layer = getattr(module, name, None)
                if isinstance(layer, torch.nn.Linear):
                    setattr(module, name, Updated(layer, self.rank))

    def trains(self, parameter: str) -> bool:
        """Train the updates alone."""
        return parameter.endswith((".down", ".up"))

    def merge(self, encoder: Any) -> None:
        """Add the updates to the layers' own weights."""
        import torch

        for module in list(encoder.modules()):
            for name in ("query", "value"):
                layer = getattr(module, name, None)
                if layer is not None and hasattr(layer, "up"):
                    with torch.no_grad():
                        layer.base.weight += layer.up @ layer.down
                    setattr(module, name, layer.base)


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Trains the parameters whose names have a part in them, as they are."""

    name: str = "only"
    summary: str = "parameters of one name"
    version: int = 1
    part: str = "layer.1."

    def make(self, encoder: Any) -> None:
        """Leave the encoder as it is."""

    def trains(self, parameter: str) -> bool:
        """Train what has the part in its name."""
        return self.part in parameter

    def merge(self, encoder: Any) -> None:
        """Leave the encoder as it is."""


@hookimpl
def xharness_tunings() -> Sequence[TuningMethod]:
    """Offer the methods."""
    return [LowRank(), Only()]
