"""Running text for masked LM: Wikipedia's articles, in the languages of XTREME.

Articles as of 1 November 2023, without mark-up. The files of a language begin with its oldest
articles, and a thousand of them are read, so that no more than its first file is fetched.
"""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Accuracy, Kind, Plain, Role, Row, Source, Task, by_column, hookimpl

LANGUAGES = (
    "en", "af", "ar", "bg", "bn", "de", "el", "es", "et", "eu", "fa", "fi", "fr", "he", "hi",
    "hu", "id", "it", "ja", "jv", "ka", "kk", "ko", "ml", "mr", "ms", "my", "nl", "pt", "ru",
    "sw", "ta", "te", "th", "tl", "tr", "ur", "vi", "yo", "zh",
)  # fmt: skip

ARTICLES = 1000
"""Articles of a language: about the text that half of the updates of a long training can use."""

CITATION = """@online{wikidump,
  author = {{Wikimedia Foundation}},
  title = {Wikimedia Downloads},
  url = {https://dumps.wikimedia.org}
}"""


def read(row: Row, language: str) -> Plain | None:
    """Return one article as an example, nothing for an empty one."""
    return Plain(text=row["text"]) if row["text"].strip() else None


TASK = Task(
    name="wikipedia",
    role=Role.INTERMEDIATE,
    kind=Kind.MASKED_LM,
    version=1,
    sources=(
        Source(
            path="wikimedia/wikipedia",
            config="20231101.{language}",
            revision="b04c8d1ceb2f5cd4588862100d08de323dccfbaa",
            first=ARTICLES,
            columns=("id", "text"),
            licence="CC BY-SA 3.0 and GFDL",
            citation=CITATION,
        ),
    ),
    languages=LANGUAGES,
    splits={"train": "train"},
    read=read,
    item=by_column("id"),
    metric=Accuracy(),
    made_of=("Wikipedia",),
    summary=f"running text: {ARTICLES:,} Wikipedia articles of each language, for masked LM",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer Wikipedia's text."""
    return [TASK]
