"""Packed windows give what padded ones give: states, scores, losses and gradients.

Without a GPU, attention is each window's own, by torch, in place of the kernel for GPUs.
"""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface, AutoModel

from support.encoder_families import configs
from xharness.engine.encoder import packed
from xharness.engine.encoder.network import Head, Network, head_layers
from xharness.engine.encoder.profile import Hardware
from xharness.engine.kinds import masked_lm
from xharness.engine.kinds.windows import IGNORED, Windows, collate
from xharness.tasks import Kind

CPU = torch.device("cpu")
WIDTH = 24
FAMILIES = ("bert", "xlm-roberta", "modernbert")
ALONE = "each_window_alone"
"""The name of `each_window_alone` in transformers."""
on_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


def near_ones(tokens: int, near: int, device: torch.device) -> torch.Tensor | None:
    """Return (tokens, tokens): what each token sees of a window; None where it sees all."""
    place = torch.arange(tokens, device=device)
    return None if near < 0 else (place[:, None] - place[None, :]).abs() <= near


def one_by_one(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, bounds: list[int], near: int
) -> torch.Tensor:
    """Return attention within each window, (N, heads, D), by torch's ordinary attention."""
    parts = []
    for begin, end in pairwise(bounds):
        given = (x[begin:end].transpose(0, 1)[None] for x in (query, key, value))
        mask = near_ones(end - begin, near, query.device)
        parts.append(functional.scaled_dot_product_attention(*given, attn_mask=mask))
    return torch.cat([p[0].transpose(0, 1) for p in parts])


def each_window_alone(
    module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *_: Any, **more: Any
) -> tuple[torch.Tensor, None]:
    """Compute as `packed.attention` promises to."""
    near = more.get("sliding_window")
    given = (x[0].transpose(0, 1) for x in (query, key, value))
    bounds = more["cu_seq_lens_q"].tolist()
    return one_by_one(*given, bounds, -1 if near is None else near - 1)[None], None


def network(family: str, packs: int, heads: dict[str, Head] | None = None) -> Network:
    """Return a small network that packs its windows, or pads them; the same each time."""
    torch.manual_seed(0)
    encoder = AutoModel.from_config(configs(width=WIDTH, heads=3, layers=2)[family]).eval()
    if packs:
        AttentionInterface.register(ALONE, each_window_alone)
        AttentionMaskInterface.register(ALONE, packed.no_mask)
        encoder.set_attn_implementation(ALONE)
    tokenizer = SimpleNamespace(pad_token_id=encoder.config.pad_token_id)
    return Network(
        encoder=encoder, tokenizer=tokenizer, tokenizer_digest="", heads=heads or {}, packs=packs
    )


def windows(targets: list[list[int]], together: int = 1) -> Windows:
    """Return windows of 11, 7, 2 and 9 tokens; BERT's padding id 0 and XLM-R's, 1, are in some."""
    drawn = np.random.default_rng(1)
    ids = [drawn.integers(4, 50, n) for n in (11, 7, 2, 9)]
    ids[0][[3, 5]], ids[3][2] = 1, 0
    return Windows(
        ids=ids,
        types=[np.arange(len(i)) % 2 for i in ids],
        example=np.arange(4),
        targets=[np.array(t) for t in targets],
        places=[],
        together=together,
    )


def gradients(of: Network) -> dict[str, torch.Tensor]:
    """Return the gradients of a network's weights by name."""
    return {n: p.grad for n, p in of.parameters() if p.grad is not None}


