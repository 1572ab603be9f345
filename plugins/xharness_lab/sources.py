"""What all tasks of the lab have in common: where rows come from, and what they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from xharness import Row, Source
from xharness_lab.world import CITATION

REVISION = "4"
"""Of everything that is generated; raised when any word or row changes."""

Generator = Callable[[str, str], Sequence[Row]]
"""Language and split to rows."""


def generated(
    task: str, rows: Generator, columns: tuple[str, ...], counts: Mapping[str, int]
) -> tuple[Source, ...]:
    """Return the source of a task whose rows are made in memory.

    Args:
        task: Its name.
        rows: Makes them.
        columns: Of every row, "item" aside.
        counts: Rows per split.
    """
    return (
        Source(
            path=f"lab/{task}",
            config="{language}",
            revision=REVISION,
            generate=cache(rows),  # the strategies of a comparison read the same rows
            columns=("item", *columns),
            licence="Apache-2.0",
            citation=CITATION,
            expected=counts,
        ),
    )


def item(row: Row, position: int) -> str:
    """Return the name of a row's item."""
    return str(row["item"])


def clusters(column: str) -> Callable[[Sequence[Row]], list[str]]:
    """Return a function from rows to the passage or premise that each comes from."""

    def names(rows: Sequence[Row]) -> list[str]:
        return [str(row[column]) for row in rows]

    return names
