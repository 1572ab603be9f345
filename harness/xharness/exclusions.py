"""Development rows that must not choose a checkpoint, because a test set has their text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusions:
    """A list of texts, kept as digests, and the column that they stand in.

    `benchmarks/dev_overlap.py` makes such lists of the data sets themselves.

    Attributes:
        path: A file of one digest a line, comments after "#"; it comes with the task's package.
        column: Of the rows: what is compared, such as "context".
        of: Targets whose test sets have the texts.
    """

    path: Path
    column: str
    of: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Return 16 hexadecimal digits of the whole list."""
        return hashlib.sha256("\n".join(sorted(_listed(self.path))).encode()).hexdigest()[:16]

    def has(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row's text is on the list."""
        return text_digest(row[self.column]) in _listed(self.path)


def text_digest(text: str) -> str:
    """Return 16 hexadecimal digits that white space and case do not change."""
    return hashlib.sha256(" ".join(text.split()).casefold().encode()).hexdigest()[:16]


@cache
def _listed(path: Path) -> frozenset[str]:
    """Return the digests of a list."""
    lines = path.read_text("utf-8").splitlines()
    return frozenset(word for line in lines if (word := line.partition("#")[0].strip()))
