"""Fertility: how many pieces a tokenizer makes of a word, counted in a few texts of a language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from xharness.engine.kinds.windows import bare_ids
from xharness.examples import Example

TEXTS = 200
"""Different texts that are counted."""

_WORD = re.compile(
    # Scripts written without blanks, each character a word: Thai, Lao, Burmese, Khmer, kana, Han.
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"
    r"|[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]+"
)


def counted(tokenizer: Any, examples: Iterable[Example]) -> dict[str, int]:
    """Return {"words", "pieces", "unknown"} of the first `TEXTS` different texts.

    Words are what stands between blanks. In scripts written without blanks every character counts
    as a word, so that fertility there is rather too low than too high.

    Args:
        tokenizer: A fast tokenizer of transformers.
        examples: Of one language, in their order.
    """
    different = dict.fromkeys(text for e in examples for text in e.texts() if text)
    texts = list(islice(different, TEXTS))
    pieces = bare_ids(tokenizer, texts)
    return {
        "words": sum(words(text) for text in texts),
        "pieces": sum(map(len, pieces)),
        "unknown": sum(ids.count(tokenizer.unk_token_id) for ids in pieces),
    }


def words(text: str) -> int:
    """Return how many words a text has; see `counted`."""
    return len(_WORD.findall(text))
