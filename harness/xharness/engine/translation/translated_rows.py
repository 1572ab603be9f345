"""Translated rows: how a part of the rows is taken, written, and read to be trained on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.data import reading
from xharness.data.reading import NamedExample, Rows
from xharness.data.sources import Origin
from xharness.errors import DataError
from xharness.examples import Translatable
from xharness.keys import Key, key
from xharness.phases import Stream, Translate
from xharness.tasks import EXAMPLE_OF, Task

if TYPE_CHECKING:
    from xharness.store.store import Artifact

ROWS = "rows.jsonl"


def of_stream(task: Task, stream: Stream, origin: Origin, inputs: Mapping[Key, Artifact]) -> Rows:
    """Return the rows of a stream: its part of the task's own, or a translation of it.

    Args:
        task: Whose rows.
        stream: Which of them.
        origin: Where the task's own rows are.
        inputs: Artifacts, among them that of `stream.translated`.

    Raises:
        DataError: If rows are not what the task declares, or no row is left.
    """
    if stream.translated is not None:
        return _read(task, stream.translated, inputs[key(stream.translated)])
    sample = (stream.limit, stream.sample_seed)
    rows = reading.load(task, stream.languages, stream.split, sample, origin)
    return rows if stream.part is None else part(rows, stream.part, stream.sample_seed)


def part(rows: Rows, which: tuple[int, int], seed: int) -> Rows:
    """Return one of several parts of rows; together they are all rows, each in one part.

    Args:
        rows: In the order of their source.
        which: (2, 5) is the third of five; parts differ by one row at most.
        seed: Of the draw.

    Raises:
        DataError: If there are fewer rows than parts.
    """
    index, count = which
    if count > len(rows.named):
        raise DataError(
            f"{len(rows.named)} rows cannot be divided into {count} parts; fewer parts "
            "(languages, where rows are translated) or more rows would be right"
        )
    order = sorted(range(len(rows.named)), key=lambda i: _rank(rows.named[i], seed))
    return replace(rows, named=tuple(rows.named[i] for i in sorted(order[index::count])))


def _rank(one: NamedExample, seed: int) -> bytes:
    """Return a row's place in the draw; it does not depend on the language."""
    return hashlib.sha256(f"part:{seed}:{one.item}".encode()).digest()


def write(path: Path, rows: Iterable[NamedExample]) -> None:
    """Write translated rows, one a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for one in rows:
            line = {"item": one.item, "cluster": one.cluster, "example": asdict(one.example)}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _read(task: Task, phase: Translate, artifact: Artifact) -> Rows:
    """Return the rows of a translation."""
    counts = artifact.json("counts.json")
    named = tuple(
        NamedExample(
            example=_example(task, line["example"]),
            language=phase.into,
            item=line["item"],
            cluster=line["cluster"],
            where=f"{task.name} {phase.into} (translated), item {line['item']}",
        )
        for line in artifact.lines(ROWS)
    )
    return Rows(named=named, read=counts["rows"], left_out=counts["left_out"])


def _example(task: Task, fields: dict[str, Any]) -> Translatable:
    """Return one example from its JSON values."""
    kind = EXAMPLE_OF[task.kind]
    if not issubclass(kind, Translatable):
        raise DataError(f"a {kind.__name__} cannot be translated")
    return kind.from_json(fields)
