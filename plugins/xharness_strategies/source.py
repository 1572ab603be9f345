"""source: intermediate training in another language than English, on equally many rows.

Either a data set that was written in the language, such as OCNLI for MNLI (what a task declares as
`counterpart_of`), or all rows of the task machine-translated into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xharness import Cell, Strategy, Train, Trainer, Translation, hookimpl


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSource:
    """model → the intermediate tasks' counterparts in one language → target."""

    name: str = "source"
    summary: str = "intermediate tasks in another language, written in it or translated"
    uses_intermediates: bool = True
    language: str = field(default="", metadata={"about": "code of the training rows' language"})
    task: tuple[str, ...] = field(
        default=(),
        metadata={"about": "which, where a language has several data sets; a+b for several arms"},
    )
    translator: str = field(
        default="",
        metadata={"about": "NAME or NAME@FOLDER: all rows machine-translated; empty: real rows"},
    )
    beams: int = field(default=1, metadata={"about": "of the translator's search; 1 is greedy"})

    def __post_init__(self) -> None:
        """Refuse parameters that exclude each other.

        Raises:
            ValueError: If data sets are named for translated rows, or beams without a translator.
        """
        if self.translator and self.task:
            raise ValueError("task: has no meaning with translator=, which translates the arm's")
        if self.beams != 1 and not self.translator:
            raise ValueError(f"beams: {self.beams} has no meaning without translator=NAME")

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training, which starts from one on the arm's tasks in the language.

        Raises:
            StudyError: If there are no such rows.
        """
        if self.translator and self.language:
            how = Translation(
                languages=(self.language,),
                translator=self.translator,
                source=False,
                beams=self.beams,
            )
            return train.on_target(start=train.translated(*cell.intermediates, how=how))
        found = train.counterparts(*cell.intermediates, language=self.language, named=self.task)
        return train.on_target(start=train.on(*found))


@hookimpl
def xharness_strategies() -> Sequence[Strategy]:
    """Offer the strategy."""
    return [OtherSource()]
