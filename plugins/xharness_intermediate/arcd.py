"""ARCD: questions about Arabic Wikipedia articles, SQuAD v1.1's counterpart.

Mozannar et al. 2019, W19-4612. Rows are read as those of CMRC 2018: three of each set have an
answer that does not stand in the paragraph, and are left out. The development rows are the paper's
test set.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Kind, Role, Source, SquadV1, Task, hookimpl
from xharness_intermediate.cmrc2018 import read
from xharness_intermediate.squad_v1 import paragraphs, question

CITATION = """@inproceedings{mozannar2019arcd,
  title = {Neural {A}rabic Question Answering},
  author = {Mozannar, Hussein and Maamary, Elie and El Hajal, Karl and Hajj, Hazem},
  booktitle = {Proceedings of the Fourth Arabic Natural Language Processing Workshop},
  pages = {108--118},
  year = {2019}
}"""

TASK = Task(
    name="arcd",
    role=Role.INTERMEDIATE,
    kind=Kind.SPAN_QA,
    version=1,
    sources=(
        Source(
            path="hsseinmz/arcd",
            config="plain_text",
            columns=("id", "context", "question", "answers"),
            licence="MIT (its repository)",
            citation=CITATION,
            expected={"train": 693, "dev": 702},
        ),
    ),
    languages=("ar",),
    source_language="ar",
    splits={"train": "train", "dev": "validation"},
    read=read,
    item=question,
    cluster=paragraphs,
    metric=SquadV1(),
    trains_on="arcd",
    counterpart_of="squad_v1",
    summary="Arabic questions about Wikipedia articles, answered by a span of them",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer ARCD."""
    return [TASK]
