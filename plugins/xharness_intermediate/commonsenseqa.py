"""CommonsenseQA: questions that need common knowledge and nothing else, five choices.

Talmor et al. 2019, arXiv:1811.00937. The hub's revision is the one that public training
scripts pin.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Kind, MultipleChoice, Role, Row, Source, Task, by_column, hookimpl

CITATION = """@inproceedings{talmor2019commonsenseqa,
  title = {{CommonsenseQA}: A Question Answering Challenge Targeting Commonsense Knowledge},
  author = {Talmor, Alon and Herzig, Jonathan and Lourie, Nicholas and Berant, Jonathan},
  booktitle = {Proceedings of NAACL-HLT},
  pages = {4149--4158},
  year = {2019}
}"""


def read(row: Row, language: str) -> MultipleChoice:
    """Return one row as an example.

    Raises:
        ValueError: If the right answer is none of the choices.
    """
    letters = list(row["choices"]["label"])
    if row["answerKey"] not in letters:
        raise ValueError(
            f"commonsenseqa: answer {row['answerKey']!r} is no choice; "
            f"{', '.join(letters)} would be"
        )
    return MultipleChoice(
        context="",
        question=row["question"],
        choices=tuple(row["choices"]["text"]),
        answer=letters.index(row["answerKey"]),
    )


TASK = Task(
    name="commonsenseqa",
    role=Role.INTERMEDIATE,
    kind=Kind.MULTIPLE_CHOICE,
    version=1,
    sources=(
        Source(
            path="tau/commonsense_qa",
            revision="94630fe30dad47192a8546eb75f094926d47e155",
            columns=("id", "question", "choices", "answerKey"),
            licence="MIT",
            citation=CITATION,
            expected={"train": 9_741, "dev": 1_221},
        ),
    ),
    languages=("en",),
    splits={"train": "train", "dev": "validation"},
    read=read,
    item=by_column("id"),
    metric=Accuracy(),
    trains_on="commonsenseqa",
    summary="English questions of common knowledge, five choices",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer CommonsenseQA."""
    return [TASK]
