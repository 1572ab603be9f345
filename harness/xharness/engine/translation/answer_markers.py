"""Marks around an answer that survive translation, so that it is found again.

Source:
    Lee et al. 2018, Semi-supervised Training Data Generation for Multilingual Question Answering;
    Lewis et al. 2020, MLQA, arXiv 1910.07475: answers are enclosed in quotes before translation,
    and rows that have lost them afterwards are left out (there, about 5 %). Where a sentence has
    quotes of its own, brackets are taken, so that another pair of marks is never mistaken for them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Markers:
    """A pair of marks, and the forms in which translators return it."""

    left: str
    """What is put before the answer."""
    right: str
    opening: str
    """Every character that may come out for `left`."""
    closing: str


_QUOTES = '"“”„‟«»「」『』〝〞〟＂'
MARKERS = (
    Markers(left='"', right='"', opening=_QUOTES, closing=_QUOTES),
    Markers(left="[", right="]", opening="[［【〔", closing="]］】〕"),
    Markers(left="(", right=")", opening="(（", closing=")）"),
)
"""In the order in which they are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedText:
    """A translated text freed of its marks, and where they stood: around the answer."""

    text: str
    start: int
    end: int


def mark(text: str, start: int, end: int) -> tuple[str, Markers] | None:
    """Return a text with marks around a part, and these marks; None if it holds all marks."""
    for markers in MARKERS:
        if not set(text) & set(markers.opening + markers.closing):
            inside = f"{markers.left}{text[start:end]}{markers.right}"
            return text[:start] + inside + text[end:], markers
    return None


def find(text: str, markers: Markers) -> MarkedText | None:
    """Return where the answer of a translated sentence is; None if its marks did not survive.

    They have survived when there is exactly one pair of them with something in between.
    """
    marks = [i for i, c in enumerate(text) if c in markers.opening or c in markers.closing]
    if len(marks) != 2 or text[marks[0]] not in markers.opening:
        return None
    first, second = marks
    inner = text[first + 1 : second].strip()
    if text[second] not in markers.closing or not inner:
        return None
    return MarkedText(
        text=text[:first] + inner + text[second + 1 :], start=first, end=first + len(inner)
    )
