"""Reads files of the user's own; whatever is wrong with one is said with its line.

The types of the columns are those that the values have in JSON, and in CSV those that pandas finds.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from xharness.errors import DataError, listed

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
FIELD_BYTES = 1 << 30
"""Longest field of a CSV file; Python's own limit is shorter than some passages."""


def read(path: Path) -> pa.Table:
    """Return the rows of a .jsonl, .csv, .tsv or .parquet file, one or more.

    Raises:
        DataError: If there is no such file, or it cannot be read; all its wrong lines at once.
    """
    if path.suffix not in _READERS:
        raise DataError(f"{path}: cannot be read; write one of {', '.join(_READERS)}")
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    table = _READERS[path.suffix](path)
    if not table.num_rows:
        raise DataError(f"{path}: has no rows; one per example would be right")
    return table


def places(path: Path, rows: int) -> list[str]:
    """Return where each row of a file stands: "line 4", of a parquet file "row 2", from 0."""
    if path.suffix == ".jsonl":
        return [f"line {number}" for number, _ in filled(text(path))]
    if path.suffix in _SEPARATORS:
        return [f"line {number}" for number, _ in _records(path, text(path))][1:]
    return [f"row {number}" for number in range(rows)]


def shown(value: Any) -> str:
    """Return a value as a message names it: "nothing (null)", "the number 5", "a list"."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return f"the value {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    return "a list" if isinstance(value, list | tuple) else f"a {_kind(value)}"


def _kind(value: Any) -> str:
    """Return what kind of JSON value something is; numbers are of one kind."""
    names = {bool: "truth value", int: "number", float: "number", str: "text", list: "list"}
    return names.get(type(value), "object" if isinstance(value, Mapping) else type(value).__name__)


def text(path: Path) -> str:
    """Return the text of a file, which has to be UTF-8."""
    try:
        content = path.read_bytes()
    except OSError as wrong:
        raise DataError(f"{path}: cannot be read: {wrong.strerror}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        number = content.count(b"\n", 0, wrong.start) + 1
        raise DataError(
            f"{path}, line {number}: byte 0x{content[wrong.start]:02x} is not UTF-8; save the file "
            "as UTF-8"
        ) from None


def filled(content: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not empty, with their numbers from 1."""
    # Not splitlines(), which also cuts at characters that stand inside of texts.
    return ((n, one) for n, one in enumerate(content.split("\n"), 1) if one.strip())


def _json_lines(path: Path) -> pa.Table:
    """Return the rows of a file with one JSON object per line."""
    rows: list[Mapping[str, Any]] = []
    numbers: list[int] = []
    problems: list[str] = []
    for number, one in filled(text(path)):
        row, problem = _json_row(one)
        if problem:
            problems.append(f"{path}, line {number}: {problem}")
        rows.append(row)
        numbers.append(number)
    names = list(dict.fromkeys(name for row in rows for name in row))
    for name in names:
        for at, problem in _mixed(name, [row.get(name) for row in rows], numbers):
            problems.append(f"{path}, line {at}: {problem}")
    if problems:
        raise DataError(listed(problems))
    columns = {name: _column(path, name, [row.get(name) for row in rows]) for name in names}
    return pa.table(columns)


def _json_row(one: str) -> tuple[Mapping[str, Any], str]:
    """Return one line as a row, and what is wrong with it."""
    try:
        row = json.loads(one)
    except ValueError as wrong:
        place = f" at character {wrong.pos + 1}" if isinstance(wrong, json.JSONDecodeError) else ""
        what = wrong.msg if isinstance(wrong, json.JSONDecodeError) else str(wrong)
        return {}, f"is no JSON{place} ({what}); one object per line would be right"
    if not isinstance(row, dict):
        return {}, f"is {shown(row)}; one object per line, as in {{...}}, would be right"
    halves = [name for name, value in row.items() if "\\u" in one and _has_half(value)]
    if halves:
        return {}, (
            f"field {halves[0]} has half of a character (a lone surrogate, as in \\ud83d); the "
            "character itself would be right"
        )
    return row, ""


