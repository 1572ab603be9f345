"""Predicts: one language of one split through a network, answers in row order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from xharness.data import reading, xtreme_download
from xharness.data.sources import Origin
from xharness.engine.encoder import profile, rows_cache, weights
from xharness.engine.encoder.forward import TokenBudget, run_batches
from xharness.engine.encoder.network import Head, Network
from xharness.engine.encoder.profile import Hardware
from xharness.engine.encoder.rows_cache import CachedRows
from xharness.engine.encoder.weights import Inputs
from xharness.engine.kinds.windows import FloatArray, Tokenization, Windows
from xharness.engine.prediction import embed, fertility
from xharness.engine.prediction.answers import Answers, write_answers
from xharness.errors import DataError, ModelError
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
    hardware = profile.choose(run, phase.precision)
    task = find_task(run.tasks, phase.task, phase.version)
    origin = Origin(data_root=run.data_root, offline=run.offline, digest=phase.data)
    cached = rows_of(phase, task, origin)
    network = weights.for_prediction(phase.start, inputs, hardware, offline=run.offline)
    budget = TokenBudget(micro_tokens=phase.micro_tokens)
    answer = embed.answer if task.kind is Kind.RETRIEVAL else _answer
    answers = answer(phase, cached, network, hardware, budget, run)
    if phase.split == xtreme_download.TEST:
        answers = replace(answers, golds=[None] * len(answers.named))  # nobody here knows them
    write_answers(answers, run.out / "predictions.jsonl")
    rows = cached.rows
    counts = {
        "rows": rows.read,
        "left_out": rows.left_out,
        **({"excluded": rows.excluded} if rows.excluded else {}),
        "used": len(rows.named),
        "sha256": cached.computed_once(network, "sha256", lambda: rows.sha256),
        "unanswered": sum(p is None for p in answers.predictions),
        **cached.computed_once(
            network, "fertility", lambda: fertility.counted(network.tokenizer, rows.examples)
        ),
        **answers.notes,
    }
    (run.out / "counts.json").write_text(json.dumps(counts, indent=1) + "\n", "utf-8")
    profile.write(run.out, hardware, budget.micro_tokens, network.encoder)


def rows_of(phase: Predict, task: Task, origin: Origin) -> CachedRows:
    """Return the rows that a prediction reads; see `reading.load`.

    Raises:
        DataError: If rows are not what their task declares.
    """
    sample = (phase.limit, phase.sample_seed)
    read = partial(reading.load, task, (phase.language,), phase.split, sample, origin)
    name = (task.name, task.version, phase.language, phase.split, sample, origin)
    return rows_cache.rows(name, task, read)


def _answer(
    phase: Predict,
    cached: CachedRows,
    network: Network,
    hardware: Hardware,
    budget: TokenBudget,
    run: PhaseRun,
) -> Answers:
    """Return one prediction per example of a kind that has a head."""
    task, rows = cached.task, cached.rows
    head = _head(task, network)
    decode = head.functions.decode
    if decode is None:
        raise DataError(
            f"{task.name}: a {task.kind.value} task is trained on, and predicts nothing"
        )
    tokenization = network.tokenization(head.labels, phase.max_length, phase.stride or 0)
    windows = cached.computed_once(
        network,
        (head.labels, phase.max_length, phase.stride),  # all of it but the tokenizer
        lambda: head.functions.encode(rows.examples, tokenization, training=False),
    )
    logits = run_batches(
        windows,
        lambda batch: network.logits(head, batch),
        network,
        hardware,
        budget,
        run,
    )
    return Answers(
        named=rows.named,
        predictions=decode(logits, windows, tokenization, rows.examples),
        golds=[example.gold() for example in rows.examples],
        margins=_margins(task, head, logits, windows),
        rankings=_rankings(phase, head, logits, tokenization),
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
    phase: Predict, head: Head, logits: Sequence[FloatArray], tokenization: Tokenization
) -> list[list[Any]] | None:
    """Return all answers of each example, the most likely first; None if they are not stored."""
    if not phase.ranked or head.functions.ranking is None:
        return None
    return head.functions.ranking(logits, tokenization)


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
    # Labels may stand in another order: the head decodes with its own.
    if head.kind is not task.kind or set(head.labels) != set(task.labels):
        raise ModelError(
            f"{task.name}: the head {head.task} answers {head.kind.value} with the labels "
            f"{', '.join(head.labels) or '-'}; the task is {task.kind.value} with "
            f"{', '.join(task.labels) or '-'}"
        )
    return head
