"""Embeds sentences and retrieves: which target is nearest to each source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from xharness.engine import feeds, forward
from xharness.engine import network as networks
from xharness.engine.data import Rows
from xharness.engine.forward import Pace
from xharness.engine.kinds import retrieval
from xharness.engine.neighbours import nearest
from xharness.engine.network import Network
from xharness.engine.profile import Hardware
from xharness.errors import ModelError
from xharness.hooks import PhaseRun
from xharness.phases import Predict
from xharness.tasks import Task


def answer(
    phase: Predict,
    what: tuple[Task, Rows],
    network: Network,
    hardware: Hardware,
    pace: Pace,
    run: PhaseRun,
) -> tuple[list[Any], Mapping[str, int]]:
    """Return the item whose target is nearest to each example's source, and counts.

    All vectors are written to `run.out`, embeddings.safetensors, row by row.

    Raises:
        ModelError: If the phase does not say how to pool, or the model cannot do so.
    """
    task, rows = what
    pooling = phase.pooling
    if pooling is None:
        raise ModelError(f"{task.name}: retrieval needs a pooling, layer and method")
    texts = [e.source for e in rows.examples] + [e.target for e in rows.examples]
    order = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    reading = feeds.reading(network, (), phase.max_length, phase.stride)
    windows = retrieval.encode(list(order), reading)
    vectors = np.stack(
        forward.over(
            windows,
            lambda batch: retrieval.pool(
                networks.hidden(network, batch, every_layer=True), batch.mask, pooling
            ),
            network.tokenizer.pad_token_id,
            hardware,
            pace,
            run,
        )
    )
    source, target = np.split(vectors[[order[t] for t in texts]], 2)
    save_file({"source": source, "target": target}, run.out / "embeddings.safetensors")
    found = nearest(target, source, threads=run.threads)
    predictions = [rows.named[i].item for i in found]
    return predictions, {"texts": len(order), "truncated": windows.truncated}
