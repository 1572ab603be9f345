"""Says where the time of a training phase and of a prediction phase goes, part by part.

    OMP_NUM_THREADS=1 python benchmarks/phase_parts.py DATA_ROOT MODEL [rows]

Trains MODEL, its embedding widened to 250,002 rows, on rows of MNLI (1,500 unless told) for one
epoch in batches of 32, then predicts 500 items of XNLI in English with the result. Prints the
seconds inside each part and what is left over, and the operators that took longest in the updates.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from trainer import LENGTH, THREADS, prepare, seconds_of, training

from xharness.data import reading
from xharness.engine.encoder import network_files, weights
from xharness.engine.encoder.network import Network
from xharness.engine.encoder.rows_cache import CachedRows
from xharness.engine.prediction import predict
from xharness.engine.training import active_embedding, loop, resume
from xharness.phases import Checkpoint, Phase, Predict
from xharness.plugin import registry
from xharness.plugin.registry import Registry
from xharness.store import artifacts
from xharness.store.store import Store

_seconds: dict[str, float] = defaultdict(float)
_inside: list[str] = []


@contextmanager
def part(name: str) -> Iterator[None]:
    """Add the time of a with block to a part, and take it from the part around it."""
    began = time.perf_counter()
    _inside.append(name)
    try:
        yield
    finally:
        _inside.pop()
        taken = time.perf_counter() - began
        _seconds[name] += taken
        if _inside:
            _seconds[_inside[-1]] -= taken


def watch(owner: Any, function: str, name: str) -> None:
    """Time every call of a function that is found by this name in its module or class."""
    called: Callable[..., Any] = getattr(owner, function)

    def timed(*given: Any, **named: Any) -> Any:
        with part(name):
            return called(*given, **named)

    setattr(owner, function, timed)


def main() -> None:
    """Measure and print."""
    root, model = Path(sys.argv[1]), Path(sys.argv[2])
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 1500
    torch.set_num_threads(THREADS)
    watch(reading, "load", "read rows")
    watch(network_files, "load", "open the network")
    watch(network_files, "save", "write weights")
    watch(CachedRows, "computed_once", "tokenize")
    watch(Network, "batch", "collate")
    watch(Network, "logits", "forward")
    watch(torch.autograd, "backward", "backward")
    watch(torch.optim.AdamW, "step", "optimiser")
    watch(torch.nn.utils, "clip_grad_norm_", "clip")
    watch(active_embedding, "shrink", "active vocabulary")
    watch(resume, "keep", "keep a checkpoint")
    watch(artifacts, "_sha256", "hash")
    watch(artifacts.os, "fsync", "flush to the disk")
    watch(loop, "learn", "the rest of the loop")
    watch(predict, "run_batches", "forward")
    watch(predict, "write_answers", "write answers")
    watch(weights, "load", "open the network")
    loaded = registry.load()
    with tempfile.TemporaryDirectory() as folder:
        started = prepare("phase", model, Path(folder, "model"))
        trained = training(loaded, started, rows)
        predicted = Predict(
            start=Checkpoint(train=trained), task="xnli", version=loaded.tasks["xnli"].version,
            data="folder", language="en", split="test", limit=500, max_length=LENGTH,
            precision=trained.precision,
        )  # fmt: skip
        store = Store(Path(folder, "store"))
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as operators:
            shown("training", trained, store, loaded, root)
        shown("prediction", predicted, store, loaded, root)
        table = operators.key_averages().table(
            sort_by="self_cpu_time_total", row_limit=25, max_name_column_width=44
        )
        print("\n".join(line[:120] for line in table.splitlines()))


def shown(name: str, phase: Phase, store: Store, loaded: Registry, root: Path) -> None:
    """Run one phase and print the seconds of its parts."""
    _seconds.clear()
    with part("all else"):
        whole = seconds_of([phase], store, loaded, root)
    print(f"{name}: {whole:.2f} s")
    for what, taken in sorted(_seconds.items(), key=lambda pair: -pair[1]):
        print(f"  {what:26}{taken:8.2f} s{100 * taken / whole:7.1f} %")


if __name__ == "__main__":
    main()
