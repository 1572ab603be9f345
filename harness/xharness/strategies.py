"""What a strategy is: it turns a cell of the comparison into the chain of trainings for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

from xharness.errors import PluginError, XHarnessError, one_line
from xharness.phases import Recipe, Start, Train
from xharness.tasks import Task
from xharness.tuning import TuningMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the comparison: everything is fixed but the chain of trainings.

    Attributes:
        model: The weights that every chain starts from.
        intermediates: The arm: what stands before the target; empty for a strategy that uses none.
        target: The target that is tested at the end.
        seed: Of every training in the chain.
    """

    model: Start
    intermediates: tuple[Task, ...]
    target: Task
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """How the rows of intermediate tasks are translated for a training.

    Attributes:
        languages: Empty for those of the compared targets that the translator knows.
        translator: Its name, or "name@folder" for its files in another place; empty for the
            suite's own.
        source: Whether rows in the source language are trained on too.
        beams: Of the search for a translation; 1 is greedy.
    """

    languages: tuple[str, ...] = ()
    translator: str = ""
    source: bool = True
    beams: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMix:
    """Masked-LM batches to mix into a training.

    Attributes:
        share: Of all updates, above 0; with 1 the tasks only say how many updates there are.
        task: A masked-LM task; empty for the suite's own.
        languages: Empty for those of the compared targets that the text has.
        exponent: See `Stream.exponent`.
    """

    share: float
    task: str = ""
    languages: tuple[str, ...] = ()
    exponent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a strategy changes in one training.

    Attributes:
        recipe: Returns the recipe to train with, made from the one that it would be without the
            strategy; --set has been heard by then. None leaves it as it is.
        limit: Labelled rows of each task at most; a smaller --limit-train wins.
        part: (0, 2) is the first of two equal parts of each task's rows, after the limit. The parts
            of one number share no row, and together they are all rows.
        keep_heads: Whether tasks keep the heads that they have in `start`; False draws them anew.
        tuning: What of the encoder is trained, and how; None trains all of it.
    """

    recipe: Callable[[Recipe], Recipe] | None = None
    limit: int | None = None
    part: tuple[int, int] | None = None
    keep_heads: bool = False
    tuning: TuningMethod | None = None

    def __post_init__(self) -> None:
        """Refuse rows that cannot be.

        Raises:
            ValueError: If the limit is below 1, or there is no such part.
        """
        if self.limit is not None and self.limit < 1:
            raise ValueError(f"limit: {self.limit}; 1 or more would be right")
        if self.part is not None and not _is_part(self.part):
            raise ValueError(f"part: {self.part}; (0, 2) is the first of two, (1, 2) the second")


NO_CHANGES = Changes()


def _is_part(part: object) -> bool:
    """Return whether a value is the number of a part, from 0, and how many there are."""
    match part:
        case (int(number), int(of)) if isinstance(part, tuple):
            return 0 <= number < of
        case _:
            return False


class Trainer(Protocol):
    """Builds the trainings of a strategy; its methods describe work and run nothing."""

    def on(
        self,
        *tasks: Task,
        start: Train | None = None,
        mixing: str = "proportional",
        cap: int | None = None,
        temperature: float | None = None,
        matched: bool = False,
        text: TextMix | None = None,
        changes: Changes = NO_CHANGES,
    ) -> Train:
        """Return the training on these intermediate tasks at once, after `start`.

        Args:
            tasks: One task, or several mixed in one training.
            start: The training to go on from; None is the cell's model.
            mixing: "proportional" to windows, "uniform", "capped" or "temperature".
            cap: For "capped": windows of a task count up to this number.
            temperature: For "temperature": 1 is proportional; larger is more uniform.
            matched: Whether, under --match updates, several tasks together get only as many
                updates as one of them takes on average; if False, the windows of all count.
            text: Masked-LM batches to mix in; --match decides whether they add updates or
                replace some.
            changes: Of recipe, rows and tuning; text has its own rows, and all of them.

        Raises:
            StudyError: If a recipe is wrong, heads are kept without a start, or no plugin offers
                the tuning method.
        """
        ...

    def translated(
        self,
        *tasks: Task,
        how: Translation,
        start: Train | None = None,
        changes: Changes = NO_CHANGES,
    ) -> Train:
        """Return the training on these tasks at once, with their rows translated.

        Args:
            tasks: One task or several. Every language gets an equal part of the rows, so each
                row is used once, in one language.
            how: Languages and translator.
            start: The training to go on from; None is the cell's model.
            changes: As in `on`, but for `part`: each language has its own part of the rows.

        Raises:
            StudyError: If a task's rows cannot be translated in this way, and as in `on`.
        """
        ...

    def counterparts(
        self, *tasks: Task, language: str, named: Sequence[str] = ()
    ) -> tuple[Task, ...]:
        """Return each task's counterpart in another language, as OCNLI is MNLI's in Chinese.

        When a strategy trains on a counterpart, all trainings of the plan on these tasks and
        their counterparts use equally many rows: as many as the smallest data set has.

        Args:
            tasks: Intermediate tasks.
            language: Language of the counterparts' training rows.
            named: Names of counterparts, to choose where a task has several in the language.

        Raises:
            StudyError: If a task has no counterpart in the language, or several and none is
                named; the message lists them.
        """
        ...

    def on_target(
        self, *, start: Train | None = None, changes: Changes = NO_CHANGES
    ) -> Train | None:
        """Return the target's own training after `start`, the last of the chain.

        Args:
            start: The training to go on from; None is the cell's model.
            changes: As in `on`.

        Returns:
            The training; `start` itself for a target that is never trained (retrieval).
        """
        ...


class Strategy(Protocol):
    """A way to use intermediate tasks.

    It is a frozen dataclass; its fields beyond the three below are its parameters.
    """

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
        """Whether the strategy uses the arm; if not, it has one row for all arms."""
        ...

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the last training before prediction, or None to predict with the model itself."""
        ...


