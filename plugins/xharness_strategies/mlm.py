"""mlm, mlm-only: masked-LM batches of text in many languages against forgetting.

mlm mixes them into the intermediate training, as Phang et al. 2020 (arXiv 2005.13013) try too;
mlm-only, its control, has nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xharness import Cell, Strategy, TextMix, Train, Trainer, hookimpl

EXPONENT = 0.3
"""Conneau et al. 2020 (XLM-R), arXiv 1911.02116, section 3.1."""

TEXT = "a masked-LM task of `list tasks`; otherwise the suite's"
LANGUAGES = "codes, a+b+c; otherwise those of the targets that the text has"
ALPHA = (
    "languages are drawn in proportion to n ** exponent, n their text (Conneau et al. 2020, "
    "section 3.1); 1 is as they are, 0 all alike"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedLM:
    """model → intermediate tasks mixed with masked LM → target."""

    name: str = "mlm"
    summary: str = "intermediate tasks mixed with masked LM in the targets' languages"
    uses_intermediates: bool = True
    share: float = field(
        default=0.3, metadata={"about": "part of all updates that are masked LM, between 0 and 1"}
    )
    text: str = field(default="", metadata={"about": TEXT})
    languages: tuple[str, ...] = field(default=(), metadata={"about": LANGUAGES})
    exponent: float = field(default=EXPONENT, metadata={"about": ALPHA})

    def __post_init__(self) -> None:
        """Refuse a share or an exponent that is out of range.

        Raises:
            ValueError: If a parameter is out of its range.
        """
        if not 0 < self.share < 1:
            hint = "; for masked LM alone there is mlm-only" if self.share == 1 else ""
            raise ValueError(f"share: {self.share:g} is not between 0 and 1, such as 0.3{hint}")
        check_exponent(self.exponent)

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training, which starts from one on the arm's tasks and text."""
        text = TextMix(
            share=self.share, task=self.text, languages=self.languages, exponent=self.exponent
        )
        return train.on_target(start=train.on(*cell.intermediates, text=text))


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyMaskedLM:
    """model → masked LM, as many updates as the intermediate tasks would take → target."""

    name: str = "mlm-only"
    summary: str = "control: masked LM alone, for as many updates as the intermediate tasks"
    uses_intermediates: bool = True
    text: str = field(default="", metadata={"about": TEXT})
    languages: tuple[str, ...] = field(default=(), metadata={"about": LANGUAGES})
    exponent: float = field(default=EXPONENT, metadata={"about": ALPHA})

    def __post_init__(self) -> None:
        """Refuse an exponent that is out of range.

        Raises:
            ValueError: If it is out of its range.
        """
        check_exponent(self.exponent)

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training, which starts from one on text alone."""
        text = TextMix(share=1.0, task=self.text, languages=self.languages, exponent=self.exponent)
        return train.on_target(start=train.on(*cell.intermediates, text=text))


def check_exponent(exponent: float) -> None:
    """Raise a ValueError for an exponent that is not from 0 to 1."""
    if not 0 <= exponent <= 1:
        raise ValueError(f"exponent: {exponent:g} is not from 0 to 1, such as {EXPONENT}")


@hookimpl
def xharness_strategies() -> Sequence[Strategy]:
    """Offer the strategy and its control."""
    return [MaskedLM(), OnlyMaskedLM()]
