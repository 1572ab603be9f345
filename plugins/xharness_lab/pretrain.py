"""Makes the lab's encoder: tokenizer, masked-LM training, an ordinary Hugging Face folder.

The only module here that needs torch, imported when a Pretrain phase runs.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch.nn import functional

from xharness import PhaseRun
from xharness_lab.corpus import Document, monolingual, parallel
from xharness_lab.languages import LANGUAGES, SOURCE, lexicon
from xharness_lab.world import NUMBERS

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
"""As in XLM-R, where the first three have these ids too."""
MASK = SPECIAL.index("<mask>")
PAD = SPECIAL.index("<pad>")
LONGEST = 128
"""Tokens that the model can read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of the training: how much text, of what kind, in which batches."""

    documents: int
    """Monolingual ones, in the source language; other languages have their share of it."""
    passages: float
    """Share of documents with several facts."""
    batch: int
    """Documents per update."""
    translations: int = 0
    """Sentence pairs with a language that has as much text as the source; others have their
    share of it."""


Text = tuple[Mapping[str, list[Document]], list[Document]]
"""Documents by language, and sentence pairs."""

STAGES = (
    Stage(documents=8000, passages=0.0, batch=16),
    Stage(documents=9000, passages=0.4, batch=24, translations=1700),
)
"""Short documents first: to match words across two sentences is learnt from them in a third
of the text it takes on longer ones. Translations are under 5 % of all tokens. In all, as much
as about a minute allows."""

PAIRS = 16
"""Sentence pairs per update."""
TEMPERATURE = 0.05
"""Of the ranking of translations (Feng et al. 2022 use 0.05 as well, as a scale of 20)."""

LEARNING_RATE = 2e-3
"""At 4e-3 the loss stays where it is; small batches at this rate learn most per second."""
MASKED = 0.4
"""Share of words hidden. More than the usual 0.15 pays in a training this short (Wettig et al.
2023 find 0.4 best for large models too)."""
WARMUP = 0.1
CLIP = 1.0


def run(seed: int, phase_run: PhaseRun) -> None:
    """Pretrain the encoder and write its folder `model/` and its numerics profile.

    Args:
        seed: Of weights, masks and order; the text is always the same.
        phase_run: Where to write, how many threads, and whom to tell.

    Raises:
        KeyboardInterrupt: If the user asked to stop.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()  # the command line shows its own
    torch.set_num_threads(phase_run.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    text = [_text(stage) for stage in STAGES]
    tokenizer = make_tokenizer()
    model = make_model(len(tokenizer), seed)
    batches = _batches(tokenizer, text, seed)
    train(model, batches, seed, phase_run)
    folder = phase_run.out / "model"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _write_profile(phase_run, model, batches)


def _text(stage: Stage) -> Text:
    """Return a stage's documents by language, and its sentence pairs."""
    documents: dict[str, list[Document]] = {}
    pairs: list[Document] = []
    for language in LANGUAGES:
        written = monolingual(language.code, passages=stage.passages)
        count = round(stage.documents * language.corpus)
        documents[language.code] = list(islice(written, count))
        if language is not SOURCE:
            translated = round(stage.translations * language.corpus)
            pairs.extend(islice(parallel(language.code), translated))
    return documents, pairs


def make_tokenizer() -> Any:
    """Return a tokenizer with one token for every word of every language, digit and mark.

    The words of a language without text are among them, untrained, as pieces of its words would
    be. It marks sentences as XLM-R does: <s> a </s>, and <s> a </s> </s> b </s>.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    split = pre_tokenizers.Whitespace()
    words = {w for language in LANGUAGES for w in lexicon(language.code).values()}
    words |= {*NUMBERS, ".", "?"}
    vocabulary = {w: i for i, w in enumerate((*SPECIAL, *sorted(words)))}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    made.pre_tokenizer = split
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(s, vocabulary[s]) for s in ("<s>", "</s>")],
    )
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
    )


def make_model(vocabulary: int, seed: int) -> Any:
    """Return the untrained network: XLM-R's, small."""
    from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

    config = XLMRobertaConfig(
        vocab_size=vocabulary,
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=256,
        max_position_embeddings=LONGEST + PAD + 1,  # positions are counted from PAD + 1
        type_vocab_size=1,
        hidden_dropout_prob=0.0,  # too few updates to overfit
        attention_probs_dropout_prob=0.0,
        initializer_range=0.05,  # at 0.02, made for 768 wide, it takes half as long again
        bos_token_id=SPECIAL.index("<s>"),
        pad_token_id=PAD,
        eos_token_id=SPECIAL.index("</s>"),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return XLMRobertaForMaskedLM(config)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one update sees."""

    ids: torch.Tensor
    """Documents of one language (B, T), padded; or sentences (2B, T), each followed by its
    translation."""
    words: torch.Tensor | None = None
    """Ids of all words of the documents' language, rising, (W,); None for sentence pairs."""


def _batches(tokenizer: Any, text: Sequence[Text], seed: int) -> list[Batch]:
    """Return the batches of all stages, in order; pairs are spread evenly over their stage.

    Documents of one batch are of one language, and have about the same length.
    """
    rng = Random(f"order {seed}")  # noqa: S311 - not for secrets
    made: list[Batch] = []
    for stage, (documents, pairs) in zip(STAGES, text, strict=True):
        batches: list[Batch] = []
        for code, written in documents.items():
            if written:
                rows = tokenizer([list(d) for d in written])["input_ids"]
                batches.extend(_of_language(rows, _words(tokenizer, code), stage.batch, rng))
        rng.shuffle(batches)
        rng.shuffle(pairs)
        count = -(-len(pairs) // PAIRS)
        for i in reversed(range(count)):
            sentences = [t for d in pairs[i * PAIRS : (i + 1) * PAIRS] for t in d]
            ids = _padded(tokenizer(sentences)["input_ids"])
            batches.insert(i * len(batches) // count, Batch(ids=ids))
        made.extend(batches)
    return made


def _of_language(
    rows: list[list[int]], words: torch.Tensor, batch: int, rng: Random
) -> Iterator[Batch]:
    """Yield the batches of one language's documents."""
    rng.shuffle(rows)
    several = 16 * batch
    for start in range(0, len(rows), several):
        near = sorted(rows[start : start + several], key=len)
        for i in range(0, len(near), batch):
            yield Batch(ids=_padded(near[i : i + batch]), words=words)


def _words(tokenizer: Any, code: str) -> torch.Tensor:
    """Return the ids of all words of a language, digits and marks included, rising."""
    known = {*lexicon(code).values(), *NUMBERS, ".", "?"}
    return torch.tensor(sorted(tokenizer.convert_tokens_to_ids(list(known))))


def _padded(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """Return rows of ids as one array, padded on the right."""
    longest = max(len(r) for r in rows)
    return torch.tensor([[*r, *[PAD] * (longest - len(r))] for r in rows])


def train(model: Any, batches: Sequence[Batch], seed: int, phase_run: PhaseRun) -> None:
    """Train a network, one update per batch: masked words, and the ranking of translations.

    The rate rises linearly, then falls linearly to zero.
    """
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    generator = torch.Generator().manual_seed(seed)
    started, tokens, total = time.monotonic(), 0, len(batches)
    model.train()
    for update, batch in enumerate(batches):
        if phase_run.should_stop():
            raise KeyboardInterrupt
        done = update / total
        rate = LEARNING_RATE * min(done / WARMUP, (1 - done) / (1 - WARMUP))
        optimiser.param_groups[0]["lr"] = rate
        loss = (
            ranking_loss(model, batch.ids)
            if batch.words is None
            else masked_loss(model, batch.ids, batch.words, generator)
        )
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimiser.step()
        optimiser.zero_grad()
        tokens += batch.ids.numel()
        if update % 20 == 19:
            phase_run.report((update + 1) / total, tokens / (time.monotonic() - started))
    model.eval()


def masked_loss(
    model: Any, ids: torch.Tensor, words: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Return the mean cross-entropy of hidden words among all words of their language.

    A state then need not say which language it is of, so the same meaning may look the same in
    all of them; and an output layer over all languages' words would be a good part of the work.

    Args:
        model: The network.
        ids: Documents of one language (B, T), padded.
        words: Ids of its words, rising, (W,).
        generator: Draws what is hidden.

    Source:
        Devlin et al. 2019, section 3.1; a hidden word is shown as a mask nine times in ten, else
        as itself.
    """
    hidden = (torch.rand(ids.shape, generator=generator) < MASKED) & (ids >= len(SPECIAL))
    masked = hidden & (torch.rand(ids.shape, generator=generator) < 0.9)
    states = model.roberta(
        input_ids=ids.masked_fill(masked, MASK), attention_mask=(ids != PAD).long()
    ).last_hidden_state  # (B, T, H)
    head = model.lm_head
    guessed = head.layer_norm(functional.gelu(head.dense(states[hidden])))  # (hidden words, H)
    logits = functional.linear(guessed, head.decoder.weight[words], head.decoder.bias[words])
    return functional.cross_entropy(logits, torch.searchsorted(words, ids[hidden]))


def ranking_loss(model: Any, ids: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of finding each sentence's translation in the batch, both ways.

    Sentences are compared by the output of the first block, so that the last one is left to
    the masked words; with the last one, inference is learnt two to four times later.

    Args:
        model: The network.
        ids: Sentences (2B, T), padded, each followed by its translation.

    Source:
        Feng et al. 2022 (LaBSE), section 3.1, without their margin.
    """
    there = ids != PAD
    states = model.roberta(
        input_ids=ids, attention_mask=there.long(), output_hidden_states=True
    ).hidden_states[1]
    summed = (states * there.unsqueeze(-1)).sum(dim=1)  # direction is all that counts: (2B, H)
    vectors = functional.normalize(summed, dim=-1)
    scores = vectors[0::2] @ vectors[1::2].T / TEMPERATURE  # (B, B)
    right = torch.arange(len(scores))
    forth = functional.cross_entropy(scores, right)
    return (forth + functional.cross_entropy(scores.T, right)) / 2


def _write_profile(phase_run: PhaseRun, model: Any, batches: Sequence[Batch]) -> None:
    """Write profile.json: what is not in the phase's key and still decides the last bits."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    found = {
        "precision": "float32",
        "threads": phase_run.threads,
        "micro_tokens": max(b.ids.numel() for b in batches),
        "attention": str(model.config._attn_implementation),  # noqa: SLF001 - its only name
        "hardware": f"cpu {names[0] if names else platform.processor() or platform.machine()}",
        "versions": {
            **{name: version(name) for name in ("torch", "transformers", "tokenizers")},
            "python": platform.python_version(),
        },
    }
    (phase_run.out / "profile.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
