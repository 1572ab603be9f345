"""Long trainings on a GPU are compiled and replayed by a fixed rule, and learn the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import XLMRobertaConfig, XLMRobertaModel

from support.engine_tiny import make_model
from xharness.engine.encoder import compiling, network_files, packed
from xharness.engine.encoder.batching import shuffled_updates
from xharness.engine.encoder.forward import out_of_memory
from xharness.engine.encoder.network import Head, Network, head_layers
from xharness.engine.encoder.profile import Hardware
from xharness.engine.kinds.windows import Batch, Windows, collate
from xharness.engine.training import replays
from xharness.engine.training.replays import Replays
from xharness.engine.training.streams import Pool
from xharness.engine.training.update import (
    Progress,
    TrainState,
    read_losses,
    train_state,
    update_weights,
)
from xharness.phases import Model, Recipe, Train
from xharness.tasks import Kind

GPU = Hardware(device=torch.device("cuda"), precision="bf16", threads=1)
UPDATES = 8
on_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.fixture
def compilers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let there be Triton and a C compiler."""
    (tmp_path / "triton.py").write_text("", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("CC", sys.executable)
    monkeypatch.delitem(sys.modules, "triton", raising=False)
    yield
    sys.modules.pop("triton", None)


def shell(packs: int) -> Network:
    """Return a network of which only its batches are known."""
    return Network(encoder=None, tokenizer=None, tokenizer_digest="", heads={}, packs=packs)


@pytest.mark.usefixtures("compilers")
@pytest.mark.parametrize(
    ("packs", "device", "precision", "tokens", "due"),
    [
        (1, "cuda", "bf16", 2_097_152, True),
        (1, "cuda", "bf16", 2_097_151, False),
        (0, "cuda", "bf16", 9_000_000, False),
        (1, "cuda", "fp16", 9_000_000, False),
        (0, "cpu", "bf16", 9_000_000, False),
    ],
)
def test_device_precision_and_planned_tokens_decide(
    packs: int, device: str, precision: str, tokens: int, due: bool
) -> None:
    """Two million tokens (2 ** 21) and more, in bf16, on a GPU that packs."""
    hardware = Hardware(device=torch.device(device), precision=precision, threads=1)

    assert compiling.due(shell(packs), hardware, tokens) is due


@pytest.mark.usefixtures("compilers")
def test_without_a_c_compiler_nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Triton calls one for each kernel; a machine without it is told so by the profile."""
    monkeypatch.setenv("CC", "no-such-compiler")

    assert not compiling.due(shell(1), GPU, 9_000_000)


def test_a_compiled_network_is_written_as_any_other(tmp_path: Path) -> None:
    """The same names and bytes, so what was trained compiled is opened without compiling."""
    make_model(tmp_path / "model")
    network = network_files.load(tmp_path / "model", "tiny")
    network_files.save(network, tmp_path / "plain")
    compiled = compiling.install(replace(network, packs=1))
    network_files.save(compiled, tmp_path / "compiled")
    plain = {p.name: p.read_bytes() for p in (tmp_path / "plain").rglob("*") if p.is_file()}
    found = {p.name: p.read_bytes() for p in (tmp_path / "compiled").rglob("*") if p.is_file()}

    assert compiling.done(compiled)
    assert any(name.endswith(".safetensors") for name in plain)
    assert found == plain


def packing_of(tokens: int) -> Batch:
    """Return a packed batch of one window of so many tokens that hold nothing."""
    one = Windows(
        ids=[np.zeros(tokens, dtype=np.int64)],
        types=None,
        example=np.arange(1),
        targets=[],
        places=[],
    )
    return collate(one, np.array([0]), 0, torch.device("cpu"), 1)


def test_weights_of_another_task_have_no_gradient() -> None:
    """AdamW would move a head whose gradient is zero by its moments; one without it stays."""
    body, one, other = (torch.nn.Parameter(torch.ones(1)) for _ in "abc")
    kept = Replays()
    for number, (task, head) in enumerate([("one", one), ("other", other), ("one", one)]):
        kept.begin(task)
        for _ in range(2):  # micro-batches, of a shape of their own in each update
            kept.run(
                task, packing_of(1 + number), torch.ones(()),
                lambda _, units, head=head: (2 * body * head).sum() / units,
            )  # fmt: skip
        kept.end(task, [body, one, other])
        found = [p.grad is not None for p in (body, one, other)]
        assert found == [True, task == "one", task == "other"]
        assert body.grad == 4  # of both micro-batches; those of earlier updates are gone
        for parameter in (body, one, other):
            parameter.grad = None


def test_gradients_stay_where_graphs_write_them() -> None:
    """The tensor of the first update is that of the others, and two tasks share the encoder's."""
    body = torch.nn.Parameter(torch.ones(1))
    kept, places = Replays(), []
    for number, task in enumerate(["one", "one", "other", "other", "one"]):
        kept.begin(task)
        kept.run(task, packing_of(1 + number), torch.ones(()), lambda _, units: body.sum() / units)
        kept.end(task, [body])
        places.append(body.grad)
        body.grad = None

    assert places[0] is places[1]
    assert places[1] is places[3]
    assert places[3] is places[4]


def small() -> tuple[Network, Head]:
    """Return a small XLM-R that packs its windows, on the GPU, and its head; the same each time."""
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=500, hidden_size=128, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=256, max_position_embeddings=200, pad_token_id=1,
    )  # fmt: skip
    linear = head_layers(128, 3, deep=False)
    head = Head(task="a", kind=Kind.CLASSIFICATION, labels=("x", "y", "z"), linear=linear)
    network = Network(
        encoder=XLMRobertaModel(config),
        tokenizer=SimpleNamespace(pad_token_id=1),
        tokenizer_digest="",
        heads={"a": head},
        packs=1,
    ).to(GPU.device)
    packed.install(network.encoder)
    return network, head


