"""Trains on a GPU side by side with transformers' Trainer at its best: XLM-R large, the loop only.

    pip install accelerate
    python benchmarks/trainer_gpu.py [rounds [WAY ...]]
    python benchmarks/trainer_gpu.py profile WAY [BATCH]

A fresh encoder of XLM-R large's shape (24 blocks of 1,024, 250,002 rows) in bf16, with dropout of
0.1 everywhere; rows of random tokens, of which 40,000 different ones occur. "full" rows have 128
tokens, "mixed" ones 41 on average, log-normal as MNLI's, at most 128. Each pass over the rows is 50
updates; the first warms up (and compiles), then PASSES are timed, and their median is printed.

Ways: `xharness` compiles its blocks and replays micro-batches, as it does for a long training;
`uncompiled` does neither, as for a short one; `padded` does not pack either. `trainer` pads to the
longest row of a batch, sorts by length, and uses bf16, fused AdamW and no check of each loss for
NaN; `trainer-compiled` adds torch_compile. The ways take turns, each run in a process of its own.

use: 6 x weights without embeddings x real tokens by seconds, over 989 TFLOP/s (dense bf16 of H100
and H200 by their datasheets); own: the same over what the encoder's own matrix products reach here.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from trainer import RATE, VOCABULARY, inner_weights

WAYS = ("xharness", "uncompiled", "padded", "trainer", "trainer-compiled")
CASES = ("32 full", "32 mixed", "128 full", "128 mixed")
UPDATES, PASSES = 50, 3
LONGEST, DIFFERENT, PADDING = 128, 40_000, 1
PEAK = 989e12
BATCHES = (32, 128)


def main() -> None:
    """Run all ways in turn and print a table."""
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2], sys.argv[3:] or CASES)
        return
    if sys.argv[1:2] == ["profile"]:
        profiled(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else BATCHES[0])
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    ways = sys.argv[2:] or WAYS
    found: dict[str, dict[str, list[dict[str, float]]]] = {way: {} for way in ways}
    for _ in range(rounds):
        for way, of_cases in found.items():
            command = [sys.executable, __file__, "child", way]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            for case, values in json.loads(done.stdout.splitlines()[-1]).items():
                of_cases.setdefault(case, []).append(values)
            print(way, json.dumps({c: v[-1] for c, v in of_cases.items()}), flush=True)
    print(f"{'':34}{'seconds an update':26}{'use':>7}{'own':>7}{'GB':>7}{'first pass':>12}")
    for case in next(iter(found.values())):
        ours = found.get("xharness", {}).get(case)
        for way, of_cases in found.items():
            print(line(case, way, of_cases[case], ours))


def line(
    case: str, way: str, values: list[dict[str, float]], ours: list[dict[str, float]] | None
) -> str:
    """Return one line of the table."""
    middle = {name: statistics.median(v[name] for v in values) for name in values[0]}
    seconds = [v["update"] for v in values]
    text = f"{case:15}{way:19}{middle['update']:.4f} ({min(seconds):.4f}-{max(seconds):.4f})"
    text += f"{100 * middle['use']:12.1f}{100 * middle['own']:7.1f}{middle['memory']:7.1f}"
    text += f"{middle['first']:10.1f} s"
    if ours is not None and way != "xharness":
        text += f"{middle['update'] / statistics.median(v['update'] for v in ours):7.2f} x ours"
    return text


def child(way: str, cases: Sequence[str]) -> None:
    """Measure some cases of one way in this process, and print them as JSON."""
    peaks = {batch: own_peak(batch * LONGEST) for batch in BATCHES}
    print(f"peaks {peaks}, 8192 cubed {product_peak(8192, 8192, 8192):.3g}", file=sys.stderr)
    measured: dict[str, dict[str, float]] = {}
    run = trainer_passes if way.startswith("trainer") else our_passes
    for case in cases:
        batch, kind = int(case.split()[0]), case.split()[1]
        rows = rows_of(kind, batch)
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        weights, seconds = run(way, rows, batch)
        flops = 6 * weights * sum(map(len, rows))
        taken = statistics.median(seconds[1:])
        measured[case] = {
            "update": taken / UPDATES,
            "use": flops / taken / PEAK,
            "own": flops / taken / peaks[batch],
            "memory": torch.cuda.max_memory_allocated() / 1e9,
            "first": seconds[0],
        }
        print(way, case, measured[case], file=sys.stderr, flush=True)
    print(json.dumps(measured))


def config() -> Any:
    """Return the config of XLM-R large."""
    from transformers import XLMRobertaConfig

    return XLMRobertaConfig(
        vocab_size=VOCABULARY, hidden_size=1024, num_hidden_layers=24, num_attention_heads=16,
        intermediate_size=4096, max_position_embeddings=514, type_vocab_size=1,
        pad_token_id=PADDING, num_labels=3,
    )  # fmt: skip


def rows_of(kind: str, batch: int) -> list[np.ndarray]:
    """Return the token ids of the rows of one pass."""
    rng = np.random.default_rng(0)
    count = batch * UPDATES
    lengths = np.full(count, LONGEST)
    if kind == "mixed":
        drawn = rng.lognormal(np.log(37), 0.45, count)
        lengths = np.clip(drawn.round(), 8, LONGEST).astype(int)
    known = 4 + rng.permutation(VOCABULARY - 4)[:DIFFERENT]
    return [known[rng.integers(DIFFERENT, size=n)] for n in lengths]


def product_peak(rows: int, inner: int, columns: int) -> float:
    """Return the FLOP/s of one matrix product in bf16, the median of 20."""
    left = torch.randn(rows, inner, device="cuda", dtype=torch.bfloat16)
    right = torch.randn(columns, inner, device="cuda", dtype=torch.bfloat16)
    return (
        2.0
        * rows
        * inner
        * columns
        / seconds_on_gpu(lambda: torch.nn.functional.linear(left, right))
    )


def own_peak(tokens: int) -> float:
    """Return the FLOP/s of the matrix products of an encoder's block for some tokens, in order."""
    shapes = [(1024, 1024)] * 4 + [(1024, 4096), (4096, 1024)]
    pairs = [
        (
            torch.randn(tokens, k, device="cuda", dtype=torch.bfloat16),
            torch.randn(n, k, device="cuda", dtype=torch.bfloat16),
        )
        for k, n in shapes
    ]

    def block() -> None:
        for rows, matrix in pairs:
            torch.nn.functional.linear(rows, matrix)

    return sum(2.0 * tokens * k * n for k, n in shapes) / seconds_on_gpu(block)


