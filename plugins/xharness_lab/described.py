"""The fictional languages as rows of xharness's table of languages, so that tables group them.

Their families are declared, so that whatever resamples families can be tried on them. They are no
sample of the world's languages: nothing that is found on them says anything of those.
"""

from __future__ import annotations

from xharness import Language
from xharness_lab import languages

HIGH, LOW = 0.3, 0.1
"""Shares of the source language's text from which resources are high, and below which low."""


def _level(corpus: float) -> str:
    """Return how much text a language has."""
    if corpus < LOW:
        return "low"
    return "high" if corpus >= HIGH else "mid"


LANGUAGES = tuple(
    Language(
        code=one.code,
        name=one.name,
        family=one.family,
        script=one.script,
        word_order=one.verb,
        word_order_source="the lab's grammar",
        level=_level(one.corpus),
        benchmark="lab",
    )
    for one in languages.LANGUAGES
)
