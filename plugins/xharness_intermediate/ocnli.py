"""OCNLI: natural language inference written in Chinese, MNLI's counterpart.

Hu et al. 2020, arXiv:2010.05444; read from CLUE (Xu et al. 2020), which holds the 50,437 training
and 2,950 development rows on whose label a majority of the annotators agreed.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Classification, Kind, Role, Row, Source, Task, by_first, hookimpl

LABELS = ("neutral", "entailment", "contradiction")
"""In the order of the data set's integers, which is not that of MNLI."""

UNLABELLED = -1
"""How CLUE marks a row without a majority label, and those whose label it keeps back."""

CITATION = """@inproceedings{hu2020ocnli,
  title = {{OCNLI}: {O}riginal {C}hinese {N}atural {L}anguage {I}nference},
  author = {Hu, Hai and Richardson, Kyle and Xu, Liang and Li, Lu and K{\\"u}bler, Sandra and
            Moss, Lawrence},
  booktitle = {Findings of EMNLP},
  pages = {3512--3526},
  year = {2020}
}"""


def read(row: Row, language: str) -> Classification | None:
    """Return one row as an example, None for one without a label."""
    number = row["label"]
    if number == UNLABELLED:
        return None
    if number not in range(len(LABELS)):
        raise ValueError(f"ocnli: label {number!r} is not known; 0, 1, 2 or {UNLABELLED} would be")
    return Classification(text=row["sentence1"], pair=row["sentence2"], label=LABELS[number])


premises = by_first("sentence1")
"""Most premises have three rows."""

TASK = Task(
    name="ocnli",
    role=Role.INTERMEDIATE,
    kind=Kind.CLASSIFICATION,
    version=1,
    sources=(
        Source(
            path="clue/clue",
            config="ocnli",
            columns=("sentence1", "sentence2", "label"),
            licence="CC BY-NC 2.0",
            citation=CITATION,
            expected={"train": 50_437, "dev": 2_950},
        ),
    ),
    languages=("zh",),
    source_language="zh",
    splits={"train": "train", "dev": "validation"},
    labels=LABELS,
    read=read,
    cluster=premises,
    metric=Accuracy(),
    trains_on="ocnli",
    counterpart_of="mnli",
    summary="Chinese natural language inference in five genres, three labels",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer OCNLI."""
    return [TASK]
