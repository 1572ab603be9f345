"""MNLI: does a premise entail a hypothesis, in English text of ten genres.

Williams et al. 2018, N18-1101; read from GLUE (Wang et al. 2019, arXiv:1804.07461). It is both
an intermediate task and what XNLI is trained on (Hu et al. 2020, arXiv:2003.11080, table 1).
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Classification, Kind, Role, Row, Source, Task, by_first, hookimpl

LABELS = ("entailment", "neutral", "contradiction")
"""In the order of the data set's integers."""

UNLABELLED = -1
"""How GLUE marks a row whose label it keeps back; only its test sets have such rows."""

CITATION = """@inproceedings{williams2018mnli,
  title = {A Broad-Coverage Challenge Corpus for Sentence Understanding through Inference},
  author = {Williams, Adina and Nangia, Nikita and Bowman, Samuel},
  booktitle = {Proceedings of NAACL-HLT},
  pages = {1112--1122},
  year = {2018}
}"""


def read(row: Row, language: str) -> Classification:
    """Return one row as an example; a row that GLUE gives no label has none."""
    number = row["label"]
    if number == UNLABELLED:
        return Classification(text=row["premise"], pair=row["hypothesis"], label=None)
    if number not in range(len(LABELS)):
        raise ValueError(f"mnli: label {number!r} is not known; 0, 1, 2 or {UNLABELLED} would be")
    return Classification(text=row["premise"], pair=row["hypothesis"], label=LABELS[number])


premises = by_first("premise")
"""Most premises have three rows."""

TASK = Task(
    name="mnli",
    role=Role.INTERMEDIATE,
    kind=Kind.CLASSIFICATION,
    version=1,
    sources=(
        Source(
            path="nyu-mll/glue",
            config="mnli",
            revision="bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c",
            columns=("premise", "hypothesis", "label"),
            licence="OANC and others, see section 3 of the paper",
            citation=CITATION,
            expected={"train": 392_702, "dev": 9_815},
        ),
    ),
    languages=("en",),
    splits={"train": "train", "dev": "validation_matched"},
    labels=LABELS,
    read=read,
    cluster=premises,
    metric=Accuracy(),
    trains_on="mnli",
    references="xnli",
    summary="English natural language inference in ten genres, three labels",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer MNLI."""
    return [TASK]