@pytest.mark.parametrize("packs", [1, 8, 128])
@pytest.mark.parametrize("family", FAMILIES)
def test_states_of_every_layer_and_gradients_are_those_of_padded_windows(
    family: str, packs: int
) -> None:
    """To 1e-5 in float32, also where tokens are filled up to a multiple of eight."""
    mix = torch.randn(WIDTH, generator=torch.Generator().manual_seed(2))
    found = []
    for how in (0, packs):
        ours = network(family, how)
        batch = ours.batch(windows([]), np.arange(4), CPU)
        layers = [states[batch.mask == 1] for states in ours.hidden(batch)]
        torch.stack(layers).matmul(mix).tanh().sum().backward()
        found.append((torch.stack(layers).detach(), gradients(ours)))
    (padded, wanted), (own, given) = found
    torch.testing.assert_close(own, padded, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(given, wanted, rtol=1e-5, atol=1e-5)


def head_of(kind: Kind, encoder: Any) -> Head:
    """Return a head, the same each time; of classification the one that reads the pooler."""
    torch.manual_seed(3)
    if kind is Kind.MASKED_LM:
        layers, _ = masked_lm.head(encoder, {})
        return Head(task="a", kind=kind, labels=(), linear=layers)
    deep = kind is Kind.CLASSIFICATION
    outputs = 1 if kind is Kind.MULTIPLE_CHOICE else 2
    linear = head_layers(WIDTH, outputs, deep=deep)
    return Head(
        task="a", kind=kind, labels=("x", "y"), linear=linear, form="mlp" if deep else "linear"
    )


OF_TOKENS = [[i % 2 if i % 3 else IGNORED for i in range(n)] for n in (11, 7, 2, 9)]
TARGETS: dict[Kind, tuple[list[list[int]], int]] = {
    Kind.CLASSIFICATION: ([[0], [1], [1], [0]], 1),
    Kind.TAGGING: (OF_TOKENS, 1),
    Kind.SPAN_QA: ([[1, 4], [0, 0], [1, 1], [2, 8]], 1),
    Kind.MULTIPLE_CHOICE: ([[0], [1]], 2),
    Kind.MASKED_LM: (OF_TOKENS, 1),
}


@pytest.mark.parametrize("packs", [1, 16])
@pytest.mark.parametrize("kind", TARGETS)
def test_every_kind_learns_the_same(kind: Kind, packs: int) -> None:
    """Loss and gradients of XLM-R with a head of each kind, to 1e-5."""
    targets, together = TARGETS[kind]
    found = []
    for how in (0, packs):
        ours = network("xlm-roberta", how)
        ours.heads["a"] = head = head_of(kind, ours.encoder)
        batch = ours.batch(windows(targets, together), np.arange(4 // together), CPU)
        loss = head.functions.loss(ours.logits(head, batch), batch.targets, batch.mask)
        loss.backward()
        found.append({"loss": loss.detach(), **gradients(ours)})
    torch.testing.assert_close(found[1], found[0], rtol=1e-5, atol=1e-5)


def test_packed_tokens_lie_end_to_end() -> None:
    """Windows of 2 and 3 tokens, filled up to 4 and 8: all places counted by hand."""
    ids = [np.array([5, 6]), np.array([7, 8, 9])]
    two = Windows(ids=ids, types=None, example=np.arange(2), targets=[], places=[])
    batch = collate(two, np.array([1, 0]), 1, CPU, 4)
    packing = batch.packing

    assert packing is not None
    assert batch.ids.tolist() == [[7, 8, 9, 5, 6, 1, 1, 1]]
    assert batch.mask.tolist() == [[1, 1, 1, 0], [1, 1, 0, 0]]
    assert packing.positions.tolist() == [[0, 1, 2, 0, 1, 0, 0, 0]]
    assert packing.bounds.tolist() == [0, 3, 5, 8]
    assert packing.slots[:5].tolist() == [0, 1, 2, 4, 5]
    assert packing.sources[batch.mask == 1].tolist() == [0, 1, 2, 3, 4]
    assert packing.filler.tolist() == [False] * 5 + [True] * 3


@pytest.mark.parametrize(
    ("family", "device", "precision", "capability", "able"),
    [
        ("xlm-roberta", "cuda", "bf16", (9, 0), True),
        ("bert", "cuda", "fp16", (8, 0), True),
        ("modernbert", "cuda", "bf16", (8, 6), True),
        ("deberta", "cuda", "bf16", (9, 0), False),
        ("xlm-roberta", "cuda", "float32", (9, 0), False),
        ("xlm-roberta", "cuda", "fp16", (7, 5), False),
        ("xlm-roberta", "cpu", "bf16", (9, 0), False),
    ],
)
def test_what_is_packed_is_decided_by_architecture_device_and_precision(
    family: str,
    device: str,
    precision: str,
    capability: tuple[int, int],
    able: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DeBERTa's attention is its own; the kernel for GPUs knows half precision from Ampere on."""
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    monkeypatch.setattr(torch.backends.cuda, "is_flash_attention_available", lambda: True)
    hardware = Hardware(device=torch.device(device), precision=precision, threads=1)

    assert packed.able(network(family, 0).encoder, hardware) is able


@on_a_gpu
@pytest.mark.parametrize("near", [-1, 4])
def test_the_kernel_computes_each_window_alone(near: int) -> None:
    """Of 16 heads of 64 in bf16: within 1 percent of float32, which bf16's rounding explains."""
    torch.manual_seed(0)
    bounds = [0, 128, 133, 203, 204, 237, 237]
    given = [torch.randn(237, 16, 64, device="cuda").bfloat16().requires_grad_() for _ in "qkv"]
    exact = [x.detach().float().requires_grad_() for x in given]
    ends = torch.tensor(bounds, dtype=torch.int32, device="cuda")
    found = packed._forward(*given, ends, 128, 64**-0.5, 0.0, near)[0]  # noqa: SLF001
    wanted = one_by_one(*exact, bounds[:-1], near)
    back = torch.randn_like(wanted)
    pairs = zip(
        (found, *torch.autograd.grad(found, given, back.bfloat16())),
        (wanted, *torch.autograd.grad(wanted, exact, back)),
        strict=True,
    )

    assert all((a.float() - b).norm() < 0.01 * b.norm() for a, b in pairs)


@on_a_gpu
def test_the_kernel_gives_the_same_bytes_twice() -> None:
    """Of long windows, whose gradients several processors of the GPU add up, with dropout."""
    torch.manual_seed(0)
    given = [torch.randn(2000, 16, 64, device="cuda").bfloat16().requires_grad_() for _ in "qkv"]
    bounds = torch.tensor([0, 1500, 2000], dtype=torch.int32, device="cuda")
    found = []
    for _ in range(2):
        torch.manual_seed(1)
        states = packed._forward(*given, bounds, 1536, 0.125, 0.1, -1)[0]  # noqa: SLF001
        found.append((states, *torch.autograd.grad(states, given, torch.ones_like(states))))

    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))
