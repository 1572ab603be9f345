"""Predicts: one language of one split through a network, answers in row order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from xharness.engine import data, embed, feeds, forward, pieces, profile, start
from xharness.engine import network as networks
from xharness.engine.data import Rows
from xharness.engine.forward import Pace
from xharness.engine.network import Head, Network
from xharness.engine.profile import Hardware
from xharness.engine.sources import Origin
from xharness.engine.start import Inputs
from xharness.errors import ModelError
from xharness.examples import Classification, Pair, SpanQuestion, Tagging
from xharness.hooks import PhaseRun
from xharness.phases import Predict
from xharness.tasks import Kind, Task


def run(phase: Predict, inputs: Inputs, run: PhaseRun) -> None:
    """Predict as a phase says and write its artifact into `run.out`.

    Raises:
        DataError: If rows are not what their task declares.
        ModelError: If the weights or the head cannot be used.
        TrainingError: If memory is too small for one example.
        KeyboardInterrupt: If the user asked to stop.
    """
    hardware = profile.choose(run)
    task = feeds.find_task(run.tasks, phase.task, phase.version)
    origin = Origin(data_root=run.data_root, offline=run.offline, digest=phase.data)
    sample = (phase.limit, phase.sample_seed)
    rows = data.load(task, (phase.language,), phase.split, sample, origin)
    device = str(hardware.device)
    network = start.for_prediction(phase.start, inputs, device, offline=run.offline)
    pace = Pace(micro_tokens=phase.micro_tokens)
    answer = embed.answer if task.kind is Kind.RETRIEVAL else _answer
    predictions, notes = answer(phase, (task, rows), network, hardware, pace, run)
    with (run.out / "predictions.jsonl").open("w", encoding="utf-8") as out:
        for named, prediction in zip(rows.named, predictions, strict=True):
            line = {
                "item": named.item,
                "cluster": named.cluster,
                "prediction": prediction,
                "gold": _gold(named.example, named.item),
            }
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    counts = {
        "rows": rows.read,
        "left_out": rows.left_out,
        "used": len(rows.named),
        "unanswered": sum(p is None for p in predictions),
        **pieces.counted(network.tokenizer, rows.examples),
        **notes,
    }
    (run.out / "counts.json").write_text(json.dumps(counts, indent=1) + "\n", "utf-8")
    profile.write(run.out, hardware, pace.micro_tokens, network.encoder)


def _answer(
    phase: Predict,
    what: tuple[Task, Rows],
    network: Network,
    hardware: Hardware,
    pace: Pace,
    run: PhaseRun,
) -> tuple[list[Any], Mapping[str, int]]:
    """Return one prediction per example of a kind that has a head, and counts worth telling."""
    task, rows = what
    head = _head(task, network)
    reading = feeds.reading(network, head.labels, phase.max_length, phase.stride)
    windows = head.functions.encode(rows.examples, reading, training=False)
    logits = forward.over(
        windows,
        lambda batch: networks.logits(network, head, batch),
        network.tokenizer.pad_token_id,
        hardware,
        pace,
        run,
    )
    predictions = head.functions.decode(logits, windows, reading, rows.examples)
    return predictions, {"windows": len(logits), "truncated": windows.truncated}


def _head(task: Task, network: Network) -> Head:
    """Return the head that answers a task: that of the task it trains on, or its own."""
    names = [n for n in (task.trains_on, task.name) if n in network.heads]
    if not names:
        known = ", ".join(network.heads) or "none"
        raise ModelError(
            f"{task.name}: the model has no head for it (heads: {known}); train on "
            f"{task.trains_on or task.name} first"
        )
    head = network.heads[names[0] or ""]
    if head.kind is not task.kind or set(head.labels) != set(task.labels):
        raise ModelError(
            f"{task.name}: the head {head.task} answers {head.kind.value} with the labels "
            f"{', '.join(head.labels) or '-'}; the task is {task.kind.value} with "
            f"{', '.join(task.labels) or '-'}"
        )
    return head


def _gold(example: Any, item: str) -> Any:
    """Return what is right, as predictions are written."""
    if isinstance(example, Classification):
        return example.label
    if isinstance(example, Tagging):
        return example.tags
    if isinstance(example, SpanQuestion):
        return [a.text for a in example.answers or ()]
    if isinstance(example, Pair):
        return item
    raise TypeError(f"{type(example).__name__} has no gold answer")
