"""Trains lab-mt: a small sequence-to-sequence network, from the source language into others.

Needs torch, imported with this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

import torch
from torch.nn import functional

from xharness_lab.corpus import parallel
from xharness_lab.languages import ASKED, SOURCE
from xharness_lab.learning import Report, Schedule, updated
from xharness_lab.tokens import BEGIN, END, PAD, make_tokenizer, padded

NAME = "lab-mt"
CODES = tuple(x.code for x in ASKED if x.corpus and x is not SOURCE)
"""Languages it translates into: those of the targets that have any text."""

PAIRS = 60_000
"""Sentences with a translation for a language with as much text as the source; others have their
share of it, so that translations into rare languages are worse."""
QUOTED = 0.3
"""Share of statements with a part in quotes, as the answers of questions are marked."""
BATCH = 32
SCHEDULE = Schedule(rate=2e-3, warmup=0.1)
LONGEST = 64
"""Tokens that it can read or write at once; the longest sentence has 18."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one update sees: sentences, and the same in another language."""

    ids: torch.Tensor
    """Sentences of the source language (B, S), padded."""
    wanted: torch.Tensor
    """Their translations (B, T), padded, each after the code of its language."""


def make(seed: int, report: Report) -> tuple[Any, Any]:
    """Return the trained network and its tokenizer.

    Args:
        seed: Of weights and order; the text is always the same.
        report: Told how far the training is.
    """
    tokenizer = make_tokenizer(CODES)
    model = make_model(len(tokenizer), seed)
    train(model, batches(tokenizer, PAIRS, seed), report)
    return model, tokenizer


def make_model(vocabulary: int, seed: int) -> Any:
    """Return the untrained network: BART's, small."""
    from transformers import BartConfig, BartForConditionalGeneration

    config = BartConfig(
        vocab_size=vocabulary,
        d_model=128,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=256,
        decoder_ffn_dim=256,
        max_position_embeddings=LONGEST,
        dropout=0.0,  # no sentence is seen twice
        attention_dropout=0.0,
        activation_dropout=0.0,
        init_std=0.05,  # BART's 0.02 is for a width of 1024
        bos_token_id=BEGIN,
        pad_token_id=PAD,
        eos_token_id=END,
        decoder_start_token_id=END,
        forced_bos_token_id=None,  # the language, told with every call
        forced_eos_token_id=None,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return BartForConditionalGeneration(config)


def batches(tokenizer: Any, pairs: int, seed: int) -> list[Batch]:
    """Return the batches of a training, in order; a batch is of one language.

    Args:
        tokenizer: With a token for each of CODES.
        pairs: For a language with as much text as the source.
        seed: Of the order.
    """
    rng = Random(f"order of translations {seed}")  # noqa: S311 - not for secrets
    made = [
        batch
        for language in ASKED
        if language.code in CODES
        for batch in _of_language(tokenizer, language.code, round(pairs * language.corpus))
    ]
    rng.shuffle(made)
    return made


def _of_language(tokenizer: Any, code: str, count: int) -> Iterator[Batch]:
    """Yield the batches of one language; sentences of one batch have about the same length."""
    several = 16 * BATCH
    written = parallel(code, quoted=QUOTED)
    for start in range(0, count, several):
        pairs = list(islice(written, min(several, count - start)))
        pairs.sort(key=lambda pair: len(pair[1].split()))
        for i in range(0, len(pairs), BATCH):
            sources, targets = zip(*pairs[i : i + BATCH], strict=True)
            yield Batch(
                ids=torch.tensor(padded(tokenizer(list(sources))["input_ids"])),
                wanted=torch.tensor(padded(_coded(tokenizer, code, targets))),
            )


def _coded(tokenizer: Any, code: str, sentences: Sequence[str]) -> list[list[int]]:
    """Return the tokens of sentences, each after its language's code in place of <s>."""
    first = tokenizer.convert_tokens_to_ids(code)
    return [[first, *ids[1:]] for ids in tokenizer(list(sentences))["input_ids"]]


def train(model: Any, batches: Sequence[Batch], report: Report) -> None:
    """Train a network, one update per batch, to say each next word of the translation."""

    def loss(batch: Batch) -> torch.Tensor:
        end = torch.full((len(batch.wanted), 1), END)
        states = model.model(
            input_ids=batch.ids,
            attention_mask=(batch.ids != PAD).long(),
            decoder_input_ids=torch.cat([end, batch.wanted[:, :-1]], dim=1),
        ).last_hidden_state  # (B, T, H)
        asked = batch.wanted != PAD
        asked[:, 0] = False  # the language is told, never guessed
        logits = functional.linear(states[asked], model.lm_head.weight)  # (words, vocabulary)
        return functional.cross_entropy(logits, batch.wanted[asked])

    sizes = [b.ids.numel() + b.wanted.numel() for b in batches]
    model.train()
    updated(list(model.parameters()), (loss(b) for b in batches), sizes, SCHEDULE, report)
    model.eval()
