"""QQP: do two questions from Quora ask the same thing.

Iyer, Dandekar and Csernai 2017; read from GLUE (Wang et al. 2019, arXiv:1804.07461), whose
revision on the hub is the one that public training scripts pin.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Classification, Kind, Role, Row, Source, Task, hookimpl

LABELS = ("not_duplicate", "duplicate")
"""In the order of the data set's integers."""

CITATION = """@misc{iyer2017qqp,
  title = {First {Quora} Dataset Release: Question Pairs},
  author = {Iyer, Shankar and Dandekar, Nikhil and Csernai, Korn{\\'e}l},
  howpublished = {quoradata.quora.com},
  year = {2017}
}"""


def read(row: Row, language: str) -> Classification:
    """Return one row as an example."""
    number = row["label"]
    if number not in range(len(LABELS)):
        raise ValueError(f"qqp: label {number!r} is not known; 0 or 1 would be")
    return Classification(text=row["question1"], pair=row["question2"], label=LABELS[number])


TASK = Task(
    name="qqp",
    role=Role.INTERMEDIATE,
    kind=Kind.CLASSIFICATION,
    version=1,
    sources=(
        Source(
            path="nyu-mll/glue",
            config="qqp",
            revision="bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c",
            columns=("question1", "question2", "label"),
            licence="Quora's terms of service: non-commercial",
            citation=CITATION,
            expected={"train": 363_846, "dev": 40_430},
        ),
    ),
    languages=("en",),
    splits={"train": "train", "dev": "validation"},
    labels=LABELS,
    read=read,
    metric=Accuracy(),
    trains_on="qqp",
    summary="do two English questions from Quora ask the same",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer QQP."""
    return [TASK]
