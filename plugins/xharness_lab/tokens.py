"""The tokenizer of the lab's models: one token for every word of every language.

Needs transformers and tokenizers, imported when it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xharness_lab.languages import LANGUAGES, lexicon
from xharness_lab.world import NUMBERS

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
"""As in XLM-R, where the first three have these ids too."""
BEGIN, PAD, END, _, MASK = range(len(SPECIAL))
LONGEST = 128
"""Tokens that a model can read at once."""
_MARKS = (".", "?", '"')


def make_tokenizer(codes: Sequence[str] = ()) -> Any:
    """Return a tokenizer with one token for every word of every language, digit and mark.

    The words of a language without text are among them, untrained, as pieces of its words would
    be. It marks sentences as XLM-R does: <s> a </s>, and <s> a </s> </s> b </s>.

    Args:
        codes: Codes of languages that have a special token of their own, as a translator needs.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = {w for language in LANGUAGES for w in lexicon(language.code).values()}
    words |= {*NUMBERS, *_MARKS}
    vocabulary = {w: i for i, w in enumerate((*SPECIAL, *codes, *sorted(words)))}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()]
    )
    made.decoder = decoders.WordPiece(cleanup=True)  # no blank before a full stop
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(s, vocabulary[s]) for s in ("<s>", "</s>")],
    )
    more = {"extra_special_tokens": [AddedToken(c, special=True) for c in codes]} if codes else {}
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
        model_max_length=LONGEST,
        model_input_names=["input_ids", "attention_mask"],
        **more,
    )


def words_of(tokenizer: Any, code: str) -> list[int]:
    """Return the ids of all words of a language, digits and marks included, rising."""
    known = {*lexicon(code).values(), *NUMBERS, *_MARKS}
    return sorted(tokenizer.convert_tokens_to_ids(list(known)))


def padded(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return rows of ids padded on the right to the longest."""
    longest = max(len(r) for r in rows)
    return [[*r, *[PAD] * (longest - len(r))] for r in rows]
