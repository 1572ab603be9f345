"""Marks around an answer that survive translation, so that it is found again.

Source:
    Lee et al. 2018, Semi-supervised Training Data Generation for Multilingual Question Answering;
    Lewis et al. 2020, MLQA, arXiv 1910.07475: answers are enclosed in quotes before translation,
    and what has lost them afterwards is left out (there, about 5 %). Where a sentence has quotes
    of its own, brackets are taken, so that what is found is never another pair of marks.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Marks that translators put for each other, one pair of them."""

    left: str
    """What is put before the answer."""
    right: str
    opening: str
    """Every character that may come out for `left`."""
    closing: str


_QUOTES = '"“”„‟«»「」『』〝〞〟＂'
FAMILIES = (
    Family(left='"', right='"', opening=_QUOTES, closing=_QUOTES),
    Family(left="[", right="]", opening="[［【〔", closing="]］】〕"),
    Family(left="(", right=")", opening="(（", closing=")）"),
)
"""In the order in which they are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A translated sentence without its marks, and where the answer is in it."""

    text: str
    start: int
    end: int


def mark(text: str, start: int, end: int) -> tuple[str, Family] | None:
    """Return a text with marks around a part of it, and which; None if it has all marks itself."""
    for family in FAMILIES:
        if not set(text) & set(family.opening + family.closing):
            inside = f"{family.left}{text[start:end]}{family.right}"
            return text[:start] + inside + text[end:], family
    return None


def find(text: str, family: Family) -> Found | None:
    """Return where the answer of a translated sentence is; None if its marks did not survive.

    They have survived when there is exactly one pair of them with something in between.
    """
    marks = [i for i, c in enumerate(text) if c in family.opening or c in family.closing]
    if len(marks) != 2 or text[marks[0]] not in family.opening:
        return None
    first, second = marks
    inner = text[first + 1 : second].strip()
    if text[second] not in family.closing or not inner:
        return None
    return Found(
        text=text[:first] + inner + text[second + 1 :], start=first, end=first + len(inner)
    )