def last_training(strategy: Strategy, cell: Cell, train: Trainer) -> Train | None:
    """Return the last training of a strategy for a cell, or None for the model itself.

    Raises:
        StudyError: If the strategy does not fit the cell.
        PluginError: If it raises anything else, or returns what is no training.
    """
    where = f"strategy {strategy.name} ({type(strategy).__module__}): training"
    try:
        last: object = strategy.training(cell, train)
    except XHarnessError:
        raise
    except (Exception, SystemExit) as wrong:
        told = f"{where} raises {one_line(wrong)} for the target {cell.target.name}"
        raise PluginError(told) from wrong
    if last is not None and not isinstance(last, Train):
        raise PluginError(
            f"{where} returns {last!r} for the target {cell.target.name}; what `train` returns, "
            "or None, would be right"
        )
    return last


def parameters(strategy: Strategy) -> dict[str, Any]:
    """Return a strategy's parameters and their values: all fields that only this strategy has."""
    value: Any = strategy
    return {
        field.name: getattr(strategy, field.name)
        for field in fields(value)
        if field.name not in {"name", "summary", "uses_intermediates", "joins_arms"}
    }


def about(declared: Strategy | TuningMethod) -> dict[str, str]:
    """Return parameter to its description, from "about" in the metadata of the field."""
    value: Any = declared
    return {f.name: str(f.metadata["about"]) for f in fields(value) if "about" in f.metadata}


def joins_arms(strategy: Strategy) -> bool:
    """Return whether a strategy has one row that uses the tasks of all arms together.

    Such a strategy has a field `joins_arms` that is true, and needs two tasks or more.
    """
    return bool(getattr(strategy, "joins_arms", False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """Intermediate tasks that stand together before the target.

    Attributes:
        tasks: Names of the intermediate tasks that are trained on together.
    """

    tasks: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return "mnli+squad_v1", or a dash for no task."""
        return "+".join(self.tasks) or "-"


def arms(names: Sequence[Sequence[str]]) -> tuple[Arm, ...]:
    """Return one arm per list of names, in the order given."""
    return tuple(Arm(tasks=tuple(n)) for n in names)
