"""HellaSwag: which of four endings follows, in descriptions of videos and in instructions.

Zellers et al. 2019, arXiv:1905.07830. The hub's revision is the one that public evaluation
scripts pin.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Kind, MultipleChoice, Role, Row, Source, Task, hookimpl

ANSWERS = ("0", "1", "2", "3")
"""The data set writes the position of the right ending as text."""

CITATION = """@inproceedings{zellers2019hellaswag,
  title = {{HellaSwag}: Can a Machine Really Finish Your Sentence?},
  author = {Zellers, Rowan and Holtzman, Ari and Bisk, Yonatan and Farhadi, Ali and
            Choi, Yejin},
  booktitle = {Proceedings of ACL},
  pages = {4791--4800},
  year = {2019}
}"""


def read(row: Row, language: str) -> MultipleChoice:
    """Return one row as an example, as jiant puts it (jiant/tasks/lib/hellaswag.py).

    What has happened, `ctx_a`, comes first. A choice is the sentence that was begun, `ctx_b`, with
    one of its endings, or the ending alone where no sentence was begun. Some copies of the data
    leave `ctx_a` empty and have all of this in `ctx`.

    Raises:
        ValueError: If there are not four endings, or the right one is none of them.
    """
    if row["label"] not in ANSWERS:
        raise ValueError(
            f"hellaswag: label {row['label']!r} is not known; {', '.join(ANSWERS)} would be"
        )
    if len(row["endings"]) != len(ANSWERS):
        raise ValueError(f"hellaswag: {len(row['endings'])} endings; {len(ANSWERS)} would be right")
    before, begun = (row["ctx_a"], row["ctx_b"]) if row["ctx_a"] else (row["ctx"], "")
    # A question without a context is the text before the choices; with one, it opens each choice.
    return MultipleChoice(
        context=before if begun else "",
        question=begun or before,
        choices=tuple(row["endings"]),
        answer=ANSWERS.index(row["label"]),
    )


TASK = Task(
    name="hellaswag",
    role=Role.INTERMEDIATE,
    kind=Kind.MULTIPLE_CHOICE,
    version=2,
    sources=(
        Source(
            path="Rowan/hellaswag",
            revision="218ec52e09a7e7462a5400043bb9a69a41d06b76",
            columns=("ctx_a", "ctx_b", "ctx", "endings", "label"),
            licence="MIT",
            citation=CITATION,
            expected={"train": 39_905, "dev": 10_042},
        ),
    ),
    languages=("en",),
    splits={"train": "train", "dev": "validation"},
    read=read,
    metric=Accuracy(),
    trains_on="hellaswag",
    summary="which of four endings follows an English description",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer HellaSwag."""
    return [TASK]
