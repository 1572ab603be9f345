"""Running text for masked LM from a data root: sentences of news and treebanks, 40 languages.

The folder local/mlm-text has no counterpart on the hub, so it needs --data-root; it is a config
per language with the columns text, source and licence. Ours holds the translations of NTREX-128
(Federmann et al. 2022) and training sentences of Universal Dependencies.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Kind, Plain, Role, Row, Source, Task, hookimpl

LANGUAGES = (
    "en", "af", "am", "ar", "bg", "bn", "de", "el", "es", "et", "eu", "fa", "fi", "fr", "ha", "he",
    "hi", "hu", "id", "ig", "it", "ja", "ka", "kk", "ko", "ml", "mr", "ms", "my", "nl", "pt", "ru",
    "sw", "ta", "te", "th", "tl", "tr", "ur", "vi", "wo", "xh", "yo", "zh", "zu",
)  # fmt: skip

CITATION = """@inproceedings{federmann2022ntrex,
  title = {{NTREX}-128 -- News Test References for {MT} Evaluation of 128 Languages},
  author = {Federmann, Christian and Kocmi, Tom and Xin, Ying},
  booktitle = {Proceedings of the First Workshop on Scaling Up Multilingual Evaluation},
  pages = {21--24},
  year = {2022}
}"""


def read(row: Row, language: str) -> Plain | None:
    """Return one sentence as an example, nothing for an empty one."""
    return Plain(text=row["text"]) if row["text"].strip() else None


TASK = Task(
    name="mlm_text",
    role=Role.INTERMEDIATE,
    kind=Kind.MASKED_LM,
    version=1,
    sources=(
        Source(
            path="local/mlm-text",
            config="{language}",
            columns=("text",),
            licence="stated row by row: CC BY-SA 4.0 and those of the treebanks",
            citation=CITATION,
        ),
    ),
    languages=LANGUAGES,
    splits={"train": "train"},
    read=read,
    metric=Accuracy(),
    summary="running text of a data root (local/mlm-text): news and treebanks, for masked LM",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer the text of a data root."""
    return [TASK]
