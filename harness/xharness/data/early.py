"""A look at the rows of one split before anything is trained: quick, and without the hub.

The user's own files are read whole. Of a data root's parquet files the footers, the columns and
the first rows are read. Rows of the hub have to be on this machine where no connection may be
opened, and are not looked at otherwise, nor are generated ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from xharness.data import cards, own_files, reading, sources
from xharness.data.slices import select
from xharness.data.sources import Origin
from xharness.errors import DataError, OfflineError
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
    commits = sources.revisions(origin.digest, len(task.sources))
    for source, commit in zip(task.sources, commits, strict=True):
        if source.generate is not None:
            continue
        try:
            part = slice_of(task, source, language, split)
            if origin.data_root is not None:
                _look(task, source, part, language, origin.data_root)
            elif origin.offline:
                sources.whole_split(source, part, language, commit, origin)
        except (DataError, OfflineError) as wrong:
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
