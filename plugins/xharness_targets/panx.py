"""PAN-X: names of persons, organisations and places in Wikipedia's text, in 40 languages.

Trained on English, tested on each language's own sentences, tagged by the links in them, read
from XTREME. Pan et al. 2017, P17-1178, in the splits of Rahimi et al. 2019, arXiv:1902.00193;
set-up of Hu et al. 2020 (XTREME), table 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import ChunkF1, Kind, Role, Row, Source, Tagging, Task, hookimpl
from xharness_targets import XTREME, sentence, tagged

LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
"""In the order of the data set's integers."""

LANGUAGES = (
    "en", "af", "ar", "bg", "bn", "de", "el", "es", "et", "eu", "fa", "fi", "fr", "he", "hi",
    "hu", "id", "it", "ja", "jv", "ka", "kk", "ko", "ml", "mr", "ms", "my", "nl", "pt", "ru",
    "sw", "ta", "te", "th", "tl", "tr", "ur", "vi", "yo", "zh",
)  # fmt: skip

ROWS = (
    dict.fromkeys(LANGUAGES, 10_000)
    | dict.fromkeys(("af", "bn", "hi", "kk", "ml", "mr", "ms", "sw", "ta", "te", "tl", "ur"), 1_000)
    | dict.fromkeys(("jv", "my", "yo"), 100)
)
"""Of the development set, and as many of the test set."""

CITATION = """@inproceedings{pan2017panx,
  title = {Cross-lingual Name Tagging and Linking for 282 Languages},
  author = {Pan, Xiaoman and Zhang, Boliang and May, Jonathan and Nothman, Joel and
            Knight, Kevin and Ji, Heng},
  booktitle = {Proceedings of ACL},
  pages = {1946--1958},
  year = {2017}
}"""


def read(row: Row, language: str) -> Tagging:
    """Return one sentence as an example."""
    return tagged(row, "ner_tags", LABELS, "panx")


TASK = Task(
    name="panx",
    role=Role.TARGET,
    kind=Kind.TAGGING,
    version=1,
    sources=(
        Source(
            path="google/xtreme",
            config="PAN-X.{language}",
            revision="21f88c0ff5bf413a83c854eb00050e75d245161f",
            columns=("tokens", "ner_tags"),
            licence="not stated for the tags; text of Wikipedia, CC BY-SA",
            citation=f"{CITATION}\n\n{XTREME}",
            expected={
                "train/en": 20_000,
                **{f"{split}/{n}": rows for split in ("dev", "test") for n, rows in ROWS.items()},
            },
        ),
    ),
    languages=LANGUAGES,
    splits={"train": "train", "dev": "validation", "test": "test"},
    labels=LABELS,
    read=read,
    item=sentence,
    metric=ChunkF1(),
    trains_on="panx",
    made_of=("Wikipedia",),
    summary="names of persons, organisations and places in Wikipedia, 40 languages",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer PAN-X."""
    return [TASK]