def rows() -> Windows:
    """Return 32 windows of 3 to 99 tokens."""
    drawn = np.random.default_rng(0)
    return Windows(
        ids=[drawn.integers(4, 500, n) for n in drawn.integers(3, 100, 32)],
        types=None,
        example=np.arange(32),
        targets=[np.array([i % 3]) for i in range(32)],
        places=[],
    )


def trained(graphs: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[torch.Tensor], TrainState]:
    """Return the weights after some compiled updates with dropout, and the state.

    Args:
        graphs: How many may be kept.
        monkeypatch: Sets that.
    """
    monkeypatch.setattr(replays, "MOST", graphs)
    network, head = small()
    network = compiling.install(network)
    network.encoder.train()
    windows = rows()
    pool = Pool(
        streams=(), windows=windows, lengths=windows.lengths, head=head,
        updates=shuffled_updates(windows.lengths, 16, 1),
    )  # fmt: skip
    recipe = Recipe(learning_rate=1e-3, batch=16, steps=UPDATES, micro_tokens=1024)
    start = Model(weights="", tokenizer="", name="", location="")
    phase = Train(start=start, streams=(), recipe=recipe, seed=1, precision="bf16")
    state, progress = train_state(phase, network, [pool], GPU, UPDATES), Progress(micro_tokens=1024)
    for _ in range(UPDATES):
        update_weights(state, pool, next(pool.updates), progress)
    read_losses(state, progress)
    return [p.detach().clone() for p in state.parameters], state


@on_a_gpu
def test_a_replay_gives_the_bytes_of_its_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a resumed training, which records anew, goes on as if nothing had happened."""
    replayed, state = trained(64, monkeypatch)
    without, _ = trained(0, monkeypatch)

    assert state.replays is not None
    assert state.replays.graphs
    assert all(torch.equal(a, b) for a, b in zip(replayed, without, strict=True))


@on_a_gpu
def test_compiled_blocks_compute_what_plain_ones_do() -> None:
    """States of an XLM-R without dropout, within bf16's rounding of each other."""
    found = []
    for compiled in (False, True):
        network, _ = small()
        network.encoder.eval()
        if compiled:
            network = compiling.install(network)
        batch = network.batch(rows(), np.arange(4), GPU.device)
        assert batch.packing is not None
        with GPU.autocast():
            states = packed.run(network.encoder, batch, batch.packing, every_layer=False)
        found.append(states.last_hidden_state[batch.mask == 1].float())

    assert (found[0] - found[1]).norm() < 0.02 * found[0].norm()


def test_memory_that_runs_out_while_a_graph_is_recorded_is_told_as_such() -> None:
    """The recording ends with an error of its own, raised after the one that says so."""
    late = RuntimeError("capture was invalidated")
    late.__context__ = torch.OutOfMemoryError("CUDA out of memory")

    assert out_of_memory(late)
    assert not out_of_memory(RuntimeError("capture was invalidated"))
