"""TyDiQA-GoldP: find the answer to a question in a passage, in 9 languages, never translated.

Trained on the English questions, tested on the development set of every language (the test
set is not public), read from XTREME. Clark et al. 2020, arXiv:2003.05002; set-up of Hu et al.
2020 (XTREME), table 1. There is no English development set beside the test set, so none is
declared.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import (
    STRIPPED_AT_MOST,
    Answer,
    Kind,
    Role,
    Row,
    Slice,
    Source,
    SpanQuestion,
    SquadV1,
    Task,
    by_column,
    by_first,
    hookimpl,
)
from xharness_targets import XTREME

NAMES = {
    "en": "english", "ar": "arabic", "bn": "bengali", "fi": "finnish", "id": "indonesian",
    "ko": "korean", "ru": "russian", "sw": "swahili", "te": "telugu",
}  # fmt: skip
"""Code of a language to the name that its questions' ids begin with."""

TEST = {
    "en": 440, "ar": 921, "bn": 113, "fi": 782, "id": 565, "ko": 276, "ru": 812, "sw": 499,
    "te": 669,
}  # fmt: skip
"""5,077 in all."""

CITATION = """@article{clark2020tydiqa,
  title = {{TyDi QA}: A Benchmark for Information-Seeking Question Answering in Typologically
           Diverse Languages},
  author = {Clark, Jonathan H. and Choi, Eunsol and Collins, Michael and Garrette, Dan and
            Kwiatkowski, Tom and Nikolaev, Vitaly and Palomaki, Jennimaria},
  journal = {Transactions of the Association for Computational Linguistics},
  volume = {8},
  pages = {454--470},
  year = {2020}
}"""


def rows(task: Task, source: Source, language: str, split: str) -> Slice:
    """Return the rows of one language: one config holds them all, told apart by their ids."""
    return Slice(
        config=source.config, split=task.splits[split], prefix=("id", f"{NAMES[language]}-")
    )


def read(row: Row, language: str) -> SpanQuestion:
    """Return one row as an example.

    The hub strips white space from both ends of contexts and answers, but leaves the starts of
    answers as they were. White space that a context has lost makes a start too large: it is left
    so, and training corrects and counts it. White space that an answer has lost (in 11 English
    training rows) leaves the start before the answer: it is moved to the answer. Any other start
    is dropped, never guessed.
    """
    context = row["context"]
    pairs = zip(row["answers"]["text"], row["answers"]["answer_start"], strict=True)
    answers = tuple(Answer(text=text, start=_start(context, text, said)) for text, said in pairs)
    return SpanQuestion(context=context, question=row["question"], answers=answers)


def _start(context: str, text: str, said: int) -> int | None:
    """Return where an answer begins as `Answer.start` wants it; `said` is what the row says."""
    after = said + len(context[said:]) - len(context[said:].lstrip())
    if context.startswith(text, after):
        return after
    tried = range(1, min(STRIPPED_AT_MOST, said) + 1)
    return said if any(context.startswith(text, said - shift) for shift in tried) else None


question = by_column("id")
"""Begins with its language."""
passages = by_first("context", question)

TASK = Task(
    name="tydiqa",
    role=Role.TARGET,
    kind=Kind.SPAN_QA,
    version=1,
    sources=(
        Source(
            path="google/xtreme",
            config="tydiqa",
            revision="21f88c0ff5bf413a83c854eb00050e75d245161f",
            columns=("id", "context", "question", "answers"),
            licence="Apache-2.0",
            citation=f"{CITATION}\n\n{XTREME}",
            expected={
                "train/en": 3_696,
                **{f"test/{language}": count for language, count in TEST.items()},
            },
        ),
    ),
    languages=tuple(NAMES),
    splits={"train": "train", "test": "validation"},
    read=read,
    rows=rows,
    item=question,
    cluster=passages,
    metric=SquadV1(),
    trains_on="tydiqa",
    made_of=("Wikipedia",),
    summary="questions about Wikipedia passages, asked in each of 9 languages",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer TyDiQA."""
    return [TASK]
