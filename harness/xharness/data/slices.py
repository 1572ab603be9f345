"""The rows of one language among those of a whole split, with the columns that are needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xharness.errors import DataError
from xharness.tasks import Row, Slice


def select(
    split: pa.Table | Sequence[Row], columns: Sequence[str], part: Slice, name: str
) -> list[dict[str, Any]]:
    """Return the rows of a slice, in the order of their split.

    Args:
        split: All of its rows.
        columns: Those that each row keeps.
        part: Which rows.
        name: Of the split, in messages.

    Raises:
        DataError: If a column is missing.
    """
    if isinstance(split, pa.Table):
        return _of_table(split, columns, part, name)
    return _of_list(split, columns, part, name)


def _of_table(
    table: pa.Table, columns: Sequence[str], part: Slice, name: str
) -> list[dict[str, Any]]:
    """Return the matching rows of a table."""
    _check_columns(table.column_names, columns, part, name)
    if part.where is not None:
        table = table.filter(pc.equal(table[part.where[0]], part.where[1]))
    if part.prefix is not None:
        table = table.filter(pc.starts_with(table[part.prefix[0]], part.prefix[1]))
    rows: list[dict[str, Any]] = table.select(list(columns)).to_pylist()
    return rows


def _of_list(
    generated: Sequence[Row], columns: Sequence[str], part: Slice, name: str
) -> list[dict[str, Any]]:
    """Return the matching rows of a generator."""
    needed = {*columns, *_slice_columns(part)}
    for row in generated:
        if not row.keys() >= needed:
            _check_columns(tuple(row), columns, part, name)
    return [{c: row[c] for c in columns} for row in generated if _matches(row, part)]


def _matches(row: Row, part: Slice) -> bool:
    """Return whether a row belongs to a slice."""
    equal = part.where is None or row[part.where[0]] == part.where[1]
    return equal and (part.prefix is None or row[part.prefix[0]].startswith(part.prefix[1]))


def _slice_columns(part: Slice) -> list[str]:
    """Return the columns by which a slice's rows are selected."""
    return [test[0] for test in (part.where, part.prefix) if test is not None]


def _check_columns(present: Sequence[str], columns: Sequence[str], part: Slice, name: str) -> None:
    """Raise when a needed column is not there."""
    needed = dict.fromkeys([*columns, *_slice_columns(part)])
    if missing := [c for c in needed if c not in present]:
        raise DataError(
            f"{name}: no column {', '.join(missing)}; the columns are {', '.join(present)}"
        )
