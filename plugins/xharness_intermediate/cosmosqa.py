"""Cosmos QA: questions about everyday stories whose answers are not said in them, four choices.

Huang et al. 2019, arXiv:1909.00277. On the hub's main branch is a script, which is never run;
the revision is that of the hub's own conversion to parquet, as public training scripts pin it.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import (
    Accuracy,
    Kind,
    MultipleChoice,
    Role,
    Row,
    Source,
    Task,
    by_column,
    by_first,
    hookimpl,
)

CHOICES = ("answer0", "answer1", "answer2", "answer3")

CITATION = """@inproceedings{huang2019cosmosqa,
  title = {{Cosmos QA}: Machine Reading Comprehension with Contextual Commonsense Reasoning},
  author = {Huang, Lifu and Le Bras, Ronan and Bhagavatula, Chandra and Choi, Yejin},
  booktitle = {Proceedings of EMNLP-IJCNLP},
  pages = {2391--2401},
  year = {2019}
}"""


def read(row: Row, language: str) -> MultipleChoice:
    """Return one row as an example, as jiant puts it (jiant/tasks/lib/cosmosqa.py).

    Context and question are one text, and an answer the other.

    Raises:
        ValueError: If the right answer is none of the four.
    """
    if row["label"] not in range(len(CHOICES)):
        raise ValueError(f"cosmosqa: label {row['label']!r} is not known; 0, 1, 2 or 3 would be")
    return MultipleChoice(
        context="",
        question=f"{row['context']} {row['question']}",
        choices=tuple(row[name] for name in CHOICES),
        answer=row["label"],
    )


question = by_column("id")
stories = by_first("context", question)

TASK = Task(
    name="cosmosqa",
    role=Role.INTERMEDIATE,
    kind=Kind.MULTIPLE_CHOICE,
    version=2,
    sources=(
        Source(
            path="allenai/cosmos_qa",
            revision="ed50fe83db62b355759053b1cd5eef344ee371e0",
            columns=("id", "context", "question", *CHOICES, "label"),
            licence="CC BY 4.0",
            citation=CITATION,
            expected={"train": 25_262, "dev": 2_985},
        ),
    ),
    languages=("en",),
    splits={"train": "train", "dev": "validation"},
    read=read,
    item=question,
    cluster=stories,
    metric=Accuracy(),
    trains_on="cosmosqa",
    summary="English questions about what everyday stories leave unsaid, four choices",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer Cosmos QA."""
    return [TASK]
