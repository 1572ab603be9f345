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
"""English rows that the hub has of the 49,401 in XTREME's table; `pairs` says how rows are lost."""
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
    """Name each pair by its id, which is the same in every language.

    XTREME's files have lost the ids, but these are 1 to 2,000 in the order of a development or
    test set, and its loading script says where some are missing: it takes a quotation mark at the
    beginning of a sentence for one that encloses a field, so that the sentence goes on, over line
    breaks, into the lines after it, each of which begins with its id. Where ids and rows so found
    do not come to a whole set, rows of unknown places are missing, and every row is named by its
    words and stands alone.

    Source: `datasets/xtreme/xtreme.py` of huggingface/datasets, where PAWS-X is read with
    `csv.reader` and no word on quotation marks.
    """
    ids: list[str] = []
    after = 1
    for row in rows:
        ids.append(str(after))
        swallowed = [*_ids_inside(row["sentence1"]), *_ids_inside(row["sentence2"])]
        after += 1 + len(swallowed)
        if swallowed and swallowed[-1] != str(after - 1):
            break
    if len(ids) == len(rows) and after == WHOLE + 1:
        return ids
    return [f"{i}-{_digest(row)}" for i, row in enumerate(rows)]


def _ids_inside(sentence: str) -> list[str]:
    """Return the ids at the beginning of the lines that a sentence goes on into."""
    return [line.partition("\t")[0] for line in sentence.split("\n")[1:]]


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
