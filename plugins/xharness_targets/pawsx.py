"""PAWS-X: do two sentences that share their words mean the same, in 7 languages.

Trained on the English set, tested on human translations of one English test set, read from
XTREME. Yang et al. 2019, arXiv:1908.11828; set-up of Hu et al. 2020 (XTREME), table 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from xharness import Accuracy, Classification, Kind, Role, Row, Source, Task, hookimpl
from xharness_targets import XTREME

LANGUAGES = ("en", "de", "es", "fr", "ja", "ko", "zh")

LABELS = ("0", "1")
"""As the data set and XTREME's files write them: 1 is a paraphrase."""

WHOLE = 2_000
"""Rows of a development or test set in which nothing is missing."""

TRAIN = 49_175
"""English rows that the hub has; the 49,401 of XTREME's table count those without a sentence."""
DEV = dict.fromkeys(LANGUAGES, WHOLE) | {"es": 1_961, "fr": 1_988}
TEST = dict.fromkeys(LANGUAGES, WHOLE) | {"ko": 1_999}

CITATION = """@inproceedings{yang2019pawsx,
  title = {{PAWS-X}: A Cross-lingual Adversarial Dataset for Paraphrase Identification},
  author = {Yang, Yinfei and Zhang, Yuan and Tar, Chris and Baldridge, Jason},
  booktitle = {Proceedings of EMNLP-IJCNLP},
  pages = {3687--3692},
  year = {2019}
}"""


def read(row: Row, language: str) -> Classification:
    """Return one row as an example."""
    label = row["label"]
    if label not in LABELS:
        raise ValueError(f"pawsx: label {label!r} is not known; '0' or '1' would be")
    return Classification(text=row["sentence1"], pair=row["sentence2"], label=label)


def pairs(rows: Sequence[Row]) -> list[str]:
    """Name each row's English original by its place, where no row is missing.

    XTREME's files have lost the rows' ids. A language with fewer rows has lost some rows too,
    and which is not known, so its rows are named by their words and stand alone.
    """
    if len(rows) == WHOLE:
        return [str(i) for i in range(WHOLE)]
    return [f"{i}-{_digest(row)}" for i, row in enumerate(rows)]


def _digest(row: Row) -> str:
    """Return some digits that two different rows hardly share."""
    words = f"{row['sentence1']}\t{row['sentence2']}"
    return hashlib.sha256(words.encode()).hexdigest()[:8]


TASK = Task(
    name="pawsx",
    role=Role.TARGET,
    kind=Kind.CLASSIFICATION,
    version=2,
    sources=(
        Source(
            path="google/xtreme",
            config="PAWS-X.{language}",
            revision="21f88c0ff5bf413a83c854eb00050e75d245161f",
            columns=("sentence1", "sentence2", "label"),
            licence="free for any purpose, acknowledgement appreciated",
            citation=f"{CITATION}\n\n{XTREME}",
            expected={
                "train/en": TRAIN,
                **{f"dev/{language}": count for language, count in DEV.items()},
                **{f"test/{language}": count for language, count in TEST.items()},
            },
        ),
    ),
    languages=LANGUAGES,
    splits={"train": "train", "dev": "validation", "test": "test"},
    labels=LABELS,
    read=read,
    items=pairs,
    metric=Accuracy(),
    trains_on="pawsx",
    made_of=("Wikipedia",),
    summary="do two sentences that share their words mean the same, 7 languages",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer PAWS-X."""
    return [TASK]
