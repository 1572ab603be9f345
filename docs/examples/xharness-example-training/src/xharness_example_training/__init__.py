"""frozen, halves, gentle: strategies that change how a model is trained."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xharness import Cell, Changes, Recipe, Strategy, Train, Trainer, TuningMethod, hookimpl


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLayersStay:
    """A tuning method: the embeddings and the first blocks stay as they are."""

    name: str = "frozen"
    summary: str = "the embeddings and the first blocks are not trained"
    version: int = 1
    layers: int = field(default=1, metadata={"about": "blocks that are not trained"})

    def make(self, encoder: Any) -> None:
        """Leave the encoder as it is.

        Raises:
            ValueError: If it has not so many blocks.
        """
        depth = encoder.config.num_hidden_layers
        if not 0 <= self.layers <= depth:
            raise ValueError(f"layers: {self.layers}; 0 to {depth} would be right")

    def trains(self, parameter: str) -> bool:
        """Return whether a parameter is above the frozen blocks.

        BERT and XLM-R call a block encoder.layer.3, ModernBERT calls it layers.3.
        """
        block = re.search(r"\blayers?\.(\d+)\.", parameter)
        if block is None:
            return "embedding" not in parameter
        return int(block[1]) >= self.layers

    def merge(self, encoder: Any) -> None:
        """Leave the encoder as it is: nothing was added to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """As english, with a tuning method in every training."""

    name: str = "frozen"
    summary: str = "as english, but the first blocks are never trained"
    uses_intermediates: bool = True
    layers: int = field(default=1, metadata={"about": "blocks that are not trained"})

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training, after that on the arm."""
        changes = Changes(tuning=FirstLayersStay(layers=self.layers))
        first = train.on(*cell.intermediates, changes=changes)
        return train.on_target(start=first, changes=changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """Half of the rows first: the arm's tasks in two trainings, one after the other."""

    name: str = "halves"
    summary: str = "half of the intermediate rows first, then the other half"
    uses_intermediates: bool = True

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training, after those on the two halves."""
        half = train.on(*cell.intermediates, changes=Changes(part=(0, 2)))
        rest = Changes(part=(1, 2), keep_heads=True)
        return train.on_target(start=train.on(*cell.intermediates, start=half, changes=rest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gentle:
    """An own recipe: slower intermediate training, and embeddings that stay."""

    name: str = "gentle"
    summary: str = "intermediate training at a lower rate, embeddings not trained"
    uses_intermediates: bool = True
    rate: float = field(default=0.5, metadata={"about": "part of the recipe's learning rate"})

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training, with its usual recipe."""

        def gentler(recipe: Recipe) -> Recipe:
            return replace(
                recipe, learning_rate=self.rate * recipe.learning_rate, embedding_rate=0.0
            )

        first = train.on(*cell.intermediates, changes=Changes(recipe=gentler))
        return train.on_target(start=first)


@hookimpl
def xharness_strategies() -> Sequence[Strategy]:
    """Offer the strategies."""
    return [Frozen(), Halves(), Gentle()]


@hookimpl
def xharness_tunings() -> Sequence[TuningMethod]:
    """Offer the tuning method."""
    return [FirstLayersStay()]
