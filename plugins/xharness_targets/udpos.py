"""UD-POS: the part of speech of every word, in 33 languages.

Trained on the English treebanks of Universal Dependencies 2.5 and tested on those of each
language, read from XTREME. Zeman et al. 2019, hdl:11234/1-3105; set-up of Hu et al. 2020
(XTREME), table 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import ChunkF1, Kind, Role, Row, Slice, Source, Tagging, Task, hookimpl
from xharness_targets import XTREME, sentence, tagged

LABELS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN",
    "PUNCT", "SCONJ", "SYM", "VERB", "X",
)  # fmt: skip
"""In the order of the data set's integers."""

NAMES = {
    "en": "English", "af": "Afrikaans", "ar": "Arabic", "bg": "Bulgarian", "de": "German",
    "el": "Greek", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "kk": "Kazakh", "ko": "Korean",
    "mr": "Marathi", "nl": "Dutch", "pt": "Portuguese", "ru": "Russian", "ta": "Tamil",
    "te": "Telugu", "th": "Thai", "tl": "Tagalog", "tr": "Turkish", "ur": "Urdu",
    "vi": "Vietnamese", "yo": "Yoruba", "zh": "Chinese",
}  # fmt: skip
"""Code of a language to the name in its config."""

DEV = {
    "en": 3_974, "af": 194, "ar": 909, "bg": 1_115, "de": 19_233, "el": 2_559, "es": 3_054,
    "et": 3_125, "eu": 1_798, "fa": 599, "fi": 3_239, "fr": 5_979, "he": 484, "hi": 1_659,
    "hu": 441, "id": 559, "it": 2_278, "ja": 511, "ko": 3_016, "mr": 46, "nl": 1_394,
    "pt": 1_770, "ru": 9_960, "ta": 80, "te": 131, "tr": 988, "ur": 552, "vi": 800, "zh": 3_038,
}  # fmt: skip
"""Rows of the 29 languages that have a dev split; kk, th, tl and yo have none."""

TEST = {
    "en": 5_440, "af": 425, "ar": 1_680, "bg": 1_116, "de": 22_458, "el": 2_809, "es": 3_147,
    "et": 3_760, "eu": 1_799, "fa": 600, "fi": 4_422, "fr": 9_465, "he": 491, "hi": 2_684,
    "hu": 449, "id": 1_557, "it": 3_518, "ja": 2_372, "kk": 1_047, "ko": 4_276, "mr": 47,
    "nl": 1_471, "pt": 2_681, "ru": 11_336, "ta": 120, "te": 146, "th": 1_000, "tl": 55,
    "tr": 4_785, "ur": 535, "vi": 800, "yo": 100, "zh": 5_528,
}  # fmt: skip

CITATION = """@misc{zeman2019ud,
  title = {Universal Dependencies 2.5},
  author = {Zeman, Daniel and Nivre, Joakim and Abrams, Mitchell and others},
  url = {http://hdl.handle.net/11234/1-3105},
  note = {{LINDAT/CLARIAH-CZ} digital library, Charles University},
  year = {2019}
}"""


def rows(task: Task, source: Source, language: str, split: str) -> Slice:
    """Return the rows of one language, whose config has its English name.

    Raises:
        ValueError: If the language has no such split.
    """
    if split == "dev" and language not in DEV:
        missing = ", ".join(sorted(set(NAMES) - set(DEV)))
        raise ValueError(f"udpos: {language} has no dev rows; any language but {missing} has")
    return Slice(config=source.config.format(language=NAMES[language]), split=task.splits[split])


def read(row: Row, language: str) -> Tagging:
    """Return one sentence as an example."""
    return tagged(row, "pos_tags", LABELS, "udpos")


TASK = Task(
    name="udpos",
    role=Role.TARGET,
    kind=Kind.TAGGING,
    version=1,
    sources=(
        Source(
            path="google/xtreme",
            config="udpos.{language}",
            revision="21f88c0ff5bf413a83c854eb00050e75d245161f",
            columns=("tokens", "pos_tags"),
            licence="Universal Dependencies v2.5 (one licence per treebank)",
            citation=f"{CITATION}\n\n{XTREME}",
            expected={
                "train/en": 21_253,
                **{f"dev/{language}": count for language, count in DEV.items()},
                **{f"test/{language}": count for language, count in TEST.items()},
            },
        ),
    ),
    languages=tuple(NAMES),
    splits={"train": "train", "dev": "validation", "test": "test"},
    labels=LABELS,
    read=read,
    rows=rows,
    item=sentence,
    metric=ChunkF1(),
    trains_on="udpos",
    source_language="en",
    summary="part-of-speech tags of Universal Dependencies 2.5, 33 languages",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer UD-POS."""
    return [TASK]
