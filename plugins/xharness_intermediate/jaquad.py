"""JaQuAD: questions about Japanese Wikipedia articles, SQuAD v1.1's counterpart.

So et al. 2022, arXiv:2202.01764. Rows are read as those of SQuAD v1.1.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Kind, Role, Source, SquadV1, Task, hookimpl
from xharness_intermediate.squad_v1 import paragraphs, question, read

CITATION = """@misc{so2022jaquad,
  title = {{JaQuAD}: {J}apanese Question Answering Dataset for Machine Reading Comprehension},
  author = {So, ByungHoon and Byun, Kyuhong and Kang, Kyungwon and Cho, Seongjin},
  year = {2022},
  eprint = {2202.01764},
  archivePrefix = {arXiv}
}"""

TASK = Task(
    name="jaquad",
    role=Role.INTERMEDIATE,
    kind=Kind.SPAN_QA,
    version=1,
    sources=(
        Source(
            path="SkelterLabsInc/JaQuAD",
            columns=("id", "context", "question", "answers"),
            licence="CC BY-SA 3.0",
            citation=CITATION,
            expected={"train": 31_748, "dev": 3_939},
        ),
    ),
    languages=("ja",),
    source_language="ja",
    splits={"train": "train", "dev": "validation"},
    read=read,
    item=question,
    cluster=paragraphs,
    metric=SquadV1(),
    trains_on="jaquad",
    counterpart_of="squad_v1",
    summary="Japanese questions about Wikipedia articles, answered by a span of them",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer JaQuAD."""
    return [TASK]
