"""Opens one split of a source: a hub data set, a folder laid out like it, files, a generator.

What has been opened stays open for a while, because the languages of a task often share it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from xharness.data import checked_bytes, hub, own_files
from xharness.data.slices import select
from xharness.errors import DataError
from xharness.tasks import Row, Slice, Source, own_file

_REVISION = re.compile(r"(?:hub:)?([0-9a-f]{40})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the rows of a task are read from, and their digest."""

    data_root: Path | None
    """Folder laid out like the hub, read instead of it."""
    offline: bool
    digest: str
    """Of the rows of all sources of the task, joined by commas."""
    anew: bool = False
    """Whether files are hashed anew although they have not changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opening:
    """Everything that decides which table is opened; equal values share one open table."""

    path: str
    config: str
    split: str
    file: str | None
    revision: str | None
    generate: Callable[[str, str], Sequence[Row]] | None
    first: int | None
    origin: Origin

    @property
    def offline(self) -> bool:
        """Whether no connection may be opened; none is needed for a folder."""
        return self.origin.offline or self.origin.data_root is not None

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.file or f"{self.path}, config {self.config}, split {self.split}"


def revisions(digest: str, sources: int) -> list[str | None]:
    """Return the commit of each source, None where the digest does not name one.

    Args:
        digest: "hub:" and 40 hexadecimal digits for each source, joined by commas, or any
            other digest.
        sources: How many there are.
    """
    parts = digest.split(",")
    if len(parts) != sources:
        return [None] * sources
    matches = (_REVISION.fullmatch(p) for p in parts)
    return [m[1] if m else None for m in matches]


def rows(
    source: Source, part: Slice, language: str, revision: str | None, origin: Origin
) -> list[dict[str, Any]]:
    """Return the rows of one language of one split, with the columns that the source declares.

    Args:
        source: Where they come from.
        part: Its config, split, and the column that tells languages apart, if there is one.
        language: Fills "{language}" in the names of own files.
        revision: The hub's commit; None for the source's own, or the newest.
        origin: Where to look.

    Returns:
        In the order of the source; empty when the split has no row of this language.

    Raises:
        DataError: If the data set, config, split or a column is missing.
        OfflineError: If it would have to be fetched.
    """
    opened = whole_split(source, part, language, revision, origin)
    config = f"{source.path}, config {part.config}, split {part.split}"
    where = str(own_file(source, language, part.split)) if source.files else config
    return select(opened, source.columns, part, where)


def whole_split(
    source: Source, part: Slice, language: str, revision: str | None, origin: Origin
) -> pa.Table | Sequence[Row]:
    """Return a whole split, of all its languages: an Arrow table, or generated rows.

    The arguments are those of `rows`.

    Raises:
        DataError: If the data set, config or split is missing.
        OfflineError: If it would have to be fetched.
    """
    return _open(_opening(source, part, language, revision, origin))


def to_come(
    source: Source, part: Slice, language: str, revision: str | None, origin: Origin
) -> dict[str, int]:
    """Return the files that `whole_split` would fetch from the hub, with their bytes.

    The arguments are those of `rows`.

    Raises:
        HubError: If the hub cannot be asked.
    """
    opening = _opening(source, part, language, revision, origin)
    if opening.first is not None:
        pattern = _first_file(opening)
        return hub.to_come("dataset", opening.path, opening.revision, [pattern])

    def lacking() -> dict[str, int]:
        builder = _builder(opening.path, opening.config, opening.revision, offline=False)
        if _is_prepared(builder):
            return {}
        return hub.data_files_to_come(_urls(builder))

    return hub.opened(opening.name, lacking, offline=False)


def _opening(
    source: Source, part: Slice, language: str, revision: str | None, origin: Origin
) -> _Opening:
    """Return all that decides which table is opened; arguments as in `rows`."""
    return _Opening(
        path=source.path,
        config=part.config,
        split=part.split,
        file=str(own_file(source, language, part.split)) if source.files else None,
        revision=revision or source.revision,
        generate=source.generate,
        first=source.first,
        origin=origin,
    )


def names_of_configs(source: Source, revision: str | None, origin: Origin) -> list[str]:
    """Return the configs that a source's repository or folder has.

    Raises:
        DataError: If they cannot be told.
        HubError: If the hub cannot be asked.
        OfflineError: If it would have to be, and no connection may be opened.
    """
    from datasets import get_dataset_config_names

    root = origin.data_root
    path = source.path if root is None else str(root / source.path)
    try:
        names = hub.opened(
            f"{source.path}, names of configs",
            lambda: get_dataset_config_names(path, revision=revision or source.revision),
            offline=origin.offline or root is not None,
        )
    except (ValueError, OSError) as error:
        raise DataError(f"{source.path}: its configs are not known: {error}") from error
    return list(names)


@lru_cache(maxsize=8)
def _open(opening: _Opening) -> pa.Table | Sequence[Row]:
    """Return a whole split, as an Arrow table or as generated rows."""
    if opening.generate is not None:
        return opening.generate(opening.config, opening.split)
    if opening.file is not None:
        return own_files.read(Path(opening.file))
    if opening.first is not None:
        return _beginning(opening, opening.first)
    import datasets

    datasets.disable_progress_bars()
    datasets.logging.set_verbosity_error()
    where = opening.name
    try:
        opened = hub.opened(where, lambda: _load(opening), offline=opening.offline)
    except (ValueError, OSError, datasets.exceptions.DatasetGenerationError) as error:
        raise DataError(f"{where}: cannot be read, or has no rows: {error}") from error
    except RuntimeError as error:
        if "scripts are no longer supported" not in str(error):
            raise
        raise DataError(
            f"{where}: the repository holds a loading script, which is never run; give a folder "
            "that holds its rows with --data-root"
        ) from error
    return opened.with_format("arrow")[:]


def _beginning(opening: _Opening, count: int) -> pa.Table:
    """Return the first rows of a split, from the file "config/split-00000-of-...parquet"."""
    root = opening.origin.data_root
    pattern = _first_file(opening)
    if root is None:
        offline = opening.origin.offline
        folder = hub.snapshot("dataset", opening.path, opening.revision, [pattern], offline=offline)
    else:
        folder = root / opening.path
    files = sorted(folder.glob(pattern))
    if not files:
        raise DataError(f"{opening.name}: no file {pattern} in {folder}")
    rows: list[pa.RecordBatch] = []
    try:
        with pq.ParquetFile(files[0]) as file:
            for batch in file.iter_batches(batch_size=count):
                rows.append(batch)
                if sum(map(len, rows)) >= count:
                    break
            return pa.Table.from_batches(rows, file.schema_arrow)[:count]
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{files[0]}: cannot be read: {error}") from error


def _first_file(opening: _Opening) -> str:
    """Return the pattern of the file that begins a split."""
    return f"{opening.config}/{opening.split}-00000*.parquet"


def _load(opening: _Opening) -> Any:
    """Return a split as the datasets library opens it."""
    root = opening.origin.data_root
    if root is None:
        builder = _builder(opening.path, opening.config, opening.revision, opening.offline)
    else:
        folder = root / opening.path
        if not folder.is_dir():
            raise DataError(f"{opening.path}: no such folder in the data root {root}")
        builder = _builder(str(folder), opening.config, None, opening.offline)
    if root is None:
        _check_fetched(builder, opening)
    builder.download_and_prepare()
    anew = opening.origin.anew
    checked_bytes.check_prepared(opening.name, Path(builder.cache_dir), anew=anew)
    return builder.as_dataset(split=opening.split)


def _check_fetched(builder: Any, opening: _Opening) -> None:
    """Fetch the files of a config, and compare them with what the hub states of them.

    Raises:
        HubError: If one has other bytes.
    """
    made = Path(builder.cache_dir) if _is_prepared(builder) else None
    files = hub.data_files(_urls(builder), fetch=made is None and not opening.offline)
    checked_bytes.check_fetched(opening.name, files, anew=opening.origin.anew, made=made)


def _is_prepared(builder: Any) -> bool:
    """Return whether the rows of a config were prepared, so that its files are not needed."""
    return (Path(builder.cache_dir) / "dataset_info.json").is_file()


def _urls(builder: Any) -> list[str]:
    """Return the addresses of a config's files."""
    return [str(url) for several in (builder.config.data_files or {}).values() for url in several]


