"""Trains lab-mini: an encoder of XLM-R's architecture, on text of all languages.

Masked LM on text of one language at a time; at most one token in twenty belongs to a sentence
with its translation, and these are ranked too. Needs torch, imported with this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

import torch
from torch.nn import functional

from xharness_lab.corpus import monolingual, parallel
from xharness_lab.languages import BY_CODE, LANGUAGES, SOURCE
from xharness_lab.learning import Report, Schedule, updated
from xharness_lab.tokens import (
    BEGIN,
    END,
    LONGEST,
    MASK,
    PAD,
    SPECIAL,
    make_tokenizer,
    padded,
    words_of,
)

NAME = "lab-mini"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of the training: how much text, of what kind, in which batches."""

    documents: int
    """Monolingual ones, in the source language; other languages have their share of it."""
    passages: float
    """Share of documents with several facts."""
    batch: int
    """Documents per update."""
    translations: int
    """Sentences with a translation, for a language with as much text as the source; others have
    their share of it."""


STAGES = (
    Stage(documents=16_000, passages=0.0, batch=16, translations=2080),
    Stage(documents=60_000, passages=0.4, batch=24, translations=7800),
)
"""Short documents come first: matching words across two sentences is learnt from a third of the
text that longer ones would need. Twice as much text makes retrieval better, but inference harder to
learn from a few thousand rows."""

PAIRS = 16
"""Sentences with a translation per update."""
RANKING = 0.3
"""Weight of the ranking of translations beside masked LM. Without it languages of other word order
stay apart; with more of it synonyms do, and inference is hard to learn."""
TEMPERATURE = 0.05
"""Of the ranking of translations (Feng et al. 2022 use 0.05 as well, as a scale of 20)."""
MASKED = 0.4
"""Share of words hidden. More than the usual 0.15 pays in a training this short (Wettig et al.
2023 find 0.4 best for large models too)."""
BLANK, REPLACED = 0.9, 0.0
"""Of hidden words, those shown as a mask and those shown as a random word of the language; the rest
is shown as it is. BERT has 0.8 and 0.1; here random words made inference harder to learn. They are
drawn all the same: what is drawn decides the bytes of the weights that are shipped."""
SCHEDULE = Schedule(rate=1e-3, warmup=0.1)
LAYERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one update sees, all of one language."""

    ids: torch.Tensor
    """Documents (B, T), padded; or each sentence followed by its translation, <s> a </s> b </s>."""
    words: torch.Tensor
    """(W,): ids of all words of the language, ascending; with translations, also of the source
    language's words."""
    apart: torch.Tensor | None = None
    """For translations: the sentences (2B, T), each followed by its translation."""


def make(seed: int, report: Report) -> tuple[Any, Any]:
    """Return the trained network and its tokenizer.

    Args:
        seed: Of weights, masks and order; the text is always the same.
        report: Told how far the training is.
    """
    tokenizer = make_tokenizer()
    model = make_model(len(tokenizer), seed)
    train(model, batches(tokenizer, STAGES, seed), seed, report)
    return model, tokenizer


