"""XQuAD: find the answer to a question in a paragraph, in 11 languages.

Trained on English SQuAD v1.1, tested on professional translations of 240 paragraphs of its
development set, read from XTREME. Artetxe et al. 2020, arXiv:1910.11856; set-up of Hu et al.
2020 (XTREME), table 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Kind, Role, Source, SquadV1, Task, by_column, by_first, hookimpl, read_squad
from xharness_targets import XTREME

LANGUAGES = ("en", "ar", "de", "el", "es", "hi", "ru", "th", "tr", "vi", "zh")

CITATION = """@inproceedings{artetxe2020xquad,
  title = {On the Cross-lingual Transferability of Monolingual Representations},
  author = {Artetxe, Mikel and Ruder, Sebastian and Yogatama, Dani},
  booktitle = {Proceedings of ACL},
  pages = {4623--4637},
  year = {2020}
}"""


read = read_squad
"""The hub strips white space from the front of a context but leaves the starts as they were, so in
130 questions, 81 of them Chinese, a start does not point at its answer and is dropped."""
question = by_column("id")
"""The same in every language."""
paragraphs = by_first("context", question)

TASK = Task(
    name="xquad",
    role=Role.TARGET,
    kind=Kind.SPAN_QA,
    version=1,
    sources=(
        Source(
            path="google/xtreme",
            config="XQuAD.{language}",
            revision="21f88c0ff5bf413a83c854eb00050e75d245161f",
            columns=("id", "context", "question", "answers"),
            licence="CC BY-SA 4.0",
            citation=f"{CITATION}\n\n{XTREME}",
            expected={f"test/{language}": 1_190 for language in LANGUAGES},
        ),
    ),
    languages=LANGUAGES,
    splits={"test": "validation"},
    read=read,
    item=question,
    cluster=paragraphs,
    metric=SquadV1(),
    trains_on="squad_v1",
    made_of=("Wikipedia",),
    summary="questions about Wikipedia paragraphs, the same in 11 languages",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer XQuAD."""
    return [TASK]