def _builder(path: str, config: str, revision: str | None, offline: bool) -> Any:
    """Return the builder of one config, as load_dataset_builder makes it.

    That function reads the repository's card and lists its files anew for every config, which for
    the 180 configs of XTREME took half of the time of a small prediction.
    """
    from datasets.load import get_dataset_builder_class

    state = _state(Path(path))
    module = _module(path, revision, state, offline)
    given = dict(module.builder_kwargs)
    name = given.pop("dataset_name", None)
    make = get_dataset_builder_class(module, dataset_name=name)
    info = (module.dataset_infos or {}).get(config)
    # The library's own hash is of names only, so changed files would give the rows of before.
    digest = module.hash + state
    if module.hash == "auto" and revision is not None:
        # Without an answer of the hub the library takes what was cached last, of any revision.
        digest, given["version"] = revision, "0.0.0"
    return make(dataset_name=name, config_name=config, hash=digest, info=info, **given)


def _state(folder: Path) -> str:
    """Return a digest that changes with any file of a folder; "" for a repository of the hub."""
    if not folder.is_dir():
        return ""
    files = sorted((p, p.stat()) for p in folder.rglob("*") if p.is_file())
    seen = [(str(p), about.st_size, about.st_mtime_ns) for p, about in files]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


@lru_cache(maxsize=8)
def _module(path: str, revision: str | None, state: str, offline: bool) -> Any:
    """Return what a repository or folder holds: its configs, their files and their columns."""
    # Not what was seen of a folder before it changed, nor of a cache before the hub was asked.
    del state, offline
    from datasets.load import dataset_module_factory

    return dataset_module_factory(path, revision=revision)
