"""CMRC 2018: questions about Chinese Wikipedia paragraphs, SQuAD v1.1's counterpart.

Cui et al. 2019, D19-1600. Rows are read as those of SQuAD v1.1, but some development answers are
written in an annotator's own words: only those that stand in the paragraph are kept. The hub's
revision is the one that public training scripts pin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xharness import Kind, Role, Row, Source, SpanQuestion, SquadV1, Task, hookimpl
from xharness_intermediate import squad_v1
from xharness_intermediate.squad_v1 import paragraphs, question

CITATION = """@inproceedings{cui2019cmrc2018,
  title = {A Span-Extraction Dataset for {C}hinese Machine Reading Comprehension},
  author = {Cui, Yiming and Liu, Ting and Che, Wanxiang and Xiao, Li and Chen, Zhipeng and
            Ma, Wentao and Wang, Shijin and Hu, Guoping},
  booktitle = {Proceedings of EMNLP-IJCNLP},
  pages = {5883--5889},
  year = {2019}
}"""


def read(row: Row, language: str) -> SpanQuestion | None:
    """Return one row as an example with the answers that its paragraph has; None without any."""
    found = squad_v1.read(row, language)
    answers = tuple(a for a in found.answers or () if a.text in found.context)
    return replace(found, answers=answers) if answers else None


TASK = Task(
    name="cmrc2018",
    role=Role.INTERMEDIATE,
    kind=Kind.SPAN_QA,
    version=1,
    sources=(
        Source(
            path="hfl/cmrc2018",
            revision="137f2c45a24275fb68f6961c4d357f46288886aa",
            columns=("id", "context", "question", "answers"),
            licence="CC BY-SA 4.0",
            citation=CITATION,
            expected={"train": 10_142, "dev": 3_219},
        ),
    ),
    languages=("zh",),
    source_language="zh",
    splits={"train": "train", "dev": "validation"},
    read=read,
    item=question,
    cluster=paragraphs,
    metric=SquadV1(),
    trains_on="cmrc2018",
    counterpart_of="squad_v1",
    summary="Chinese questions about Wikipedia paragraphs, answered by a span of them",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer CMRC 2018."""
    return [TASK]
