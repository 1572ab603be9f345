"""What a strategy is: a cell of the comparison in, the trainings before its prediction out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

from xharness.phases import Start, Train
from xharness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the comparison: everything is fixed but the chain of trainings."""

    model: Start
    intermediates: tuple[Task, ...]
    """The arm: what stands before the target; empty for a strategy that uses none."""
    target: Task
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """How the rows of intermediate tasks are translated for a training."""

    languages: tuple[str, ...] = ()
    """Empty for those of the study's targets that the translator knows."""
    translator: str = ""
    """Its name, or "name@folder" for its files in another place; empty for the suite's own."""
    source: bool = True
    """Whether rows in the source language are trained on too."""
    beams: int = 1
    """Of the search for a translation; 1 is greedy."""


class Trainer(Protocol):
    """What a strategy is handed to build trainings with; every method only describes work."""

    def on(self, *tasks: Task, start: Train | None = None, mixing: str = "proportional") -> Train:
        """Return the training on these intermediate tasks at once, after `start`.

        Args:
            tasks: One task, or several mixed in one training.
            start: The training to go on from; None is the cell's model.
            mixing: "proportional" to rows, or "uniform".
        """
        ...

    def translated(self, *tasks: Task, how: Translation, start: Train | None = None) -> Train:
        """Return the training on these tasks at once, each language with its part of the rows.

        Args:
            tasks: One task or several; each row is used once, in one language.
            how: Languages and translator.
            start: The training to go on from; None is the cell's model.

        Raises:
            StudyError: If a task cannot be translated so.
        """
        ...

    def on_target(self, *, start: Train | None = None) -> Train | None:
        """Return the target's own training after `start`, the last of the chain.

        Args:
            start: The training to go on from; None is the cell's model.

        Returns:
            The training; `start` itself for a target that is never trained (retrieval).
        """
        ...


class Strategy(Protocol):
    """A way to use intermediate tasks; a frozen dataclass whose other fields are parameters."""

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        ...

    @property
    def summary(self) -> str:
        """One line for lists."""
        ...

    @property
    def uses_intermediates(self) -> bool:
        """Whether arms make a difference; if not, it has one row for all of them."""
        ...

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the last training before prediction, or None to predict with the model itself."""
        ...


def parameters(strategy: Strategy) -> dict[str, Any]:
    """Return a strategy's parameters and their values: its fields but those of every strategy."""
    value: Any = strategy
    return {
        field.name: getattr(strategy, field.name)
        for field in fields(value)
        if field.name not in {"name", "summary", "uses_intermediates"}
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """Intermediate tasks that stand together before the target."""

    tasks: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return "mnli+squad_v1", or a dash for no task."""
        return "+".join(self.tasks) or "-"


def arms(names: Sequence[Sequence[str]]) -> tuple[Arm, ...]:
    """Return one arm per list of names, in the order given."""
    return tuple(Arm(tasks=tuple(n)) for n in names)