def seconds_on_gpu(work: Callable[[], Any]) -> float:
    """Return how long some work takes on the GPU, the median of 20 times."""
    times = []
    for _ in range(25):
        began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        began.record()
        work()
        ended.record()
        ended.synchronize()
        times.append(began.elapsed_time(ended) / 1e3)
    return statistics.median(times[5:])


def our_training(way: str, rows: list[np.ndarray], batch: int) -> tuple[Any, Callable[[], None]]:
    """Return our encoder and a function that makes one update, as the training loop does."""
    from transformers import XLMRobertaModel

    from xharness.engine.encoder import compiling, packed, profile
    from xharness.engine.encoder.batching import shuffled_updates
    from xharness.engine.encoder.network import Head, Network, head_layers
    from xharness.engine.kinds.windows import Windows
    from xharness.engine.training import loop, streams
    from xharness.engine.training.update import (
        Progress,
        read_losses,
        train_state,
        update_weights,
    )
    from xharness.phases import Model, Recipe, Train
    from xharness.tasks import Kind

    run: Any = SimpleNamespace(device="cuda", worker=0, threads=torch.get_num_threads())
    hardware = profile.choose(run, "bf16")
    torch.manual_seed(0)
    with torch.device("cuda"):
        encoder = XLMRobertaModel(config())
        head = Head(
            task="mnli", kind=Kind.CLASSIFICATION, labels=("a", "b", "c"),
            linear=head_layers(1024, 3, deep=False),
        )  # fmt: skip
    packs = way != "padded" and packed.able(encoder, hardware)
    tokenizer = SimpleNamespace(pad_token_id=PADDING)
    network = Network(
        encoder=encoder,
        tokenizer=tokenizer,
        tokenizer_digest="",
        heads={"mnli": head},
        packs=int(packs),
    )
    if packs:
        packed.install(encoder)
    if way == "xharness":
        network = compiling.install(network)
    encoder.train()
    windows = Windows(
        ids=rows, types=None, example=np.arange(len(rows)), places=[],
        targets=[np.array([i % 3]) for i in range(len(rows))],
    )  # fmt: skip
    lengths = windows.lengths
    pool = streams.Pool(
        streams=(), windows=windows, lengths=lengths, head=head,
        updates=shuffled_updates(lengths, batch, 1),
    )  # fmt: skip
    total = UPDATES * (PASSES + 1)
    recipe = Recipe(learning_rate=RATE / 10, batch=batch, steps=total, micro_tokens=16_384)
    start = Model(weights="", tokenizer="", name="bench", location="")
    phase = Train(start=start, streams=(), recipe=recipe, seed=1, precision="bf16")
    state = train_state(phase, network, [pool], hardware, total)
    progress, seen = Progress(micro_tokens=recipe.micro_tokens), [time.monotonic()]

    def update() -> None:
        update_weights(state, pool, next(pool.updates), progress)
        if time.monotonic() - seen[0] > loop.REPORT_SECONDS:
            seen[0] = time.monotonic()
            read_losses(state, progress)

    return encoder, update


