"""Running text for masked LM: as much of each language as it was pretrained on, but other text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from xharness import Accuracy, Kind, Plain, Role, Row, Source, Task
from xharness_lab.corpus import monolingual
from xharness_lab.languages import ASKED, BY_CODE, SOURCE
from xharness_lab.sources import REVISION
from xharness_lab.world import CITATION

DOCUMENTS = 4000
"""Of the source language; other languages have their share of it."""
PASSAGES = 0.4
"""Share of documents with several facts."""
SEED = 1000
"""Not one of the seeds of the text for pretraining."""

ROWS = {x.code: round(DOCUMENTS * x.corpus) for x in ASKED if x.corpus}
"""Documents per language; one without any text has none."""


def rows(config: str, split: str) -> Sequence[Row]:
    """Return the documents of a language."""
    written = monolingual(BY_CODE[config].code, passages=PASSAGES, seed=SEED)
    return [{"text": " ".join(document)} for document in islice(written, ROWS[config])]


def read(row: Row, language: str) -> Plain:
    """Return one document as an example."""
    return Plain(text=row["text"])


TASK = Task(
    name="lab_text",
    role=Role.INTERMEDIATE,
    kind=Kind.MASKED_LM,
    version=1,
    sources=(
        Source(
            path="lab/lab_text",
            config="{language}",
            revision=REVISION,
            generate=rows,
            columns=("text",),
            licence="Apache-2.0",
            citation=CITATION,
            expected={f"train/{code}": count for code, count in ROWS.items()},
        ),
    ),
    languages=tuple(ROWS),
    splits={"train": "train"},
    read=read,
    metric=Accuracy(),
    source_language=SOURCE.code,
    summary="running text in every fictional language that has any, for masked LM",
)
