"""Which differences a comparison sets out to measure; p values are corrected for all of them.

It is fixed when the plan is made, so it does not depend on what is shown or finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class _OfRow(Protocol):
    """A value that belongs to a row of the leaderboard and to a target."""

    @property
    def strategy(self) -> str:
        """Label of the strategy."""
        ...

    @property
    def intermediates(self) -> str:
        """Name of the arm."""
        ...

    @property
    def target(self) -> str:
        """Name of the target."""
        ...


class Entry(NamedTuple):
    """A row of the leaderboard: a strategy with an arm."""

    strategy: str
    intermediates: str
    """Name of the arm: "mnli+squad_v1", or "-" for a strategy that uses none."""

    @property
    def names(self) -> tuple[str, ...]:
        """What names the row: the strategy, and its arm if it has one."""
        has_arm = self.intermediates not in {"", "-"}
        return (self.strategy, self.intermediates) if has_arm else (self.strategy,)

    def on(self, target: str) -> TargetEntry:
        """Return the row on one target."""
        return TargetEntry(self.strategy, self.intermediates, target)


class TargetEntry(NamedTuple):
    """A row of the leaderboard on one target."""

    strategy: str
    intermediates: str
    target: str

    @classmethod
    def of(cls, one: _OfRow) -> TargetEntry:
        """Return the row and target that a result, a summary or an answer belongs to."""
        return cls(one.strategy, one.intermediates, one.target)

    @property
    def entry(self) -> Entry:
        """The row, whatever the target."""
        return Entry(self.strategy, self.intermediates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A difference that the comparison was made to measure; Holm's correction counts them all."""

    strategy: str
    intermediates: str
    against: str
    target: str
    against_intermediates: str = "-"
    """Arm of `against`."""


def declare(
    rows: Sequence[tuple[str, str]], targets: Iterable[str], against: str
) -> tuple[Contrast, ...]:
    """Return the contrasts of every row with the same arm of another strategy, on every target.

    A strategy with a single arm, as `none`, is compared with every row. If it has several arms
    but not the row's, the row has no contrast, because it is unclear which arm is meant.

    Args:
        rows: Strategies and arms.
        targets: Names.
        against: The strategy that the others are compared with; there is no contrast if no row
            has it.
    """
    arms = [arm for strategy, arm in rows if strategy == against]
    return tuple(
        Contrast(
            strategy=strategy,
            intermediates=arm,
            against=against,
            target=target,
            against_intermediates=arm if arm in arms else arms[0],
        )
        for strategy, arm in rows
        if strategy != against and (arm in arms or len(arms) == 1)
        for target in targets
    )


def opponents(contrasts: Iterable[Contrast]) -> Mapping[TargetEntry, TargetEntry]:
    """Return what each row is compared with, in the order of the contrasts."""
    return {
        TargetEntry(c.strategy, c.intermediates, c.target): TargetEntry(
            c.against, c.against_intermediates, c.target
        )
        for c in contrasts
    }
