"""FarsTail: natural language inference written in Persian, MNLI's counterpart.

Amirkhani et al. 2023, arXiv:2009.08820: hypotheses from questions of Persian university exams.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Classification, Kind, Role, Row, Source, Task, hookimpl
from xharness_intermediate.mnli import premises

LETTERS = {"e": "entailment", "n": "neutral", "c": "contradiction"}
"""What the data set writes for each label."""

CITATION = """@article{amirkhani2023farstail,
  title = {{FarsTail}: a {P}ersian natural language inference dataset},
  author = {Amirkhani, Hossein and AzariJafari, Mohammad and Faridan-Jahromi, Soroush and
            Kouhkan, Zeinab and Pourjafari, Zohreh and Amirak, Azadeh},
  journal = {Soft Computing},
  year = {2023},
  doi = {10.1007/s00500-023-08959-3}
}"""


def read(row: Row, language: str) -> Classification:
    """Return one row as an example.

    Raises:
        ValueError: If its label is none of the three letters.
    """
    letter = row["label"]
    if letter not in LETTERS:
        raise ValueError(f"farstail: label {letter!r} is not known; {', '.join(LETTERS)} would be")
    return Classification(text=row["premise"], pair=row["hypothesis"], label=LETTERS[letter])


TASK = Task(
    name="farstail",
    role=Role.INTERMEDIATE,
    kind=Kind.CLASSIFICATION,
    version=1,
    sources=(
        Source(
            path="azarijafari/FarsTail",
            columns=("premise", "hypothesis", "label"),
            licence="Apache-2.0",
            citation=CITATION,
            expected={"train": 7_266, "dev": 1_537},
        ),
    ),
    languages=("fa",),
    source_language="fa",
    splits={"train": "train", "dev": "validation"},
    labels=tuple(LETTERS.values()),
    read=read,
    cluster=premises,
    metric=Accuracy(),
    trains_on="farstail",
    counterpart_of="mnli",
    summary="Persian natural language inference from exam questions, three labels",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer FarsTail."""
    return [TASK]
