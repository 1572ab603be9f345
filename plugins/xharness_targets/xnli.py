"""XNLI: does a premise entail a hypothesis, in 15 languages.

Trained on English MNLI, tested on human translations of one English test set, read from
XTREME. Conneau et al. 2018, D18-1269; set-up of Hu et al. 2020 (XTREME), table 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Classification, Kind, Role, Row, Slice, Source, Task, hookimpl
from xharness_targets import XTREME

LABELS = ("entailment", "neutral", "contradiction")
"""In the order of MNLI's integers, because its head is what predicts them."""

LANGUAGES = (
    "en", "ar", "bg", "de", "el", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh",
)  # fmt: skip

HYPOTHESES = 3
"""Neighbouring rows about one premise: one hypothesis was written for each label."""

CITATION = """@inproceedings{conneau2018xnli,
  title = {{XNLI}: Evaluating Cross-lingual Sentence Representations},
  author = {Conneau, Alexis and Rinott, Ruty and Lample, Guillaume and Williams, Adina and
            Bowman, Samuel and Schwenk, Holger and Stoyanov, Veselin},
  booktitle = {Proceedings of EMNLP},
  pages = {2475--2485},
  year = {2018}
}"""


def rows(task: Task, source: Source, language: str, split: str) -> Slice:
    """Return the rows of one language: one config holds them all, told apart by a column."""
    return Slice(config=source.config, split=task.splits[split], where=("language", language))


def read(row: Row, language: str) -> Classification:
    """Return one row as an example."""
    label = row["gold_label"]
    if label not in LABELS:
        raise ValueError(f"xnli: label {label!r} is not known; {', '.join(LABELS)} would be")
    return Classification(text=row["sentence1"], pair=row["sentence2"], label=label)


def premises(rows: Sequence[Row]) -> list[str]:
    """Name each row's premise by its number among the premises of its language.

    The name is the same in every language because the rows are aligned; the text could not
    be used, as some translations give two premises the same words.

    Raises:
        ValueError: If three rows that should share a premise do not.
    """
    for i in range(0, len(rows), HYPOTHESES):
        block = [row["sentence1"] for row in rows[i : i + HYPOTHESES]]
        if len(block) < HYPOTHESES or len(set(block)) > 1:
            raise ValueError(
                f"xnli: rows {i} to {i + len(block) - 1} of {rows[i]['language']} are not "
                f"{HYPOTHESES} hypotheses about one premise; whole premises in their order would be"
            )
    return [str(i // HYPOTHESES) for i in range(len(rows))]


TASK = Task(
    name="xnli",
    role=Role.TARGET,
    kind=Kind.CLASSIFICATION,
    version=1,
    sources=(
        Source(
            path="google/xtreme",
            config="XNLI",
            revision="21f88c0ff5bf413a83c854eb00050e75d245161f",
            columns=("language", "sentence1", "sentence2", "gold_label"),
            licence="CC BY-NC 4.0",
            citation=f"{CITATION}\n\n{XTREME}",
            expected={
                f"{split}/{language}": count
                for split, count in (("dev", 2_490), ("test", 5_010))
                for language in LANGUAGES
            },
        ),
    ),
    languages=LANGUAGES,
    splits={"dev": "validation", "test": "test"},
    labels=LABELS,
    read=read,
    rows=rows,
    cluster=premises,
    metric=Accuracy(),
    trains_on="mnli",
    summary="natural language inference, one test set in 15 languages",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer XNLI."""
    return [TASK]
