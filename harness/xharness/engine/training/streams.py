"""Turns the streams of a training into windows of tokens and heads to learn with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from xharness.data import reading
from xharness.data.reading import Rows
from xharness.data.sources import Origin
from xharness.engine.encoder import batching
from xharness.engine.encoder import network as networks
from xharness.engine.encoder.network import Head, Network
from xharness.engine.encoder.weights import Inputs
from xharness.engine.kinds import TRAINED, masked_lm
from xharness.engine.kinds.masked_lm import Masking
from xharness.engine.kinds.windows import IntArray, Windows
from xharness.engine.translation import rows as translated_rows
from xharness.errors import DataError, ModelError, StudyError, unknown
from xharness.phases import BUDGETS, Recipe, Stream, Train
from xharness.plugin.hooks import PhaseRun
from xharness.tasks import Kind, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One stream, ready to be learnt from."""

    stream: Stream
    rows: Rows
    windows: Windows
    lengths: IntArray
    """(windows,): tokens of each."""
    head: Head
    updates: Iterator[IntArray]
    """The windows of its first update, of its second and so on."""
    masking: Masking | None = None
    """For running text: how every update hides tokens anew."""
    languages: Mapping[str, int] = field(default_factory=dict)
    """Windows of each language, where languages are drawn by an exponent."""


def with_heads(
    network: Network,
    phase: Train,
    tasks: Sequence[Task],
    given: Mapping[str, torch.Tensor] | None = None,
) -> Network:
    """Return the network with one head per task, taken over or fresh as the phase says.

    Args:
        network: As it was loaded.
        phase: Says what is taken over.
        tasks: Those of its streams.
        given: What the model has for masked LM.

    Raises:
        ModelError: If a head to be taken over has other labels than its task.
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
        heads[task.name] = old or networks.fresh_head(task, network.encoder, phase.seed, given)
    return replace(network, heads=heads)


def prepare(
    phase: Train, network: Network, tasks: Sequence[Task], run: PhaseRun, inputs: Inputs
) -> list[Feed]:
    """Return one feed per stream.

    Raises:
        DataError: If rows are not what their task declares.
    """
    found = []
    for number, (task, stream) in enumerate(zip(tasks, phase.streams, strict=True)):
        origin = Origin(data_root=run.data_root, offline=run.offline, digest=stream.data)
        rows = translated_rows.of_stream(task, stream, origin, inputs)
        found.append(_feed(phase, number, network, task, rows))
    return found


def _feed(phase: Train, number: int, network: Network, task: Task, rows: Rows) -> Feed:
    """Return one stream's feed."""
    stream, recipe = phase.streams[number], phase.recipe
    functions = TRAINED[task.kind]
    unfit = ((n.where, functions.unfit(n.example)) for n in rows.named)
    reading.refuse([f"{where}: {problem}" for where, problem in unfit if problem])
    how = networks.reading(network, task.labels, recipe.max_length, recipe.stride)
    windows = functions.encode(rows.examples, how, training=True)
    lengths = windows.lengths
    if not len(lengths):
        raise DataError(f"{task.name}: the tokenizer makes nothing of its text")
    seed = batching.derived(phase.seed, "stream", number)
    groups = _of_languages(stream, rows, windows)
    return Feed(
        stream=stream,
        rows=rows,
        windows=windows,
        lengths=lengths,
        head=network.heads[task.name],
        updates=(
            batching.updates(lengths, recipe.batch, seed)
            if stream.exponent is None
            else batching.drawn(lengths, list(groups.values()), stream.exponent, recipe.batch, seed)
        ),
        masking=masked_lm.masking(windows, how) if task.kind is Kind.MASKED_LM else None,
        languages={name: len(found) for name, found in groups.items()},
    )


def _of_languages(stream: Stream, rows: Rows, windows: Windows) -> dict[str, IntArray]:
    """Return the windows of each language that has any; empty where it makes no difference."""
    if stream.exponent is None:
        return {}
    owners = np.array([n.language for n in rows.named])[windows.example]
    found = {name: np.flatnonzero(owners == name) for name in stream.languages}
    return {name: these for name, these in found.items() if len(these)}


def shares(phase: Train, feeds: Sequence[Feed]) -> list[float]:
    """Return each stream's share of the updates that no share is given to, not normalised.

    Raises:
        StudyError: If the mixing is unknown, or lacks its number.
    """
    rows = [len(f.rows.named) for f in feeds]
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
    free = [f.stream.share is None for f in feeds]
    return [f.stream.weight * n * a for f, n, a in zip(feeds, counted, free, strict=True)]


def schedule(phase: Train, feeds: Sequence[Feed]) -> tuple[int, Iterator[int]]:
    """Return how many updates a training makes, and which stream gives each of them.

    Streams with a share give exactly that part of all updates, at places drawn at random.

    Raises:
        StudyError: If budget, shares or mixing make no sense.
    """
    given = [f.stream.share for f in feeds]
    free = [f for f in feeds if f.stream.share is None]
    part = math.fsum(s for s in given if s is not None)
    on_top = phase.budget == "examples"
    if phase.budget not in BUDGETS:
        raise StudyError("train", [unknown("budget", "budget", phase.budget, BUDGETS)])
    if not free or not 0 <= part <= 1 - 1e-9 * on_top:
        raise StudyError("train", [f"share: {part:g} of all updates leaves none to count"])
    own = updates_in_all(phase.recipe, free if on_top else free[: phase.reference])
    if part == 0:
        return own, batching.mixture(shares(phase, feeds), phase.seed)
    whole = own / (1 - part) if on_top else own
    fixed = {i: round(s * whole) for i, s in enumerate(given) if s is not None}
    total = own + sum(fixed.values()) if on_top else own
    return total, batching.placed(fixed, shares(phase, feeds), total, phase.seed)


def updates_in_all(recipe: Recipe, feeds: Sequence[Feed]) -> int:
    """Return how many updates a recipe makes of the windows of its streams.

    Raises:
        StudyError: If the recipe gives neither steps nor epochs.
    """
    if recipe.steps is not None:
        wanted = recipe.steps
    elif recipe.epochs is not None:
        wanted = math.ceil(recipe.epochs * sum(len(f.lengths) for f in feeds) / recipe.batch)
    else:
        raise StudyError("recipe", ["steps: missing; give steps or epochs"])
    return max(1, wanted, recipe.steps_at_least)


def _lost(feed: Feed) -> int:
    """Return how many answers no window holds whole, so that they are not learnt."""
    wanted = {n for n, one in enumerate(feed.rows.examples) if getattr(one, "answers", ())}
    if not wanted:
        return 0
    ends = zip(feed.windows.example.tolist(), feed.windows.targets, strict=True)
    return len(wanted - {number for number, target in ends if target[-1] > 0})


def counts(feeds: Sequence[Feed], updates: Sequence[int]) -> list[dict[str, object]]:
    """Return what became of the rows of each stream.

    Args:
        feeds: One per stream.
        updates: How many each of them gave.
    """
    return [
        {
            "task": f.stream.task,
            "rows": f.rows.read,
            "left_out": f.rows.left_out,
            "used": len(f.rows.named),
            "windows": len(f.lengths),
            "truncated": f.windows.truncated,
            "lost": _lost(f),
            **f.windows.notes,
            **({"updates": made} if len(feeds) > 1 else {}),
            **({"output layers": f.head.origin} if f.masking is not None else {}),
            **({"languages": dict(f.languages)} if f.languages else {}),
        }
        for f, made in zip(feeds, updates, strict=True)
    ]
