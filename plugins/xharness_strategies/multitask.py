"""multitask: the tasks of all arms at once, drawn by one of four rules.

Raffel et al. 2020 (T5), arXiv 1910.10683, section 3.5.2, for the rules with a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xharness import Cell, Strategy, Train, Trainer, hookimpl

MIXINGS = ("proportional", "uniform", "capped", "temperature")


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiTask:
    """model → all intermediate tasks at once → target."""

    name: str = "multitask"
    summary: str = "the tasks of all arms in one training, then the target"
    uses_intermediates: bool = True
    joins_arms: bool = True
    mixing: str = field(
        default="proportional",
        metadata={"about": "to their windows, or uniform, capped, temperature"},
    )
    cap: int = field(
        default=0, metadata={"about": "for capped: windows of a task that count at most, from 1"}
    )
    temperature: float = field(
        default=2.0,
        metadata={"about": "for temperature: T of windows ** (1 / T); 1 is proportional"},
    )

    def __post_init__(self) -> None:
        """Refuse an unknown rule of mixing, or one without its number.

        Raises:
            ValueError: If a parameter is out of its range.
        """
        if self.mixing not in MIXINGS:
            raise ValueError(f"mixing: {self.mixing!r} is none of {', '.join(MIXINGS)}")
        if self.mixing == "capped" and self.cap < 1:
            raise ValueError("cap: missing; mixing=capped needs one, such as cap=10000")
        if self.mixing != "capped" and self.cap:
            raise ValueError(f"cap: {self.cap} has no meaning; write mixing=capped too")
        if self.temperature < 1:
            raise ValueError(f"temperature: {self.temperature:g} is below 1; 2 would be right")

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training, which starts from one on the tasks of all arms."""
        first = train.on(
            *cell.intermediates,
            mixing=self.mixing,
            cap=self.cap if self.mixing == "capped" else None,
            temperature=self.temperature if self.mixing == "temperature" else None,
            matched=True,
        )
        return train.on_target(start=first)


@hookimpl
def xharness_strategies() -> Sequence[Strategy]:
    """Offer the strategy."""
    return [MultiTask()]
