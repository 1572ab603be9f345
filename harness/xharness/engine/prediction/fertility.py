"""How finely a tokenizer splits a language: words, pieces and unknown pieces of a few texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from xharness.engine.kinds.windows import bare_ids
from xharness.examples import (
    Classification,
    Example,
    MultipleChoice,
    Pair,
    Plain,
    SpanQuestion,
    Tagging,
)

TEXTS = 200
"""Different texts that are looked at."""

_WORD = re.compile(
    # Scripts written without blanks, each character a word: Thai, Lao, Burmese, Khmer, kana, Han.
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"
    r"|[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]+"
)


def counted(tokenizer: Any, examples: Iterable[Example]) -> dict[str, int]:
    """Return {"words", "pieces", "unknown"} of the first `TEXTS` different texts.

    A word stands between blanks; in scripts written without blanks every character counts as
    one, so that pieces a word are rather too few there than too many.

    Args:
        tokenizer: A fast tokenizer of transformers.
        examples: Of one language, in their order.
    """
    found = [*islice(dict.fromkeys(t for e in examples for t in texts(e) if t), TEXTS)]
    made = bare_ids(tokenizer, found)
    return {
        "words": sum(words(text) for text in found),
        "pieces": sum(map(len, made)),
        "unknown": sum(ids.count(tokenizer.unk_token_id) for ids in made),
    }


def words(text: str) -> int:
    """Return how many words a text has; see `counted`."""
    return len(_WORD.findall(text))


def texts(example: Example) -> Iterator[str | None]:
    """Yield an example's texts; of a pair both, because either may be the foreign one."""
    match example:
        case Classification(text=text, pair=pair):
            yield from (text, pair)
        case MultipleChoice(context=context, question=question, choices=choices):
            yield from (context, question, *choices)
        case Tagging(tokens=tokens):
            yield " ".join(tokens)
        case SpanQuestion(context=context, question=question):
            yield from (context, question)
        case Pair(source=source, target=target):
            yield from (source, target)
        case Plain(text=text):
            yield text
