"""The streams of a training: their windows, their heads, and which of them gives each update."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from xharness.data import reading
from xharness.data.reading import Rows
from xharness.data.sources import Origin
from xharness.engine.encoder.batching import (
    derived_seed,
    mixture,
    mixture_with_counts,
    shuffled_updates,
    updates_by_group,
)
from xharness.engine.encoder.network import Head, Network, fresh_head
from xharness.engine.encoder.weights import Inputs
from xharness.engine.kinds import TRAINED, masked_lm
from xharness.engine.kinds.masked_lm import Masking
from xharness.engine.kinds.windows import IntArray, Windows
from xharness.engine.translation import translated_rows
from xharness.errors import DataError, ModelError, StudyError, unknown
from xharness.phases import BUDGETS, Recipe, Stream, Train
from xharness.plugin.hooks import PhaseRun
from xharness.tasks import Kind, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamData:
    """The data of one stream, ready to be trained on."""

    stream: Stream
    rows: Rows
    windows: Windows
    lengths: IntArray
    """(windows,): tokens of each."""
    head: Head
    updates: Iterator[IntArray]
    """The windows of its first update, of its second and so on."""
    masking: Masking | None = None
    """For running text: hides tokens anew in every update."""
    languages: Mapping[str, int] = field(default_factory=dict)
    """Windows of each language, where languages are drawn by an exponent."""


def with_heads(
    network: Network,
    phase: Train,
    tasks: Sequence[Task],
    given: Mapping[str, torch.Tensor] | None = None,
) -> Network:
    """Return the network with one head per task, its own or a fresh one as the phase says.

    Args:
        network: As it was loaded.
        phase: Says whether heads are kept.
        tasks: Those of its streams.
        given: The model's own layers for masked LM.

    Raises:
        ModelError: If a head to be kept has other labels than its task, or another form than
            the recipe's.
        StudyError: If `phase.load` is unknown.
    """
    if phase.load not in {"encoder", "weights"}:
        raise StudyError("train", [f"load: {phase.load!r} is neither encoder nor weights"])
    heads: dict[str, Head] = {}
    for task in tasks:
        if task.kind not in TRAINED:
            raise DataError(f"{task.name}: a {task.kind.value} task is never trained on")
        old = network.heads.get(task.name) if phase.load == "weights" else None
        if old is not None and (old.kind, old.labels) != (task.kind, task.labels):
            raise ModelError(
                f"head {task.name}: it was trained with the labels {', '.join(old.labels)}, the "
                f"task now has {', '.join(task.labels)}"
            )
        form = phase.recipe.head
        if old is not None and old.form != form and old.kind is not Kind.MASKED_LM:
            raise ModelError(f"head {task.name}: it is {old.form}, the recipe's is {form}")
        heads[task.name] = old or fresh_head(task, network.encoder, phase.seed, form, given)
    return replace(network, heads=heads)


def prepare(
    phase: Train, network: Network, tasks: Sequence[Task], run: PhaseRun, inputs: Inputs
) -> list[StreamData]:
    """Return the data of every stream.

    Raises:
        DataError: If rows are not what their task declares.
    """
    streams = []
    for number, (task, stream) in enumerate(zip(tasks, phase.streams, strict=True)):
        origin = Origin(data_root=run.data_root, offline=run.offline, digest=stream.data)
        rows = translated_rows.of_stream(task, stream, origin, inputs)
        streams.append(_data(phase, number, network, task, rows))
    return streams


def _data(phase: Train, number: int, network: Network, task: Task, rows: Rows) -> StreamData:
    """Return one stream's data."""
    stream, recipe = phase.streams[number], phase.recipe
    functions = TRAINED[task.kind]
    if functions.unfit is not None:
        problems = ((n.where, functions.unfit(n.example)) for n in rows.named)
        reading.refuse([f"{where}: {problem}" for where, problem in problems if problem])
    tokenization = network.tokenization(task.labels, recipe.max_length, recipe.stride)
    windows = functions.encode(rows.examples, tokenization, training=True)
    lengths = windows.lengths
    if not len(lengths):
        raise DataError(f"{task.name}: the tokenizer makes nothing of its text")
    groups = _of_languages(stream, rows, windows)
    return StreamData(
        stream=stream,
        rows=rows,
        windows=windows,
        lengths=lengths,
        head=network.heads[task.name],
        updates=_updates(phase, number, lengths, groups),
        masking=masked_lm.masking(windows, tokenization) if task.kind is Kind.MASKED_LM else None,
        languages={name: len(of) for name, of in groups.items()},
    )