def our_passes(way: str, rows: list[np.ndarray], batch: int) -> tuple[int, list[float]]:
    """Return how many weights our encoder has, and the seconds of each pass over the rows."""
    encoder, update = our_training(way, rows, batch)
    seconds = []
    for _ in range(PASSES + 1):
        began = time.perf_counter()
        for _ in range(UPDATES):
            update()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    return inner_weights(encoder), seconds


def trainer_passes(
    way: str, rows: list[np.ndarray], batch: int, callbacks: tuple[Any, ...] = ()
) -> tuple[int, list[float]]:
    """Return the same of Trainer."""
    from transformers import (
        Trainer,
        TrainerCallback,
        TrainingArguments,
        XLMRobertaForSequenceClassification,
    )

    times = []

    class Clock(TrainerCallback):
        def on_train_begin(self, *_: Any, **__: Any) -> None:
            times.append(time.perf_counter())

        def on_step_end(self, arguments: Any, state: Any, *_: Any, **__: Any) -> None:
            if state.global_step % UPDATES == 0:
                torch.cuda.synchronize()
                times.append(time.perf_counter())

    torch.manual_seed(0)
    with torch.device("cuda"):
        network = XLMRobertaForSequenceClassification(config())
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=str(Path(folder, "out")),
            num_train_epochs=PASSES + 1,
            per_device_train_batch_size=batch,
            learning_rate=RATE / 10,
            warmup_steps=0.1,
            bf16=True,
            optim="adamw_torch_fused",
            train_sampling_strategy="group_by_length",
            torch_compile=way == "trainer-compiled",
            logging_strategy="no",
            logging_nan_inf_filter=False,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            seed=1,
        )
        trainer = Trainer(
            model=network,
            args=arguments,
            train_dataset=Rows(rows),
            data_collator=padded,
            callbacks=[Clock(), *callbacks],
        )
        trainer.train()
    seconds = [after - before for before, after in pairwise(times)]
    return inner_weights(network.roberta), seconds


class Rows(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
    """The rows as Trainer reads them."""

    def __init__(self, rows: list[np.ndarray]) -> None:
        """Take token ids."""
        self.rows = [torch.from_numpy(r) for r in rows]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        """Return one."""
        return {"input_ids": self.rows[index], "labels": torch.tensor(index % 3)}


def padded(rows: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Return rows as a batch, padded to the longest."""
    ids = torch.nn.utils.rnn.pad_sequence(
        [r["input_ids"] for r in rows], batch_first=True, padding_value=PADDING
    )
    labels = torch.stack([r["labels"] for r in rows])
    return {"input_ids": ids, "attention_mask": (ids != PADDING).long(), "labels": labels}


def profiled(way: str, batch: int) -> None:
    """Print which operators and kernels the time of ten of our updates goes into."""
    _, update = our_training(way, rows_of("full", batch), batch)
    for _ in range(10):
        update()
    torch.cuda.synchronize()
    kinds = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(activities=kinds) as operators:
        for _ in range(10):
            update()
        torch.cuda.synchronize()
    for order in ("self_cuda_time_total", "self_cpu_time_total"):
        table = operators.key_averages().table(
            sort_by=order, row_limit=30, max_name_column_width=70
        )
        print(table)


if __name__ == "__main__":
    main()
