"""SQuAD v2.0: SQuAD v1.1's questions, and as many again that the paragraph does not answer.

Rajpurkar et al. 2018, arXiv:1806.03822. Whether a question is left unanswered is decided by a
threshold tuned on the development set, as by the official script's best F1. Rows are read as those
of v1.1; one without answers is unanswerable. The hub's revision is the one that public training
scripts pin.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Kind, Role, Source, SquadV2, Task, hookimpl
from xharness_intermediate.squad_v1 import XQUAD, paragraphs, question, read

CITATION = """@inproceedings{rajpurkar2018squad2,
  title = {Know What You Don't Know: Unanswerable Questions for {SQuAD}},
  author = {Rajpurkar, Pranav and Jia, Robin and Liang, Percy},
  booktitle = {Proceedings of ACL},
  pages = {784--789},
  year = {2018}
}"""

TASK = Task(
    name="squad_v2",
    role=Role.INTERMEDIATE,
    kind=Kind.SPAN_QA,
    version=1,
    sources=(
        Source(
            path="rajpurkar/squad_v2",
            config="squad_v2",
            revision="3ffb306f725f7d2ce8394bc1873b24868140c412",
            columns=("id", "context", "question", "answers"),
            licence="CC BY-SA 4.0",
            citation=CITATION,
            expected={"train": 130_319, "dev": 11_873},
        ),
    ),
    languages=("en",),
    splits={"train": "train", "dev": "validation"},
    excluded=XQUAD,
    read=read,
    item=question,
    cluster=paragraphs,
    metric=SquadV2(),
    tuned_on="dev",
    trains_on="squad_v2",
    contains=("squad_v1",),
    references="xquad",
    summary="English questions about Wikipedia paragraphs, half of them without an answer",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer SQuAD v2.0."""
    return [TASK]