def make_model(vocabulary: int, seed: int) -> Any:
    """Return the untrained network: XLM-R's, small."""
    from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

    config = XLMRobertaConfig(
        vocab_size=vocabulary,
        hidden_size=128,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        intermediate_size=256,
        max_position_embeddings=LONGEST + PAD + 1,  # positions are counted from PAD + 1
        type_vocab_size=1,
        hidden_dropout_prob=0.0,  # no document is seen twice
        attention_probs_dropout_prob=0.0,
        initializer_range=0.05,  # 0.02 suits a width of 768; here training takes 1.5 times as long
        bos_token_id=BEGIN,
        pad_token_id=PAD,
        eos_token_id=END,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return XLMRobertaForMaskedLM(config)


def batches(tokenizer: Any, stages: Sequence[Stage], seed: int) -> list[Batch]:
    """Return the batches of all stages, in order; translations are spread evenly over a stage.

    Args:
        tokenizer: The model's.
        stages: In order; each has text of its own.
        seed: Of the order.
    """
    rng = Random(f"order {seed}")  # noqa: S311 - not for secrets
    made: list[Batch] = []
    for number, stage in enumerate(stages):
        alone = [b for x in LANGUAGES for b in _documents(tokenizer, x.code, stage, number)]
        paired = [b for x in LANGUAGES for b in _translations(tokenizer, x.code, stage, number)]
        rng.shuffle(alone)
        rng.shuffle(paired)
        for i in reversed(range(len(paired))):
            alone.insert(i * len(alone) // len(paired), paired[i])
        made.extend(alone)
    return made


def _documents(tokenizer: Any, code: str, stage: Stage, number: int) -> Iterator[Batch]:
    """Yield one language's documents; those of one batch have about the same length."""
    words = torch.tensor(words_of(tokenizer, code))
    left = round(stage.documents * BY_CODE[code].corpus)
    written = monolingual(code, passages=stage.passages, seed=number)
    while left:
        taken = min(left, 16 * stage.batch)
        left -= taken
        rows = tokenizer([list(d) for d in islice(written, taken)])["input_ids"]
        rows.sort(key=len)
        for i in range(0, taken, stage.batch):
            yield Batch(ids=torch.tensor(padded(rows[i : i + stage.batch])), words=words)


def _translations(tokenizer: Any, code: str, stage: Stage, number: int) -> Iterator[Batch]:
    """Yield one language's sentences with their translations."""
    if code == SOURCE.code:
        return
    both = {*words_of(tokenizer, code), *words_of(tokenizer, SOURCE.code)}
    words = torch.tensor(sorted(both))
    count = round(stage.translations * BY_CODE[code].corpus)
    pairs = list(islice(parallel(code, seed=number), count))
    for i in range(0, count, PAIRS):
        apart = [ids for pair in pairs[i : i + PAIRS] for ids in tokenizer(list(pair))["input_ids"]]
        joined = [[*a, *b[1:]] for a, b in zip(apart[0::2], apart[1::2], strict=True)]
        yield Batch(
            ids=torch.tensor(padded(joined)), words=words, apart=torch.tensor(padded(apart))
        )


def train(model: Any, batches: Sequence[Batch], seed: int, report: Report) -> None:
    """Train a network, one update per batch."""
    generator = torch.Generator().manual_seed(seed)

    def loss(batch: Batch) -> torch.Tensor:
        masked = masked_loss(model, batch, generator)
        if batch.apart is None:
            return masked
        return masked + RANKING * ranking_loss(model, batch.apart)

    sizes = [b.ids.numel() for b in batches]
    model.train()
    updated(list(model.parameters()), (loss(b) for b in batches), sizes, SCHEDULE, report)
    model.eval()


def masked_loss(model: Any, batch: Batch, generator: torch.Generator) -> torch.Tensor:
    """Return the mean cross-entropy of hidden words among all words of their language.

    A state then need not say which language it is of, so the same meaning may look the same in
    all of them; and an output layer over all languages' words would be a good part of the work.

    Args:
        model: The network.
        batch: Documents, or sentences with their translations.
        generator: Draws what is hidden.

    Source:
        Devlin et al. 2019, section 3.1. With translations: Lample and Conneau 2019 (arXiv
        1901.07291), section 3.3.
    """
    ids, words = batch.ids, batch.words
    hidden = (torch.rand(ids.shape, generator=generator) < MASKED) & (ids >= len(SPECIAL))
    fate = torch.rand(ids.shape, generator=generator)
    drawn = words[torch.randint(len(words), ids.shape, generator=generator)]
    shown = torch.where(hidden & (fate < REPLACED), drawn, ids)
    shown = shown.masked_fill(hidden & (fate >= REPLACED) & (fate < REPLACED + BLANK), MASK)
    states = model.roberta(
        input_ids=shown, attention_mask=(ids != PAD).long()
    ).last_hidden_state  # (B, T, H)
    head = model.lm_head
    guessed = head.layer_norm(functional.gelu(head.dense(states[hidden])))  # (hidden words, H)
    logits = functional.linear(guessed, head.decoder.weight[words], head.decoder.bias[words])
    return functional.cross_entropy(logits, torch.searchsorted(words, ids[hidden]))


def ranking_loss(model: Any, ids: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of finding each sentence's translation in the batch, both ways.

    Sentences are compared by the mean of their embeddings, so that the blocks are left to the
    masked words; with the output of a block, inference is learnt much later.

    Args:
        model: The network.
        ids: Sentences (2B, T), padded, each followed by its translation.

    Source:
        Feng et al. 2022 (LaBSE), section 3.1, without their margin.
    """
    there = ids != PAD
    states = model.roberta.embeddings(input_ids=ids)
    summed = (states * there.unsqueeze(-1)).sum(dim=1)  # direction is all that counts: (2B, H)
    vectors = functional.normalize(summed, dim=-1)
    scores = vectors[0::2] @ vectors[1::2].T / TEMPERATURE  # (B, B)
    right = torch.arange(len(scores))
    forth = functional.cross_entropy(scores, right)
    return (forth + functional.cross_entropy(scores.T, right)) / 2
