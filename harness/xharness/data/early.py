"""A look at the rows of one split before anything is trained: quick, and without the hub.

The user's own files are read whole. Of a data root's parquet files the footers, the columns and
the first rows are read. Rows that come from the hub or are generated are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from xharness.data import cards, own_files, reading
from xharness.data.slices import select
from xharness.data.sources import Origin
from xharness.errors import DataError
from xharness.tasks import Slice, Source, Task, slice_of

_FIRST = 100
"""Rows of each file that are read with the task's own functions."""


def problems(task: Task, language: str, split: str, origin: Origin) -> Iterator[str]:
    """Yield what is wrong with the rows of one language of one split, as far as a look shows.

    Args:
        task: Whose rows.
        language: One of its languages.
        split: "train", "dev" or "test".
        origin: Where the rows are.
    """
    try:
        if any(source.files for source in task.sources):
            reading.load(task, (language,), split, (None, 0), origin)
            return
    except DataError as wrong:
        yield str(wrong)
        return
    for source in task.sources:
        if source.generate is not None or origin.data_root is None:
            continue
        part = slice_of(task, source, language, split)
        try:
            _look(task, source, part, language, origin.data_root)
        except DataError as wrong:
            yield str(wrong)


def _look(task: Task, source: Source, part: Slice, language: str, root: Path) -> None:
    """Look at the files of one split of a data root.

    Raises:
        DataError: If one cannot be used.
    """
    for path in cards.files(root / source.path, [part], task.name):
        if path.suffix != ".parquet":
            continue
        with own_files.parquet_file(path) as file:
            try:
                batch = next(file.iter_batches(_FIRST), None)
            except (pa.ArrowException, OSError) as wrong:
                raise DataError(f"{path}: cannot be read: {wrong}; fetch it again") from None
            table = pa.Table.from_batches([] if batch is None else [batch], file.schema_arrow)
        rows = select(table, source.columns, part, str(path))
        reading.check(task, rows, language, str(path))
