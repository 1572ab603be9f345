"""Translates sentences with a sequence-to-sequence model, each as if it were alone.

The shape of a batch does not depend on which sentences are in it: the number of rows is fixed
(sentences are repeated where there are too few), and the length is the sentence's own, rounded up.
The arithmetic of a row is then the same whatever its neighbours are, so that a translation may be
remembered and reused without changing a byte. Nothing is sampled.
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
from xharness.engine.translation.segments import TranslatedSentence
from xharness.errors import ModelError
from xharness.phases import Seq2SeqModel, Translate
from xharness.planning.model_files import UNSAFE

TOO_LONG = "a sentence is too long for the translator"
UNFINISHED = "a translation does not end"
_STEP = 8
"""Lengths are rounded up to multiples of so many tokens: sentences of similar length then share
batches, and none is padded by more than seven tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTranslator:
    """A model on its device, ready to translate from one language into another."""

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

    def translate(self, sentences: Sequence[str]) -> Iterator[list[tuple[str, TranslatedSentence]]]:
        """Yield the sentences with their translations, batch by batch, the shortest first.

        Args:
            sentences: Each once, none blank.
        """
        by_length: dict[int, list[tuple[str, list[int]]]] = defaultdict(list)
        too_long = []
        for sentence in sentences:
            ids = self.source_ids(sentence)
            length = -(-len(ids) // _STEP) * _STEP
            if len(ids) > self.longest:
                too_long.append((sentence, TranslatedSentence(lost=TOO_LONG)))
            else:
                by_length[min(length, self.longest)].append((sentence, ids))
        if too_long:
            yield too_long
        size = self.phase.batch
        for length, alike in sorted(by_length.items()):
            for start in range(0, len(alike), size):
                batch = alike[start : start + size]
                translations = self._generate([ids for _, ids in batch], length)
                yield [(s, t) for (s, _), t in zip(batch, translations, strict=True)]

    def source_ids(self, sentence: str) -> list[int]:
        """Return a sentence's tokens with the special ones."""
        text = f"{self.token} {sentence}" if self.token else sentence
        ids: list[int] = self.tokenizer(text, verbose=False)["input_ids"]
        return ids

    def _generate(self, batch: list[list[int]], length: int) -> list[TranslatedSentence]:
        """Return the translations of some sentences, repeated to a whole batch."""
        size = self.phase.batch
        rows = [batch[i % len(batch)] for i in range(size)]
        pad = self.tokenizer.pad_token_id
        ids = torch.tensor([r + [pad] * (length - len(r)) for r in rows])
        mask = torch.tensor([[1] * len(r) + [0] * (length - len(r)) for r in rows])
        device = self.hardware.device
        with torch.inference_mode(), self.hardware.autocast():
            generated = self.model.generate(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                generation_config=self._search(length),
            )
        return [self._decoded(row) for row in generated[: len(batch)].tolist()]

    def _search(self, length: int) -> Any:
        """Return the settings of the search for translations of sentences of a length."""
        from transformers import GenerationConfig

        own, config = self.model.generation_config, self.model.config
        start = own.decoder_start_token_id
        return GenerationConfig(
            do_sample=False,
            num_beams=self.phase.beams,
            early_stopping=self.phase.beams > 1,
            # Room for twice the sentence, and 16 tokens more for the very short ones. A translation
            # that has not ended by then is not used (`UNFINISHED`).
            max_new_tokens=min(2 * length + 16, self.longest),
            decoder_start_token_id=config.decoder_start_token_id if start is None else start,
            bos_token_id=own.bos_token_id,
            eos_token_id=self.tokenizer.eos_token_id,
            pad_token_id=self.tokenizer.pad_token_id,
            forced_bos_token_id=self.forced,
            bad_words_ids=own.bad_words_ids,
        )

    def _decoded(self, row: list[int]) -> TranslatedSentence:
        """Return one translation as text, without start and language tokens."""
        inner = row[1:]
        if self.forced is not None and inner[:1] == [self.forced]:
            inner = inner[1:]
        if self.tokenizer.eos_token_id not in inner:
            return TranslatedSentence(lost=UNFINISHED)
        inner = inner[: inner.index(self.tokenizer.eos_token_id)]
        text = self.tokenizer.decode(
            inner, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return TranslatedSentence(text=str(text).strip())


def load(
    phase: Translate, model: Seq2SeqModel, folder: Path, hardware: Hardware
) -> LoadedTranslator:
    """Return the translator in a model's folder.

    Args:
        phase: Says how to search.
        model: How the model is given the languages.
        folder: Holds config.json, weights as safetensors and a tokenizer.
        hardware: What to compute with.

    Raises:
        ModelError: If it cannot be loaded, or does not know a language.
    """
    name = getattr(model.start, "name", "") or getattr(model.start, "model", "")
    where = f"translator {name}"
    tokenizer = _tokenizer(folder, where)
    network = _network(folder, where).to(hardware.device)
    network.eval()
    if model.style in {"nllb", "m2m"}:
        _language(tokenizer, _token_of(model, model.source), where)
        tokenizer.src_lang = model.source
    forced = None
    if model.style != "marian":
        forced = _language(tokenizer, _token_of(model, model.into), where)
    if model.token:
        _language(tokenizer, model.token, where)
    positions = getattr(network.config, "max_position_embeddings", None) or phase.max_length
    return LoadedTranslator(
        phase=phase,
        model=network,
        tokenizer=tokenizer,
        hardware=hardware,
        token=model.token,
        forced=forced,
        longest=min(phase.max_length, positions),
    )


def _token_of(model: Seq2SeqModel, code: str) -> str:
    """Return the token that a language's code is written as."""
    return f"__{code}__" if model.style == "m2m" else code


def _language(tokenizer: Any, token: str, where: str) -> int:
    """Return a language token's id.

    Raises:
        ModelError: If the tokenizer has no such token.
    """
    number = tokenizer.convert_tokens_to_ids(token)
    if number is None or number == tokenizer.unk_token_id:
        raise ModelError(f"{where}: its tokenizer has no language token {token!r}")
    return int(number)


def _tokenizer(folder: Path, where: str) -> Any:
    """Return the tokenizer of a folder."""
    from transformers import AutoTokenizer

    try:
        with warnings.catch_warnings():
            # Marian's tokenizer asks for a package that would not change a token.
            warnings.filterwarnings("ignore", "Recommended: pip install sacremoses")
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        hint = "; pip install sentencepiece" if "sentencepiece" in str(error).lower() else ""
        raise ModelError(
            f"{where}: its tokenizer cannot be read; {loading.first_line(error)}{hint}"
        ) from error
    if tokenizer.pad_token_id is None or tokenizer.eos_token_id is None:
        raise ModelError(f"{where}: its tokenizer needs a padding token and an end token")
    return tokenizer


def _network(folder: Path, where: str) -> Any:
    """Return the model of a folder, on the CPU in float32."""
    from transformers import AutoModelForSeq2SeqLM

    if not list(folder.glob("*.safetensors")):
        raise ModelError(f"{where}: in {folder} is no {UNSAFE}; then write translator=NAME@FOLDER")
    return loading.weights(AutoModelForSeq2SeqLM, folder, where)
