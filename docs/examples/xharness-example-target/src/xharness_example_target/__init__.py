"""Remarks: is someone pleased with what they bought, in English, German and Spanish.

Written for this example; 24 English remarks to train on, 12 in every language to test on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xharness import Accuracy, Classification, Kind, Role, Row, Source, Task, by_column, hookimpl

LABELS = ("pleased", "displeased")


def read(row: Row, language: str) -> Classification:
    """Return one row as an example."""
    return Classification(text=row["remark"], label=row["label"])


TASK = Task(
    name="remarks",
    role=Role.TARGET,
    kind=Kind.CLASSIFICATION,
    version=1,
    sources=(
        Source(
            path="remarks",
            files={"train": "train.{language}.jsonl", "test": "test.{language}.jsonl"},
            folder=str(Path(__file__).parent / "data"),
            columns=("number", "remark", "label"),
            licence="Apache-2.0",
            citation="@misc{remarks, title = {Remarks, an example of an xharness plugin}}",
            expected={"train/en": 24, "test/en": 12, "test/de": 12, "test/es": 12},
        ),
    ),
    languages=("en", "de", "es"),
    splits={"train": "train", "test": "test"},
    labels=LABELS,
    read=read,
    item=by_column("number"),
    metric=Accuracy(),
    trains_on="remarks",
    source_language="en",
    summary="short remarks about a purchase, pleased or not, in three languages",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer the task."""
    return [TASK]
