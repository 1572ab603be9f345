"""Tatoeba: find the translation of an English sentence among all of its language pair's.

Nothing is trained: sentences are compared by an encoder's own vectors. Artetxe and Schwenk
2019, arXiv:1812.10464, read from XTREME; the 36 languages are those that its `evaluate.py` scores.
The search is from English, as in XTREME (third_party/utils_retrieve.py, similarity_search).
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Kind, Pair, Role, Row, Slice, Source, Task, hookimpl
from xharness_targets import XTREME

CODES = {
    "af": "afr", "ar": "ara", "bg": "bul", "bn": "ben", "de": "deu", "el": "ell", "es": "spa",
    "et": "est", "eu": "eus", "fa": "pes", "fi": "fin", "fr": "fra", "he": "heb", "hi": "hin",
    "hu": "hun", "id": "ind", "it": "ita", "ja": "jpn", "jv": "jav", "ka": "kat", "kk": "kaz",
    "ko": "kor", "ml": "mal", "mr": "mar", "nl": "nld", "pt": "por", "ru": "rus", "sw": "swh",
    "ta": "tam", "te": "tel", "th": "tha", "tl": "tgl", "tr": "tur", "ur": "urd", "vi": "vie",
    "zh": "cmn",
}  # fmt: skip
"""XTREME's code of a language to the three letters in the name of its config."""

FEWER = {
    "jv": 205, "ka": 746, "kk": 575, "ml": 687, "sw": 390, "ta": 307, "te": 234, "th": 548,
}  # fmt: skip
"""Languages with fewer pairs than the usual 1,000."""

CITATION = """@article{artetxe2019laser,
  title = {Massively Multilingual Sentence Embeddings for Zero-Shot Cross-Lingual Transfer
           and Beyond},
  author = {Artetxe, Mikel and Schwenk, Holger},
  journal = {Transactions of the Association for Computational Linguistics},
  volume = {7},
  pages = {597--610},
  year = {2019}
}"""


def rows(task: Task, source: Source, language: str, split: str) -> Slice:
    """Return the rows of one language, whose config is named with three letters."""
    return Slice(config=source.config.format(language=CODES[language]), split=task.splits[split])


def read(row: Row, language: str) -> Pair:
    """Return one row as a pair whose source is English, without the hub's line ends."""
    return Pair(source=row["target_sentence"].strip(), target=row["source_sentence"].strip())


def pair(row: Row, position: int) -> str:
    """Name a row by its language and place: each language has sentences of its own."""
    return f"{row['source_lang']}/{position}"


TASK = Task(
    name="tatoeba",
    role=Role.TARGET,
    kind=Kind.RETRIEVAL,
    version=2,
    sources=(
        Source(
            path="google/xtreme",
            config="tatoeba.{language}",
            revision="21f88c0ff5bf413a83c854eb00050e75d245161f",
            columns=("source_sentence", "target_sentence", "source_lang"),
            licence="CC BY 2.0 FR",
            citation=f"{CITATION}\n\n{XTREME}",
            expected={f"test/{language}": FEWER.get(language, 1_000) for language in CODES},
        ),
    ),
    languages=tuple(CODES),
    splits={"test": "validation"},
    read=read,
    rows=rows,
    item=pair,
    metric=Accuracy(name="retrieval-accuracy"),
    trains_on=None,
    summary="the translation of each English sentence, in 36 languages, nothing trained",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer Tatoeba."""
    return [TASK]
