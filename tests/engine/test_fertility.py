"""The pieces that a tokenizer makes of a text's words are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from xharness.engine.prediction import fertility
from xharness.examples import Answer, Classification, Pair, SpanQuestion, Tagging


class Halves:
    """A tokenizer that makes pieces of two letters and knows no x."""

    unk_token_id = 0

    def __call__(self, texts: Sequence[str], **_: object) -> Mapping[str, list[list[int]]]:
        """Return ids: 0 for a piece with an x, else 1."""
        return {
            "input_ids": [
                [self._id(w[i : i + 2]) for w in t.split() for i in range(0, len(w), 2)]
                for t in texts
            ]
        }

    def _id(self, piece: str) -> int:
        return 0 if "x" in piece else 1


def test_pieces_are_counted_in_different_texts() -> None:
    """Four words of two, one, one and two pieces; a text that comes twice counts once."""
    examples = [
        Classification(text="abcd ab", pair="xy abcd", label="a"),
        Classification(text="abcd ab", pair=None, label="a"),
    ]

    assert fertility.counted(Halves(), examples) == {"words": 4, "pieces": 6, "unknown": 1}


@pytest.mark.parametrize(
    "example",
    [
        Tagging(tokens=("abcd", "ab"), tags=None),
        SpanQuestion(context="abcd", question="ab", answers=(Answer(text="ab", start=0),)),
        Pair(source="abcd", target="ab"),
    ],
)
def test_pieces_of_every_kind(example: Any) -> None:
    """Tokens, question and context, and the foreign side of a pair are what is split."""
    assert fertility.counted(Halves(), [example]) == {"words": 2, "pieces": 3, "unknown": 0}


@pytest.mark.parametrize(
    ("text", "words"),
    [("two words", 2), ("\u6211\u6765\u4e86", 3), ("\u0e44\u0e17\u0e22 a1", 4), ("", 0)],
)
def test_words_without_blanks(text: str, words: int) -> None:
    """In Chinese and Thai every character counts as a word."""
    assert fertility.words(text) == words
