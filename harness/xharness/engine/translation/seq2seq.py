"""Translates sentences with a sequence-to-sequence model, each as if it were alone.

Sentences go through the model in batches of one shape: always as many rows (repeated where
there are too few), and a length that depends on the sentence only, rounded up. Each row is then
computed by the same steps whatever its neighbours are, so that a translation may be remembered
and reused without changing a byte. Nothing is sampled.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from xharness.engine.encoder import loading
from xharness.engine.encoder.profile import Hardware
from xharness.engine.translation.segments import Outcome
from xharness.errors import ModelError
from xharness.phases import Seq2SeqModel, Translate
from xharness.planning.resolve import UNSAFE

TOO_LONG = "a sentence is too long for the translator"
UNFINISHED = "a translation does not end"
_STEP = 8
"""Lengths are rounded up to multiples of so many tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A model on its device, ready to translate one pair of languages."""

    phase: Translate
    model: Any
    tokenizer: Any
    hardware: Hardware
    token: str
    """Put before every text."""
    forced: int | None
    """First token of every translation."""
    longest: int
    """Tokens that the model reads at most."""

    def translate(self, sentences: Sequence[str]) -> Iterator[list[tuple[str, Outcome]]]:
        """Yield what became of the sentences, batch by batch, the shortest first.

        Args:
            sentences: Each once, none blank.
        """
        by_length: dict[int, list[tuple[str, list[int]]]] = defaultdict(list)
        too_long = []
        for sentence in sentences:
            ids = self._ids(sentence)
            length = -(-len(ids) // _STEP) * _STEP
            if len(ids) > self.longest:
                too_long.append((sentence, Outcome(lost=TOO_LONG)))
            else:
                by_length[min(length, self.longest)].append((sentence, ids))
        if too_long:
            yield too_long
        size = self.phase.batch
        for length, found in sorted(by_length.items()):
            for start in range(0, len(found), size):
                batch = found[start : start + size]
                said = self._generate([ids for _, ids in batch], length)
                yield [(s, o) for (s, _), o in zip(batch, said, strict=False)]

    def _ids(self, sentence: str) -> list[int]:
        """Return a sentence's tokens with the special ones."""
        text = f"{self.token} {sentence}" if self.token else sentence
        ids: list[int] = self.tokenizer(text, verbose=False)["input_ids"]
        return ids

    def _generate(self, batch: list[list[int]], length: int) -> list[Outcome]:
        """Return what the model says to some sentences, repeated to a whole batch."""
        size = self.phase.batch
        rows = [batch[i % len(batch)] for i in range(size)]
        pad = self.tokenizer.pad_token_id
        ids = torch.tensor([r + [pad] * (length - len(r)) for r in rows])
        mask = torch.tensor([[1] * len(r) + [0] * (length - len(r)) for r in rows])
        device = self.hardware.device
        with torch.inference_mode(), self.hardware.autocast():
            made = self.model.generate(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                generation_config=self._search(length),
            )
        return [self._said(row) for row in made[: len(batch)].tolist()]

    def _search(self, length: int) -> Any:
        """Return how translations of sentences of a length are searched for."""
        from transformers import GenerationConfig

        own, config = self.model.generation_config, self.model.config
        start = own.decoder_start_token_id
        return GenerationConfig(
            do_sample=False,
            num_beams=self.phase.beams,
            early_stopping=self.phase.beams > 1,
            max_new_tokens=min(2 * length + 16, self.longest),
            decoder_start_token_id=config.decoder_start_token_id if start is None else start,
            bos_token_id=own.bos_token_id,
            eos_token_id=self.tokenizer.eos_token_id,
            pad_token_id=self.tokenizer.pad_token_id,
            forced_bos_token_id=self.forced,
            bad_words_ids=own.bad_words_ids,
        )

    def _said(self, row: list[int]) -> Outcome:
        """Return one translation as text, without start and language tokens."""
        inner = row[1:]
        if self.forced is not None and inner[:1] == [self.forced]:
            inner = inner[1:]
        if self.tokenizer.eos_token_id not in inner:
            return Outcome(lost=UNFINISHED)
        inner = inner[: inner.index(self.tokenizer.eos_token_id)]
        text = self.tokenizer.decode(
            inner, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return Outcome(text=str(text).strip())


def load(phase: Translate, told: Seq2SeqModel, folder: Path, hardware: Hardware) -> Machine:
    """Return the machine of a model's folder.

    Args:
        phase: Says how to search.
        told: How the model is told the languages.
        folder: Holds config.json, weights as safetensors and a tokenizer.
        hardware: What to compute with.

    Raises:
        ModelError: If it cannot be loaded, or does not know a language.
    """
    name = getattr(told.start, "name", "") or getattr(told.start, "model", "")
    where = f"translator {name}"
    tokenizer = _tokenizer(folder, where)
    model = _model(folder, where).to(hardware.device)
    model.eval()
    if told.style in {"nllb", "m2m"}:
        _language(tokenizer, _token_of(told, told.source), where)
        tokenizer.src_lang = told.source
    forced = None
    if told.style != "marian":
        forced = _language(tokenizer, _token_of(told, told.into), where)
    if told.token:
        _language(tokenizer, told.token, where)
    positions = getattr(model.config, "max_position_embeddings", None) or phase.max_length
    return Machine(
        phase=phase,
        model=model,
        tokenizer=tokenizer,
        hardware=hardware,
        token=told.token,
        forced=forced,
        longest=min(phase.max_length, positions),
    )


def _token_of(told: Seq2SeqModel, code: str) -> str:
    """Return the token that a language's code is written as."""
    return f"__{code}__" if told.style == "m2m" else code


def _language(tokenizer: Any, token: str, where: str) -> int:
    """Return a language token's id.

    Raises:
        ModelError: If the tokenizer has no such token.
    """
    found = tokenizer.convert_tokens_to_ids(token)
    if found is None or found == tokenizer.unk_token_id:
        raise ModelError(f"{where}: its tokenizer has no language token {token!r}")
    return int(found)


def _tokenizer(folder: Path, where: str) -> Any:
    """Return the tokenizer of a folder."""
    from transformers import AutoTokenizer

    try:
        with warnings.catch_warnings():
            # Marian's tokenizer asks for a package that would not change a token.
            warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
            found = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        hint = "; pip install sentencepiece" if "sentencepiece" in str(error).lower() else ""
        raise ModelError(
            f"{where}: its tokenizer cannot be read; {loading.short(error)}{hint}"
        ) from error
    if found.pad_token_id is None or found.eos_token_id is None:
        raise ModelError(f"{where}: its tokenizer needs a padding token and an end token")
    return found


def _model(folder: Path, where: str) -> Any:
    """Return the model of a folder, on the CPU in float32."""
    from transformers import AutoModelForSeq2SeqLM

    if not list(folder.glob("*.safetensors")):
        raise ModelError(f"{where}: in {folder} is no {UNSAFE}; then write translator=NAME@FOLDER")
    return loading.weights(AutoModelForSeq2SeqLM, folder, where)
