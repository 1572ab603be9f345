"""SQuAD v1.1: find the answer to a question in a paragraph of the English Wikipedia.

Rajpurkar et al. 2016, arXiv:1606.05250. It is both an intermediate task and what XQuAD is
trained on (Hu et al. 2020, arXiv:2003.11080, table 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xharness import (
    Exclusions,
    Kind,
    Role,
    Source,
    SquadV1,
    Task,
    by_column,
    by_first,
    hookimpl,
    read_squad,
)

CITATION = """@inproceedings{rajpurkar2016squad,
  title = {{SQuAD}: 100,000+ Questions for Machine Comprehension of Text},
  author = {Rajpurkar, Pranav and Zhang, Jian and Lopyrev, Konstantin and Liang, Percy},
  booktitle = {Proceedings of EMNLP},
  pages = {2383--2392},
  year = {2016}
}"""


XQUAD = Exclusions(
    path=Path(__file__).with_name("xquad_passages.txt"), column="context", of=("xquad",)
)
"""XQuAD's questions are translations of some of the development set's."""

read = read_squad
question = by_column("id")
paragraphs = by_first("context", question)

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
    excluded=XQUAD,
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
