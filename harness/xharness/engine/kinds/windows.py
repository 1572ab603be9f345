"""Windows of tokens: the encoded examples of every kind, and how they are padded to batches.

Shapes in this package: B windows in a batch, T tokens of the longest of them, H hidden size,
L labels, C choices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]

IGNORED = -100
"""A target that no loss counts."""
_NOTHING = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokenization:
    """How text becomes tokens, and labels become numbers."""

    tokenizer: Any
    """A fast tokenizer of transformers."""
    max_length: int
    """Tokens of a window at most, special ones included."""
    stride: int
    """As in `Stream.stride`."""
    labels: tuple[str, ...]
    """In the order of the head's outputs; empty where the kind has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Examples as token ids; a long example may have several windows, in their order."""

    ids: list[IntArray]
    """One array (tokens,) per window, special tokens included; `together` of them, one after
    the other, where a window has several texts."""
    types: list[IntArray] | None
    """Token types, shaped like `ids`; None where the model has none."""
    example: IntArray
    """(windows,): which example each window is of."""
    targets: list[IntArray]
    """One array per window, in the form that the kind's loss takes; empty when not training."""
    places: list[IntArray]
    """One array per window, in the form that the kind's decode takes; empty where it needs none."""
    truncated: int = 0
    """Examples of which tokens were cut off."""
    lost: int = 0
    """Answers that no window holds whole, so that they are not learnt."""
    notes: Mapping[str, int] = field(default_factory=dict)
    """Other counts to report, by name."""
    together: int = 1
    """Texts of a window, compared with each other: the choices of a question."""

    @property
    def lengths(self) -> IntArray:
        """Return (windows,): tokens of each window, its shorter texts padded to its longest."""
        texts = np.array([len(i) for i in self.ids], dtype=np.int64)
        longest: IntArray = texts.reshape(-1, self.together).max(axis=1, initial=0)
        return longest * self.together


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Padded windows, on the device."""

    ids: torch.Tensor
    """(B, T)"""
    mask: torch.Tensor
    """(B, T): 1 for tokens, 0 for padding."""
    types: torch.Tensor | None
    """(B, T)"""
    targets: torch.Tensor
    """(B, ...) in the form that the kind's loss takes; empty when not training."""
    together: int = 1
    """Rows of `ids`, `mask` and `types` that make one row of scores: C."""


def joined(several: Sequence[Windows]) -> Windows:
    """Return the windows of several sets of examples of one kind as one, in their order."""
    if len(several) == 1:
        return several[0]
    first = several[0]
    counts = [int(w.example.max(initial=-1)) + 1 for w in several]
    begins = np.cumsum([0, *counts[:-1]])
    return Windows(
        ids=[one for w in several for one in w.ids],
        types=None if first.types is None else [one for w in several for one in w.types or ()],
        example=np.concatenate([w.example + b for w, b in zip(several, begins, strict=True)]),
        targets=[one for w in several for one in w.targets],
        places=[one for w in several for one in w.places],
        together=first.together,
    )


def pad(arrays: Sequence[IntArray], fill: int) -> IntArray:
    """Return arrays (n,) of several lengths as one array (B, T), filled up at the end."""
    padded = np.full((len(arrays), max(map(len, arrays))), fill, dtype=np.int64)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return padded


def collate(windows: Windows, picked: IntArray, padding: int, device: torch.device) -> Batch:
    """Return some windows as one padded batch.

    Args:
        windows: All windows.
        picked: (B,): which of them.
        padding: The tokenizer's id for padding.
        device: Where the batch goes.
    """
    texts = (picked[:, None] * windows.together + np.arange(windows.together)).ravel()
    ids = [windows.ids[i] for i in texts]
    lengths = np.array([len(i) for i in ids])
    mask = np.arange(lengths.max())[None, :] < lengths[:, None]

    def put(array: npt.NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(array).to(device, non_blocking=True)

    types, targets = windows.types, windows.targets
    return Batch(
        ids=put(pad(ids, padding)),
        mask=put(mask.astype(np.int64)),
        types=None if types is None else put(pad([types[i] for i in texts], 0)),
        targets=put(pad([targets[i] for i in picked] if targets else [_NOTHING], IGNORED)),
        together=windows.together,
    )


def arrays(lists: Sequence[Sequence[int]]) -> list[IntArray]:
    """Return lists of ids as arrays."""
    return [np.array(one, dtype=np.int64) for one in lists]


def frame(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return the special tokens that the tokenizer puts before and after one text."""
    probe = tokenizer("a", return_special_tokens_mask=True)
    ids, special = probe["input_ids"], probe["special_tokens_mask"]
    text = [i for i, s in enumerate(special) if not s]
    return ids[: text[0]], ids[text[-1] + 1 :]


def bare_ids(tokenizer: Any, texts: Sequence[str]) -> Sequence[list[int]]:
    """Return the tokens of each text, none of them special."""
    encoded = tokenizer(
        list(texts),
        add_special_tokens=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
    ids: Sequence[list[int]] = encoded["input_ids"]
    return ids


def encode_texts(
    tokenizer: Any, texts: Sequence[str], pairs: Sequence[str] | None, max_length: int
) -> tuple[list[IntArray], list[IntArray] | None, list[int]]:
    """Return token ids and types of texts or pairs of texts, and which ones were cut short.

    Too long a pair loses tokens of whichever text is longer, from its end.
    """
    encoded = tokenizer(
        list(texts), pairs and list(pairs), return_attention_mask=False, verbose=False
    )
    ids, types = encoded["input_ids"], encoded.get("token_type_ids")
    # At first nothing is cut: what is too long is counted, and only that is encoded again.
    long = [i for i, one in enumerate(ids) if len(one) > max_length]
    if long:
        cut = tokenizer(
            [texts[i] for i in long],
            pairs and [pairs[i] for i in long],
            truncation="longest_first",
            max_length=max_length,
            return_attention_mask=False,
        )
        for place, i in enumerate(long):
            ids[i] = cut["input_ids"][place]
            if types is not None:
                types[i] = cut["token_type_ids"][place]
    return arrays(ids), None if types is None else arrays(types), long
