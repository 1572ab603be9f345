"""KLUE-NLI: natural language inference written in Korean, MNLI's counterpart.

Park et al. 2021, arXiv:2105.09680, section 3.3. Rows are read as those of MNLI, and their integers
mean the same labels. The hub's revision is the one that public training scripts pin.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Kind, Role, Source, Task, hookimpl
from xharness_intermediate.mnli import LABELS, premises, read

CITATION = """@inproceedings{park2021klue,
  title = {{KLUE}: {K}orean Language Understanding Evaluation},
  author = {Park, Sungjoon and Moon, Jihyung and Kim, Sungdong and Cho, Won Ik and others},
  booktitle = {Proceedings of the Neural Information Processing Systems Track on Datasets and
               Benchmarks},
  year = {2021}
}"""

TASK = Task(
    name="klue_nli",
    role=Role.INTERMEDIATE,
    kind=Kind.CLASSIFICATION,
    version=1,
    sources=(
        Source(
            path="klue/klue",
            config="nli",
            revision="349481ec73fff722f88e0453ca05c77a447d967c",
            columns=("premise", "hypothesis", "label"),
            licence="CC BY-SA 4.0",
            citation=CITATION,
            expected={"train": 24_998, "dev": 3_000},
        ),
    ),
    languages=("ko",),
    source_language="ko",
    splits={"train": "train", "dev": "validation"},
    labels=LABELS,
    read=read,
    cluster=premises,
    metric=Accuracy(),
    trains_on="klue_nli",
    counterpart_of="mnli",
    summary="Korean natural language inference in six genres, three labels",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer KLUE-NLI."""
    return [TASK]
