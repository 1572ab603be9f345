"""Predicts: one language of one split through a network, answers in row order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from xharness.data.sources import Origin
from xharness.engine.encoder import forward, profile, weights
from xharness.engine.encoder import network as networks
from xharness.engine.encoder.forward import Pace
from xharness.engine.encoder.network import Head, Network
from xharness.engine.encoder.profile import Hardware
from xharness.engine.encoder.weights import Inputs
from xharness.engine.kinds.windows import FloatArray, Reading, Windows
from xharness.engine.prediction import answers as answering
from xharness.engine.prediction import cache, embed, fertility
from xharness.engine.prediction.answers import Answers
from xharness.engine.prediction.cache import Material
from xharness.errors import DataError, ModelError
from xharness.examples import Classification, MultipleChoice, SpanQuestion, Tagging
from xharness.phases import Predict
from xharness.plugin.hooks import PhaseRun
from xharness.tasks import Kind, Task, find_task


def run(phase: Predict, inputs: Inputs, run: PhaseRun) -> None:
    """Predict as a phase says and write its artifact into `run.out`.

    Raises:
        DataError: If rows are not what their task declares.
        ModelError: If the weights or the head cannot be used.
        TrainingError: If memory is too small for one example.
        KeyboardInterrupt: If the user asked to stop.
    """
    hardware = profile.choose(run)
    task = find_task(run.tasks, phase.task, phase.version)
    origin = Origin(data_root=run.data_root, offline=run.offline, digest=phase.data)
    what = cache.of(phase, task, origin)
    device = str(hardware.device)
    network = weights.for_prediction(phase.start, inputs, device, offline=run.offline)
    pace = Pace(micro_tokens=phase.micro_tokens)
    answer = embed.answer if task.kind is Kind.RETRIEVAL else _answer
    answers = answer(phase, what, network, hardware, pace, run)
    answering.write(answers, run.out / "predictions.jsonl")
    counts = {
        "rows": what.rows.read,
        "left_out": what.rows.left_out,
        "used": len(what.rows.named),
        "unanswered": sum(p is None for p in answers.predictions),
        **what.once(
            network, "pieces", lambda: fertility.counted(network.tokenizer, what.rows.examples)
        ),
        **answers.notes,
    }
    (run.out / "counts.json").write_text(json.dumps(counts, indent=1) + "\n", "utf-8")
    profile.write(run.out, hardware, pace.micro_tokens, network.encoder)


def _answer(
    phase: Predict,
    what: Material,
    network: Network,
    hardware: Hardware,
    pace: Pace,
    run: PhaseRun,
) -> Answers:
    """Return one prediction per example of a kind that has a head."""
    task, rows = what.task, what.rows
    head = _head(task, network)
    decode = head.functions.decode
    if decode is None:
        raise DataError(
            f"{task.name}: a {task.kind.value} task is trained on, and predicts nothing"
        )
    reading = networks.reading(network, head.labels, phase.max_length, phase.stride)
    windows = what.once(
        network,
        (head.labels, phase.max_length, phase.stride),  # all of `reading` but the tokenizer
        lambda: head.functions.encode(rows.examples, reading, training=False),
    )
    logits = forward.over(
        windows,
        lambda batch: networks.logits(network, head, batch),
        network.tokenizer.pad_token_id,
        hardware,
        pace,
        run,
    )
    return Answers(
        named=rows.named,
        predictions=decode(logits, windows, reading, rows.examples),
        golds=[_gold(e) for e in rows.examples],
        margins=_margins(task, head, logits, windows),
        rankings=_rankings(phase, head, logits, reading),
        notes={"windows": len(logits), "truncated": windows.truncated},
    )


def _margins(
    task: Task, head: Head, logits: Sequence[FloatArray], windows: Windows
) -> list[float | None] | None:
    """Return the margins that a task's threshold is compared with; None for a task without."""
    if task.tuned_on is None:
        return None
    if head.functions.margins is None:
        raise DataError(
            f"{task.name}: tuned_on {task.tuned_on!r}, but every {task.kind.value} example has an "
            "answer; None would be right"
        )
    return head.functions.margins(logits, windows, int(windows.example[-1]) + 1)


def _rankings(
    phase: Predict, head: Head, logits: Sequence[FloatArray], reading: Reading
) -> list[list[Any]] | None:
    """Return all answers of each example, the most likely first; None if they are not stored."""
    if not phase.ranked or head.functions.ranking is None:
        return None
    return head.functions.ranking(logits, reading)


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


def _gold(example: Any) -> Any:
    """Return what is right, as predictions are written."""
    if isinstance(example, Classification):
        return example.label
    if isinstance(example, MultipleChoice):
        return example.answer
    if isinstance(example, Tagging):
        return example.tags
    if isinstance(example, SpanQuestion):
        return [a.text for a in example.answers or ()]
    raise TypeError(f"{type(example).__name__} has no gold answer")
