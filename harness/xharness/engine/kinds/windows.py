"""Windows of tokens: the encoded examples of every kind, and how they become batches.

Shapes in this package: B windows in a batch, T tokens of the longest of them, N tokens of all of
them, H hidden size, L labels, C choices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import eq
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]

IGNORED = -100
"""A target that no loss counts."""
_NOTHING = np.empty(0, dtype=np.int64)
_LONGEST_STEP = 128
"""Kernels of attention work through so many tokens of a window at once."""


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
class Packing:
    """Where the tokens of windows are that lie end to end, without padding; on the device."""

    positions: torch.Tensor
    """(1, N): of each token in its window, from 0; 0 for filler."""
    bounds: torch.Tensor
    """(B + 1,), int32: where each window begins, and N; with filler one more, its own window."""
    longest: int
    """T, rounded up so that few values occur."""
    slots: torch.Tensor
    """(N,): each token's place in (B, T), counted row by row; any for filler."""
    sources: torch.Tensor
    """(B, T): which token is there; any where there is padding."""
    filler: torch.Tensor
    """(N,): whether a token is of no window, and only fills up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Windows on the device, padded or packed."""

    ids: torch.Tensor
    """(B, T), or (1, N) of a packed batch."""
    mask: torch.Tensor
    """(B, T): 1 for tokens, 0 for padding."""
    types: torch.Tensor | None
    """Shaped like `ids`."""
    targets: torch.Tensor
    """(B, ...) in the form that the kind's loss takes; empty when not training."""
    together: int = 1
    """Rows of `mask` that make one row of scores: C."""
    packing: Packing | None = None
    """None for a padded batch."""


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


def collate(
    windows: Windows, picked: IntArray, padding: int, device: torch.device, packed: int = 0
) -> Batch:
    """Return some windows as one batch.

    Args:
        windows: All windows.
        picked: (B,): which of them.
        padding: The tokenizer's id for padding.
        device: Where the batch goes.
        packed: 0 to pad windows to the longest; else they lie end to end, and N and T are filled
            up to multiples of this.
    """
    texts = (picked[:, None] * windows.together + np.arange(windows.together)).ravel()
    ids = [windows.ids[i] for i in texts]
    lengths = np.array([len(i) for i in ids])
    filler = -int(lengths.sum()) % packed if packed else 0
    longest = int(lengths.max())
    mask = np.arange(longest + (-longest % packed if packed else 0))[None, :] < lengths[:, None]
    types, targets = windows.types, windows.targets
    rows = [targets[i] for i in picked] if targets else [_NOTHING]

    def laid(several: list[IntArray], fill: int) -> torch.Tensor:
        if not packed:
            return put(pad(several, fill), device)
        return put(np.concatenate([*several, np.full(filler, fill, dtype=np.int64)])[None], device)

    return Batch(
        ids=laid(ids, padding),
        mask=put(mask.astype(np.int64), device),
        types=None if types is None else laid([types[i] for i in texts], 0),
        targets=put(_widened(pad(rows, IGNORED), rows, ids, mask.shape[1]), device),
        together=windows.together,
        packing=_packing(lengths, mask, filler, device, apart=packed > 1) if packed else None,
    )


def _widened(
    targets: IntArray, rows: Sequence[IntArray], ids: Sequence[IntArray], tokens: int
) -> IntArray:
    """Return targets (B, ...), those of single tokens filled up from the longest window to T.

    Args:
        targets: Padded.
        rows: Before they were padded.
        ids: Of the windows.
        tokens: T.
    """
    of_tokens = len(rows) == len(ids) and all(map(eq, map(len, rows), map(len, ids)))
    more = tokens - targets.shape[1] if of_tokens else 0
    return np.pad(targets, ((0, 0), (0, more)), constant_values=IGNORED) if more else targets


def _packing(
    lengths: IntArray,
    mask: npt.NDArray[np.bool_],
    filler: int,
    device: torch.device,
    *,
    apart: bool,
) -> Packing:
    """Return where tokens are.

    Args:
        lengths: (B,): tokens of each window.
        mask: (B, T): whether there is a token.
        filler: Tokens at the end that are of no window.
        device: Where the packing goes.
        apart: Whether filler has a window of its own, even if there is none.
    """
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    inside = np.arange(mask.shape[1])[None, :]
    positions = np.broadcast_to(inside, mask.shape)[mask]
    nothing = np.zeros(filler, dtype=np.int64)
    ends = [bounds, bounds[-1:] + filler] if apart else [bounds]
    return Packing(
        positions=put(np.concatenate([positions, nothing])[None], device),
        bounds=put(np.concatenate(ends).astype(np.int32), device),
        longest=-(-mask.shape[1] // _LONGEST_STEP) * _LONGEST_STEP,
        slots=put(np.concatenate([np.flatnonzero(mask), nothing]), device),
        sources=put(np.where(mask, bounds[:-1, None] + inside, 0), device),
        filler=put(np.arange(len(positions) + filler) >= len(positions), device),
    )


def put(array: npt.NDArray[Any], device: torch.device) -> torch.Tensor:
    """Return an array as a tensor on a device; a GPU is not waited for."""
    tensor = torch.from_numpy(array)
    if device.type == "cuda":
        # From memory that may be swapped out, a copy of more than 64 KB first waits for the GPU.
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)


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
