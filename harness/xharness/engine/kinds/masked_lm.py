"""Masked LM: tokens of running text are hidden, and predicted from those around them.

It has no test predictions; it is only mixed into trainings. Devlin et al. 2019 (BERT),
arXiv:1810.04805, section 3.1 and appendix A.1; hidden anew in every update, as in Liu et al.
2019 (RoBERTa), arXiv:1907.11692, section 4.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch.nn import functional

from xharness.engine.kinds.common import count_tokens
from xharness.engine.kinds.windows import (
    IGNORED,
    IntArray,
    Tokenization,
    Windows,
    arrays,
    bare_ids,
    frame,
)
from xharness.errors import ModelError
from xharness.examples import Plain

HIDDEN = 0.15
"""Part of a window's tokens that is hidden and must be predicted."""
MASKED = 0.8
"""Part of the hidden tokens that the mask replaces; of the rest, a random token replaces half, and
half are left as they are."""

units = count_tokens

_AT_ONCE = 1000
"""Texts that are tokenized in one call; more would take much memory, as lists of numbers."""
_OUTPUTS = 2**26
"""Logits of a micro-batch, about: 256 MiB in float32, three times that with their gradients."""


def encode(examples: Sequence[Plain], tokenization: Tokenization, *, training: bool) -> Windows:
    """Return windows of up to `max_length` tokens; a long text is cut into several.

    Windows of nothing but special tokens (a text that the tokenizer drops) are left out, and
    counted as "nothing to tell". Targets come with `Masking.hide`.
    """
    del training
    tokenizer = tokenization.tokenizer
    before, after = frame(tokenizer)
    room = tokenization.max_length - len(before) - len(after)
    special = set(tokenizer.all_special_ids)
    ids: list[IntArray] = []
    owners: list[int] = []
    nothing = 0
    for start in range(0, len(examples), _AT_ONCE):
        texts = [e.text for e in examples[start : start + _AT_ONCE]]
        for number, text in enumerate(bare_ids(tokenizer, texts), start):
            pieces = [text[i : i + room] for i in range(0, len(text), room)]
            kept = [p for p in pieces if not special.issuperset(p)]
            nothing += len(pieces) - len(kept)
            ids += arrays([[*before, *p, *after] for p in kept])
            owners += [number] * len(kept)
    types = "token_type_ids" in tokenizer.model_input_names
    return Windows(
        ids=ids,
        types=[np.zeros_like(i) for i in ids] if types else None,
        example=np.array(owners, dtype=np.int64),
        targets=[],
        places=[],
        notes={"nothing to tell": nothing},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Masking:
    """Windows of text, and how their tokens are hidden."""

    windows: Windows
    mask: int
    """The tokenizer's id of the mask."""
    special: IntArray
    """(n,): ids that are never hidden, and never shown in place of others."""
    ordinary: IntArray
    """(m,): all other ids."""

    @property
    def tokens(self) -> int:
        """Tokens of a micro-batch at most, so that its logits fit into memory."""
        return int(_OUTPUTS / (HIDDEN * len(self.ordinary)))

    def hide(self, picked: IntArray, seed: int) -> Windows:
        """Return some windows, in their order, with tokens hidden and these tokens as targets.

        A window's target, shape (tokens,), is the hidden token's id where one is hidden and
        `IGNORED` elsewhere. Equal seeds hide equally.

        Args:
            picked: (n,): which windows.
            seed: Of what is hidden, and how.
        """
        rng = np.random.default_rng(seed)
        shown = [self._hidden(self.windows.ids[i], rng) for i in picked]
        types = self.windows.types
        return replace(
            self.windows,
            ids=[ids for ids, _ in shown],
            targets=[targets for _, targets in shown],
            types=None if types is None else [types[i] for i in picked],
            example=self.windows.example[picked],
        )

    def _hidden(self, ids: IntArray, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
        """Return a window's ids as they are shown, and its targets."""
        able = np.flatnonzero(np.isin(ids, self.special, invert=True))
        places = rng.permutation(able)[: max(1, round(HIDDEN * len(able)))]
        shown, targets = ids.copy(), np.full_like(ids, IGNORED)
        targets[places] = ids[places]
        chance = rng.random(len(places))
        instead = self.ordinary[rng.integers(len(self.ordinary), size=len(places))]
        masked, other = chance < MASKED, chance >= (1 + MASKED) / 2
        shown[places[masked]] = self.mask
        shown[places[other]] = instead[other]
        return shown, targets


def masking(windows: Windows, tokenization: Tokenization) -> Masking:
    """Return how the tokens of some windows are hidden.

    Raises:
        ModelError: If the tokenizer has no mask token.
    """
    tokenizer = tokenization.tokenizer
    if tokenizer.mask_token_id is None:
        raise ModelError("its tokenizer has no mask token, so it cannot learn a masked LM")
    special = np.array(tokenizer.all_special_ids, dtype=np.int64)
    return Masking(
        windows=windows,
        mask=tokenizer.mask_token_id,
        special=special,
        ordinary=np.setdiff1d(np.arange(len(tokenizer)), special),
    )


_NAMES = {
    "lm_head.dense.weight": "dense",
    "lm_head.dense.bias": "dense_bias",
    "lm_head.layer_norm.weight": "norm",
    "lm_head.layer_norm.bias": "norm_bias",
    "lm_head.bias": "bias",
    "cls.predictions.transform.dense.weight": "dense",
    "cls.predictions.transform.dense.bias": "dense_bias",
    "cls.predictions.transform.LayerNorm.weight": "norm",
    "cls.predictions.transform.LayerNorm.gamma": "norm",
    "cls.predictions.transform.LayerNorm.bias": "norm_bias",
    "cls.predictions.transform.LayerNorm.beta": "norm_bias",
    "cls.predictions.bias": "bias",
    "head.dense.weight": "dense",
    "head.norm.weight": "norm",
    "decoder.bias": "bias",
}
"""Names of the layers in the files of XLM-R and RoBERTa; of BERT, where files converted early have
gamma and beta; and of ModernBERT, which has fewer biases."""
_NEEDED = {"dense", "norm", "bias"}


def pretrained(folder: Path) -> dict[str, torch.Tensor]:
    """Return the layers that a model's folder has for masked LM; empty where it has none.

    Raises:
        ModelError: If its weights cannot be read.
    """
    layers: dict[str, torch.Tensor] = {}
    try:
        for path in sorted(folder.glob("*.safetensors")):
            with safe_open(path, framework="pt") as file:
                there = _NAMES.keys() & file.keys()
                layers |= {_NAMES[n]: file.get_tensor(n).float() for n in sorted(there)}
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{folder}: its weights cannot be read; {error}") from error
    return layers if layers.keys() >= _NEEDED else {}


def head(encoder: Any, given: Mapping[str, torch.Tensor]) -> tuple[torch.nn.ParameterDict, str]:
    """Return the layers behind the encoder, and where they are from: "pretrained" or "identity".

    They are a dense layer (E, H) with GELU and LayerNorm (E,), then the input embeddings (V, E)
    themselves and a bias (V,). Where none are given, or they do not fit, the dense layer begins as
    the identity, so that a token is predicted by its embedding's product with the encoder's state.

    Args:
        encoder: Of transformers.
        given: From `pretrained`.
    """
    rows, wide = encoder.get_input_embeddings().weight.shape
    narrow = encoder.config.hidden_size
    sizes = {"dense": (wide, narrow), "dense_bias": (wide,), "norm": (wide,), "norm_bias": (wide,)}
    shapes = {**sizes, "bias": (rows,)}
    layers = {name: torch.zeros(shape) for name, shape in shapes.items()}
    tied = getattr(encoder.config, "tie_word_embeddings", True)
    if tied and given and all(tuple(t.shape) == shapes[n] for n, t in given.items()):
        return torch.nn.ParameterDict(layers | dict(given)), "pretrained"
    layers |= {"dense": torch.eye(wide, narrow), "norm": torch.ones(wide)}
    return torch.nn.ParameterDict(layers), "identity"


def logits(layers: Any, states: torch.Tensor, targets: torch.Tensor, encoder: Any) -> torch.Tensor:
    """Return (hidden tokens, V): the scores of every token in each hidden place, in order.

    Args:
        layers: Those of `head`.
        states: (B, T, H): the encoder's hidden states of a batch.
        targets: (B, T): `IGNORED` where nothing is hidden.
        encoder: Its input embeddings are the last layer.
    """
    config = encoder.config
    epsilon = getattr(config, "layer_norm_eps", None) or getattr(config, "norm_eps", None) or 1e-5
    # Only at hidden places, because scores of the whole vocabulary take most of the memory.
    states = functional.gelu(
        functional.linear(states[targets != IGNORED], layers["dense"], layers["dense_bias"])
    )
    states = functional.layer_norm(
        states, states.shape[-1:], layers["norm"], layers["norm_bias"], epsilon
    )
    return functional.linear(states, encoder.get_input_embeddings().weight, layers["bias"])


def loss(logits: torch.Tensor, targets: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the summed cross-entropy of logits (hidden tokens, V) against targets (B, T)."""
    del mask
    return functional.cross_entropy(logits.float(), targets[targets != IGNORED], reduction="sum")
