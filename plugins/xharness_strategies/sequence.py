"""sequence: the intermediate tasks of an arm one after the other, in the order they are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xharness import Cell, Strategy, StudyError, Train, Trainer, hookimpl


@dataclass(frozen=True, slots=True, kw_only=True)
class OneAfterTheOther:
    """model → first task of the arm → its second → ... → target."""

    name: str = "sequence"
    summary: str = "the tasks of an arm one after the other, then the target"
    uses_intermediates: bool = True

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training at the end of the chain.

        Raises:
            StudyError: If the arm has only one task.
        """
        names = [task.name for task in cell.intermediates]
        if len(names) < 2:
            problem = (
                f"sequence: needs arms of two tasks or more, and {names[0]} is one; join them with "
                "a plus, in their order: --intermediates a+b"
            )
            raise StudyError("strategies", [problem])
        last: Train | None = None
        for task in cell.intermediates:
            last = train.on(task, start=last)
        return train.on_target(start=last)


@hookimpl
def xharness_strategies() -> Sequence[Strategy]:
    """Offer the strategy."""
    return [OneAfterTheOther()]
