"""JCommonsenseQA: Japanese questions of common knowledge, CommonsenseQA's counterpart.

Kurihara et al. 2022, 2022.lrec-1.317 (JGLUE), section 3.3.2; version 1.3.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Kind, MultipleChoice, Role, Row, Source, Task, by_column, hookimpl

CHOICES = ("choice0", "choice1", "choice2", "choice3", "choice4")
"""Columns; the label is the place of the right one."""

CITATION = """@inproceedings{kurihara2022jglue,
  title = {{JGLUE}: {J}apanese General Language Understanding Evaluation},
  author = {Kurihara, Kentaro and Kawahara, Daisuke and Shibata, Tomohide},
  booktitle = {Proceedings of LREC},
  pages = {2957--2966},
  year = {2022}
}"""


def read(row: Row, language: str) -> MultipleChoice:
    """Return one row as an example.

    Raises:
        ValueError: If the label is the place of no choice.
    """
    number = row["label"]
    if number not in range(len(CHOICES)):
        raise ValueError(f"jcommonsenseqa: label {number!r} is no choice; 0 to 4 would be")
    return MultipleChoice(
        context="",
        question=row["question"],
        choices=tuple(row[name] for name in CHOICES),
        answer=number,
    )


question = by_column("q_id")

TASK = Task(
    name="jcommonsenseqa",
    role=Role.INTERMEDIATE,
    kind=Kind.MULTIPLE_CHOICE,
    version=1,
    sources=(
        Source(
            path="shunk031/JGLUE",
            config="JCommonsenseQA",
            columns=("q_id", "question", *CHOICES, "label"),
            licence="CC BY-SA 4.0",
            citation=CITATION,
            expected={"train": 8_939, "dev": 1_119},
        ),
    ),
    languages=("ja",),
    source_language="ja",
    splits={"train": "train", "dev": "validation"},
    read=read,
    item=question,
    metric=Accuracy(),
    trains_on="jcommonsenseqa",
    counterpart_of="commonsenseqa",
    summary="Japanese questions of common knowledge, five choices",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer JCommonsenseQA."""
    return [TASK]
