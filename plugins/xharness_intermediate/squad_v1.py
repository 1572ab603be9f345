"""SQuAD v1.1: find the answer to a question in a paragraph of the English Wikipedia.

Rajpurkar et al. 2016, arXiv:1606.05250. It is both an intermediate task and what XQuAD is
trained on (Hu et al. 2020, arXiv:2003.11080, table 1).
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Answer, Kind, Role, Row, Source, SpanQuestion, SquadV1, Task, hookimpl

CITATION = """@inproceedings{rajpurkar2016squad,
  title = {{SQuAD}: 100,000+ Questions for Machine Comprehension of Text},
  author = {Rajpurkar, Pranav and Zhang, Jian and Lopyrev, Konstantin and Liang, Percy},
  booktitle = {Proceedings of EMNLP},
  pages = {2383--2392},
  year = {2016}
}"""


def read(row: Row, language: str) -> SpanQuestion:
    """Return one row as an example, each annotator's answer once and in the row's order.

    A start that does not point at its answer is dropped, never guessed: the text of the
    answer is what is scored.
    """
    context = row["context"]
    pairs = zip(row["answers"]["text"], row["answers"]["answer_start"], strict=True)
    found = {
        Answer(text=text, start=start if context.startswith(text, start) else None): None
        for text, start in pairs
    }
    return SpanQuestion(context=context, question=row["question"], answers=tuple(found))


def question(row: Row, position: int) -> str:
    """Name a row by its id."""
    return str(row["id"])


def paragraphs(rows: Sequence[Row]) -> list[str]:
    """Name each question's paragraph by the id of the first question about it."""
    first: dict[str, str] = {}
    return [first.setdefault(row["context"], str(row["id"])) for row in rows]


TASK = Task(
    name="squad_v1",
    role=Role.INTERMEDIATE,
    kind=Kind.SPAN_QA,
    version=1,
    sources=(
        Source(
            path="rajpurkar/squad",
            config="plain_text",
            revision="7b6d24c440a36b6815f21b70d25016731768db1f",
            columns=("id", "context", "question", "answers"),
            licence="CC BY-SA 4.0",
            citation=CITATION,
            expected={"train": 87_599, "dev": 10_570},
        ),
    ),
    languages=("en",),
    splits={"train": "train", "dev": "validation"},
    read=read,
    item=question,
    cluster=paragraphs,
    metric=SquadV1(),
    trains_on="squad_v1",
    references="xquad",
    summary="English questions about Wikipedia paragraphs, answered by a span of them",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer SQuAD v1.1."""
    return [TASK]
