"""translate: intermediate training on the task's rows in many languages, by machine translation.

The silver condition of Phang et al. 2020 (arXiv 2005.13013), whose languages and translator are
not published. Every language has an equal part of the rows, and no row is in two of them, so the
training has as many examples and updates as `english`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xharness import Cell, Strategy, Train, Trainer, Translation, hookimpl


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslateRows:
    """model → intermediate tasks, their rows divided among languages → target."""

    name: str = "translate"
    summary: str = "intermediate tasks machine-translated, each language an equal part of the rows"
    uses_intermediates: bool = True
    languages: tuple[str, ...] = field(
        default=(), metadata={"about": "as de+sw; empty: those of the targets"}
    )
    translator: str = field(
        default="", metadata={"about": "NAME or NAME@FOLDER; empty: the suite's own"}
    )
    share_source: bool = field(
        default=True, metadata={"about": "whether the source language has a part too"}
    )
    beams: int = field(default=1, metadata={"about": "of the search; 1 is greedy"})

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training, which starts from one on translated rows of the arm."""
        how = Translation(
            languages=tuple(n for n in self.languages if n),
            translator=self.translator,
            source=self.share_source,
            beams=self.beams,
        )
        return train.on_target(start=train.translated(*cell.intermediates, how=how))


@hookimpl
def xharness_strategies() -> Sequence[Strategy]:
    """Offer the strategy."""
    return [TranslateRows()]