def _updates(
    phase: Train, number: int, lengths: IntArray, groups: Mapping[str, IntArray]
) -> Iterator[IntArray]:
    """Yield the windows of one stream's updates, without end."""
    exponent, batch = phase.streams[number].exponent, phase.recipe.batch
    # A seed of its own for each stream, so that another stream beside it changes nothing in it.
    seed = derived_seed(phase.seed, "stream", number)
    if exponent is None:
        return shuffled_updates(lengths, batch, seed)
    return updates_by_group(lengths, list(groups.values()), exponent, batch, seed)


def _of_languages(stream: Stream, rows: Rows, windows: Windows) -> dict[str, IntArray]:
    """Return the windows of each language that has any; empty where it makes no difference."""
    if stream.exponent is None:
        return {}
    owners = np.array([n.language for n in rows.named])[windows.example]
    groups = {name: np.flatnonzero(owners == name) for name in stream.languages}
    return {name: group for name, group in groups.items() if len(group)}


def shares(phase: Train, streams: Sequence[StreamData]) -> list[float]:
    """Return the weight of each stream in the mixture; 0 for those with a share of their own.

    Raises:
        StudyError: If the mixing is unknown, or lacks its number.
    """
    rows = [len(s.rows.named) for s in streams]
    mixing, cap, temperature = phase.mixing, phase.cap, phase.temperature
    if mixing == "proportional":
        counted: list[float] = [*rows]
    elif mixing == "uniform":
        counted = [1 for _ in rows]
    elif mixing == "capped" and cap is not None:
        counted = [min(n, cap) for n in rows]
    elif mixing == "temperature" and temperature is not None:
        counted = [n ** (1 / temperature) for n in rows]
    else:
        problem = (
            f"mixing: {mixing!r} with cap {cap} and temperature {temperature} is none of "
            "proportional, uniform, capped with a cap, temperature with a temperature"
        )
        raise StudyError("train", [problem])
    return [
        s.stream.weight * n if s.stream.share is None else 0.0
        for s, n in zip(streams, counted, strict=True)
    ]


def schedule(phase: Train, streams: Sequence[StreamData]) -> tuple[int, Iterator[int]]:
    """Return how many updates a training makes, and the stream of each of them.

    Streams with a share give exactly that part of all updates, at places drawn at random.

    Raises:
        StudyError: If budget, shares or mixing make no sense.
    """
    given = [s.stream.share for s in streams]
    free = [s for s in streams if s.stream.share is None]
    part = math.fsum(s for s in given if s is not None)
    on_top = phase.budget == "examples"
    if phase.budget not in BUDGETS:
        raise StudyError("train", [unknown("budget", "budget", phase.budget, BUDGETS)])
    # On top of other updates, a share of all of them would be infinitely many.
    if not free or not 0 <= part <= 1 - 1e-9 * on_top:
        raise StudyError("train", [f"share: {part:g} of all updates leaves none to count"])
    own = updates_in_all(phase.recipe, free if on_top else free[: phase.reference])
    if part == 0:
        return own, mixture(shares(phase, streams), phase.seed)
    whole = own / (1 - part) if on_top else own
    fixed = {i: round(s * whole) for i, s in enumerate(given) if s is not None}
    total = own + sum(fixed.values()) if on_top else own
    return total, mixture_with_counts(fixed, shares(phase, streams), total, phase.seed)


def updates_in_all(recipe: Recipe, streams: Sequence[StreamData]) -> int:
    """Return how many updates a recipe makes of the windows of some streams.

    Raises:
        StudyError: If the recipe gives neither steps nor epochs.
    """
    if recipe.steps is not None:
        wanted = recipe.steps
    elif recipe.epochs is not None:
        wanted = math.ceil(recipe.epochs * sum(len(s.lengths) for s in streams) / recipe.batch)
    else:
        raise StudyError("recipe", ["steps: missing; give steps or epochs"])
    return max(1, wanted, recipe.steps_at_least)


def counts(streams: Sequence[StreamData], updates: Sequence[int]) -> list[dict[str, object]]:
    """Return how many rows of each stream were read, used, cut short and so on.

    Args:
        streams: The data of each.
        updates: How many each of them gave.
    """
    return [
        {
            "task": s.stream.task,
            "rows": s.rows.read,
            "left_out": s.rows.left_out,
            "used": len(s.rows.named),
            "windows": len(s.lengths),
            "truncated": s.windows.truncated,
            "lost": s.windows.lost,
            **s.windows.notes,
            **({"updates": number} if len(streams) > 1 else {}),
            **({"output layers": s.head.origin} if s.masking is not None else {}),
            **({"languages": dict(s.languages)} if s.languages else {}),
        }
        for s, number in zip(streams, updates, strict=True)
    ]