def _has_half(value: Any) -> bool:
    """Return whether a text in a JSON value has a lone surrogate."""
    if isinstance(value, str):
        return any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, Mapping):
        return any(map(_has_half, [*value, *value.values()]))
    return isinstance(value, list) and any(map(_has_half, value))


def _mixed(name: str, values: Sequence[Any], numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield the lines whose value in a column is of another kind than most, and what is wrong."""
    kinds = [None if value is None else _kind(value) for value in values]
    counted = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds) if kind is not None}
    if len(counted) < 2:
        return
    usual = max(counted, key=lambda kind: counted[kind])
    for value, kind, number in zip(values, kinds, numbers, strict=True):
        if kind not in {None, usual}:
            yield (
                number,
                f"field {name} is {shown(value)}; {_a(usual)}, as elsewhere, would be right",
            )


def _a(kind: str) -> str:
    """Return a kind with its article."""
    return kind if kind == "text" else f"{'an' if kind == 'object' else 'a'} {kind}"


def _column(path: Path, name: str, values: Sequence[Any]) -> pa.Array:
    """Return values of one kind as a column."""
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, TypeError) as wrong:
        raise DataError(
            f"{path}: field {name} does not hold the same in every line: {wrong}"
        ) from None


def _records(path: Path, content: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records of a CSV or TSV file, the header first, with the lines they begin on."""
    csv.field_size_limit(FIELD_BYTES)
    reader = csv.reader(
        io.StringIO(content, newline=""), delimiter=_SEPARATORS[path.suffix], strict=True
    )
    begin = 1
    try:
        for record in reader:
            if record:
                yield begin, record
            begin = reader.line_num + 1
    except csv.Error as wrong:
        raise DataError(
            f"{path}, line {begin}: {wrong}; a text with a separator or a quotation mark in it "
            "stands in quotation marks, with each one inside doubled"
        ) from None


def _separated(path: Path) -> pa.Table:
    """Return the rows of a CSV or TSV file."""
    from datasets import disable_progress_bars, load_dataset, logging
    from datasets.exceptions import DatasetGenerationError

    disable_progress_bars()
    logging.set_verbosity_error()
    records = list(_records(path, text(path)))
    if not records:
        raise DataError(f"{path}: is empty; a header and one row per example would be right")
    (_, header), *rows = records
    if len(set(header)) < len(header) or "" in map(str.strip, header):
        raise DataError(
            f"{path}, line 1: the header is {', '.join(map(repr, header))}; a different name for "
            "every column would be right"
        )
    problems = [
        f"{path}, line {number}: {len(row)} fields where the header has {len(header)}; a text "
        "with a separator in it stands in quotation marks"
        for number, row in rows
        if len(row) != len(header)
    ]
    if problems:
        raise DataError(listed(problems))
    if not rows:
        raise DataError(f"{path}: has a header and no rows; one per example would be right")
    # "NA" and "null" are words of a language, not missing values.
    read_as = {"sep": _SEPARATORS[path.suffix], "keep_default_na": False}
    try:
        opened = load_dataset("csv", data_files=str(path), split="train", **read_as)
    except (ValueError, OSError, DatasetGenerationError) as wrong:
        cause = wrong.__cause__ or wrong
        raise DataError(f"{path}: its columns cannot be read: {cause}") from wrong
    return opened.with_format("arrow")[:]


def parquet_file(path: Path) -> pq.ParquetFile:
    """Return an open parquet file.

    Raises:
        DataError: If it is cut off, or no parquet file.
    """
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as wrong:
        size = path.stat().st_size if path.is_file() else 0
        raise DataError(
            f"{path}: is no whole parquet file of {size:,} bytes ({wrong}); fetch or write it again"
        ) from None


def _parquet(path: Path) -> pa.Table:
    """Return the rows of a parquet file."""
    with parquet_file(path) as file:
        try:
            return file.read()
        except (pa.ArrowException, OSError) as wrong:
            raise DataError(f"{path}: cannot be read: {wrong}; write it again") from None


_READERS: Mapping[str, Callable[[Path], pa.Table]] = {
    ".jsonl": _json_lines,
    ".csv": _separated,
    ".tsv": _separated,
    ".parquet": _parquet,
}
