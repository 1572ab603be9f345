"""MLQA: find the answer to a question in a Wikipedia paragraph, in 7 languages.

Trained on English SQuAD v1.1, tested where question and context are in one language, scored
with what counts as an article and a word in each language, read from XTREME. Lewis et al. 2020,
arXiv:1910.07475; set-up of Hu et al. 2020 (XTREME), table 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Kind, Mlqa, Role, Source, Task, by_column, by_first, hookimpl, read_squad
from xharness_targets import XTREME

DEV = {"en": 1_148, "ar": 517, "de": 512, "es": 500, "hi": 507, "vi": 511, "zh": 504}
TEST = {
    "en": 11_590, "ar": 5_335, "de": 4_517, "es": 5_253, "hi": 4_918, "vi": 5_495, "zh": 5_137,
}  # fmt: skip

CITATION = """@inproceedings{lewis2020mlqa,
  title = {{MLQA}: Evaluating Cross-lingual Extractive Question Answering},
  author = {Lewis, Patrick and Oguz, Barlas and Rinott, Ruty and Riedel, Sebastian and
            Schwenk, Holger},
  booktitle = {Proceedings of ACL},
  pages = {7315--7330},
  year = {2020}
}"""


read = read_squad
"""It drops a start that does not point at its answer; that costs nothing here, as only training
reads starts, and nothing is trained on these rows."""
question = by_column("id")
"""The same in every language that has the question."""
paragraphs = by_first("context", question)
"""A paragraph is named by its first question. Where a language lacks that question, the paragraph
has another name there: 3 % of those in the development set."""

TASK = Task(
    name="mlqa",
    role=Role.TARGET,
    kind=Kind.SPAN_QA,
    version=1,
    sources=(
        Source(
            path="google/xtreme",
            config="MLQA.{language}.{language}",
            revision="21f88c0ff5bf413a83c854eb00050e75d245161f",
            columns=("id", "context", "question", "answers"),
            licence="CC BY-SA 3.0",
            citation=f"{CITATION}\n\n{XTREME}",
            expected={
                **{f"dev/{language}": count for language, count in DEV.items()},
                **{f"test/{language}": count for language, count in TEST.items()},
            },
        ),
    ),
    languages=tuple(TEST),
    splits={"dev": "validation", "test": "test"},
    read=read,
    item=question,
    cluster=paragraphs,
    metric=Mlqa(),
    trains_on="squad_v1",
    made_of=("Wikipedia",),
    summary="questions about Wikipedia paragraphs, question and text in one of 7 languages",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer MLQA."""
    return [TASK]
