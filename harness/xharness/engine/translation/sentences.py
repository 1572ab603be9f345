"""Where sentences begin and end, so that translators read what they were trained on.

Rules, not a model: a wrong cut costs a little quality, and the same text is always cut alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_CANDIDATE = re.compile(
    r"""(?P<stop>[.!?…؟۔।॥՞։]+["”’»)\]]*)(?=\s)    # needs a blank after it
    |[。！？｡]+["”’」』）】]*                       # stands without blanks
    |\n+""",
    re.VERBOSE,
)
_SHORTENED = re.compile(
    r"""(?:^|[\s("“])(?:\w|[Mm]rs?|[Mm]s|Dr|Prof|St|Mt|No|vs|Jr|Sr|Gen|Col|Capt|Lt|Sgt|Rev|Hon
    |Inc|Ltd|Co|Corp|Fig|pp?|ca?|etc|al|approx|(?:\w\.)+\w)\.$""",
    re.VERBOSE,
)
"""Titles, initials and other words whose full stop seldom ends a sentence."""
_SOLID = frozenset({"zh", "ja"})
"""Languages that put no blank between sentences."""

Span = tuple[int, int]


def spans(text: str) -> list[Span]:
    """Return where each sentence of a text begins and ends, in characters, without blanks around.

    A blank text has none.
    """
    ends = [m.end() for m in _CANDIDATE.finditer(text) if _ends(text, m)]
    sentences = []
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        piece = text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        if piece.strip():
            sentences.append((left, left + len(piece.strip())))
    return sentences


def _ends(text: str, match: re.Match[str]) -> bool:
    """Return whether a candidate really ends a sentence."""
    if match["stop"] is None:
        return True
    after = text[match.end() :].lstrip()
    if after[:1].islower():
        return False
    return match["stop"] != "." or not _SHORTENED.search(text[: match.end()])


def around(spans: Sequence[Span], inner: Span) -> list[Span]:
    """Return sentence spans; those that a given span touches are merged into one.

    Args:
        spans: In order, without overlap.
        inner: Part of the text, which then lies in one span.
    """
    start, end = inner
    touched = [s for s in spans if s[0] < end and start < s[1]]
    whole = (min([start, *(s[0] for s in touched)]), max([end, *(s[1] for s in touched)]))
    kept = [s for s in spans if s not in touched]
    return sorted([*kept, whole])


def gaps(text: str, spans: Sequence[Span], into: str) -> list[str]:
    """Return what stands before each sentence in another language: nothing, a blank or a line end.

    Args:
        text: In the source language.
        spans: Its sentences.
        into: The language that the sentences are put together in.
    """
    blank = "" if into in _SOLID else " "
    ends = [0, *(end for _, end in spans)]
    between = [text[end:start] for end, (start, _) in zip(ends, spans, strict=False)]
    return ["" if i == 0 else "\n" if "\n" in g else blank for i, g in enumerate(between)]
