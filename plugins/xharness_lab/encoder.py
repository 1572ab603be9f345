"""Trains lab-mini: RoBERTa's architecture with the norms before each block, on all languages' text.

An update is of one sort: masked LM on text of one language; on text of two, some words of one said
in the other; on sentences with their translation, which are ranked too; or on statements about
things, of which it has to tell what follows. Needs torch, imported with this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

import torch
from torch.nn import functional

from xharness_lab.corpus import Document, judged, monolingual, parallel
from xharness_lab.inference import LABELS
from xharness_lab.languages import BY_CODE, LANGUAGES, SOURCE, lexicon
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
    their dose of it."""
    mixed: int
    """Documents of the source language with words of another, likewise in doses; and as many of
    that language with words of the source."""
    judged: int
    """Statements about things in the source language, judged (other languages have their share);
    and, in doses, a quarter as many in and of each language, with words of the other among them."""


STAGES = (
    Stage(documents=12_000, passages=0.0, batch=16, translations=4000, mixed=6000, judged=0),
    Stage(documents=18_000, passages=0.4, batch=24, translations=8000, mixed=9000, judged=12000),
)
"""Short documents come first: matching words across two sentences is learnt from a third of the
text that longer ones would need."""

PAIRS = 16
"""Sentences with a translation per update."""
JUDGED = 48
"""Judged statements per update, three of each premise together."""
RANKING = 0.3
"""Weight of the ranking of translations beside masked LM. Without it languages of other word order
stay apart; with more of it synonyms do."""
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
LAYERS = 3
DOSE = 0.5
"""Power of a language's share of text that is its dose of translations and mixed documents."""
SWITCHED = 0.35
"""Share of the words of a mixed document that are said in the other language."""


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
    relations: torch.Tensor | None = None
    """For judged pairs (B,): the place in LABELS of each; nothing is masked in these."""


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
    """Return the untrained network: RoBERTa's with the norms before each block, small."""
    from transformers import RobertaPreLayerNormConfig, RobertaPreLayerNormForMaskedLM

    config = RobertaPreLayerNormConfig(
        vocab_size=vocabulary,
        hidden_size=128,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
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
        return RobertaPreLayerNormForMaskedLM(config)


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
        alone += [b for x in LANGUAGES for b in _mixed(tokenizer, x.code, stage, number)]
        alone += [b for x in LANGUAGES for b in _judged(tokenizer, x.code, stage, number)]
        paired = [b for x in LANGUAGES for b in _translations(tokenizer, x.code, stage, number)]
        rng.shuffle(alone)
        rng.shuffle(paired)
        for i in reversed(range(len(paired))):
            alone.insert(i * len(alone) // len(paired), paired[i])
        made.extend(alone)
    return made


def dose(code: str) -> float:
    """Return how much of the translations and mixed documents a language has, from 0 to 1."""
    return 0.0 if code == SOURCE.code else BY_CODE[code].corpus ** DOSE


def _documents(tokenizer: Any, code: str, stage: Stage, number: int) -> Iterator[Batch]:
    """Yield one language's documents."""
    words = torch.tensor(words_of(tokenizer, code))
    count = round(stage.documents * BY_CODE[code].corpus)
    written = monolingual(code, passages=stage.passages, seed=number)
    for ids in _batched(tokenizer, written, count, stage.batch):
        yield Batch(ids=ids, words=words)


def _batched(
    tokenizer: Any, written: Iterator[Document], count: int, batch: int
) -> Iterator[torch.Tensor]:
    """Yield documents (B, T), padded; those of one batch have about the same length."""
    left = count
    while left:
        taken = min(left, 16 * batch)
        left -= taken
        rows = tokenizer([list(d) for d in islice(written, taken)])["input_ids"]
        rows.sort(key=len)
        for i in range(0, taken, batch):
            yield torch.tensor(padded(rows[i : i + batch]))


def _mixed(tokenizer: Any, code: str, stage: Stage, number: int) -> Iterator[Batch]:
    """Yield documents of the source and of another language, with words of the respective other.

    Source:
        Words replaced by their translations in masked LM: Conneau et al. 2020 (arXiv 1911.01464,
        section 3.2), and Yang et al. 2020 (ALM).
    """
    words = _both(tokenizer, code)
    generator = torch.Generator().manual_seed(number)
    count = round(stage.mixed * dose(code) / 2)
    for written, other in ((code, SOURCE.code), (SOURCE.code, code)):
        documents = monolingual(written, passages=stage.passages, seed=100 + number)
        swap = _swap(tokenizer, written, other)
        for ids in _batched(tokenizer, documents, count, stage.batch):
            yield Batch(ids=_switched(ids, swap, generator), words=words)


def _judged(tokenizer: Any, code: str, stage: Stage, number: int) -> Iterator[Batch]:
    """Yield judged pairs of one language, and with words of the source among them."""
    words = _both(tokenizer, code)
    generator = torch.Generator().manual_seed(number)
    plain = round(stage.judged * BY_CODE[code].corpus)
    mixed = round(stage.judged * dose(code) / 4)
    for written, other, count in (
        (code, code, plain),
        (code, SOURCE.code, mixed),
        (SOURCE.code, code, mixed),
    ):
        pairs = judged(written, seed=number + 10 * (other != written))
        swap = _swap(tokenizer, written, other)
        for start in range(0, count, JUDGED):
            taken = list(islice(pairs, min(JUDGED, count - start)))
            rows = tokenizer([list(d) for d, _ in taken])["input_ids"]
            ids = torch.tensor(padded(rows))
            if other != written:
                ids = _switched(ids, swap, generator)
            yield Batch(ids=ids, words=words, relations=torch.tensor([r for _, r in taken]))


def _both(tokenizer: Any, code: str) -> torch.Tensor:
    """Return the ids of the words of a language and of the source."""
    return torch.tensor(sorted({*words_of(tokenizer, code), *words_of(tokenizer, SOURCE.code)}))


def _swap(tokenizer: Any, written: str, other: str) -> torch.Tensor:
    """Return for every id that of the same concept in another language, or itself: (V,)."""
    said, instead = lexicon(written), lexicon(other)
    swap = torch.arange(len(tokenizer))
    swap[tokenizer.convert_tokens_to_ids([said[c] for c in said])] = torch.tensor(
        tokenizer.convert_tokens_to_ids([instead[c] for c in said])
    )
    return swap


def _switched(ids: torch.Tensor, swap: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return texts (B, T) with some words said in another language, as `_swap` has them."""
    return torch.where(torch.rand(ids.shape, generator=generator) < SWITCHED, swap[ids], ids)


def _translations(tokenizer: Any, code: str, stage: Stage, number: int) -> Iterator[Batch]:
    """Yield one language's sentences with their translations."""
    words = _both(tokenizer, code)
    count = round(stage.translations * dose(code))
    pairs = list(islice(parallel(code, seed=number), count))
    for i in range(0, count, PAIRS):
        apart = [ids for pair in pairs[i : i + PAIRS] for ids in tokenizer(list(pair))["input_ids"]]
        joined = [[*a, *b[1:]] for a, b in zip(apart[0::2], apart[1::2], strict=True)]
        yield Batch(
            ids=torch.tensor(padded(joined)), words=words, apart=torch.tensor(padded(apart))
        )


def body(model: Any) -> Any:
    """Return the encoder within a network with a head."""
    return model.roberta_prelayernorm


def train(model: Any, batches: Sequence[Batch], seed: int, report: Report) -> None:
    """Train a network, one update per batch."""
    generator = torch.Generator().manual_seed(seed)
    judge = torch.nn.Linear(model.config.hidden_size, len(LABELS))  # is not kept
    torch.nn.init.zeros_(judge.weight)
    torch.nn.init.zeros_(judge.bias)

    def loss(batch: Batch) -> torch.Tensor:
        if batch.relations is not None:
            read = body(model)(input_ids=batch.ids, attention_mask=(batch.ids != PAD).long())
            return functional.cross_entropy(judge(read.last_hidden_state[:, 0]), batch.relations)
        masked = masked_loss(model, batch, generator)
        if batch.apart is None:
            return masked
        return masked + RANKING * ranking_loss(model, batch.apart)

    sizes = [b.ids.numel() for b in batches]
    model.train()
    weights = [*model.parameters(), *judge.parameters()]
    updated(weights, (loss(b) for b in batches), sizes, SCHEDULE, report)
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
    states = body(model)(
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
    states = body(model).embeddings(input_ids=ids)
    summed = (states * there.unsqueeze(-1)).sum(dim=1)  # direction is all that counts: (2B, H)
    vectors = functional.normalize(summed, dim=-1)
    scores = vectors[0::2] @ vectors[1::2].T / TEMPERATURE  # (B, B)
    right = torch.arange(len(scores))
    forth = functional.cross_entropy(scores, right)
    return (forth + functional.cross_entropy(scores.T, right)) / 2
