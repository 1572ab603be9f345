"""Turns the streams of a training into windows of tokens and heads to learn with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from xharness.engine import batching, data, translated
from xharness.engine import network as networks
from xharness.engine.data import Rows
from xharness.engine.kinds import TRAINED
from xharness.engine.kinds.windows import IntArray, Reading, Windows
from xharness.engine.network import Head, Network
from xharness.engine.sources import Origin
from xharness.engine.start import Inputs
from xharness.errors import DataError, ModelError, PluginError, StudyError
from xharness.hooks import PhaseRun
from xharness.phases import Recipe, Stream, Train
from xharness.tasks import Task


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


def find_task(tasks: Mapping[str, Task], name: str, version: int) -> Task:
    """Return a task, in the version that a phase was planned with.

    Raises:
        PluginError: If no plugin offers it, or offers another version.
    """
    if name not in tasks:
        raise PluginError(f"task {name}: no plugin offers it any more")
    if tasks[name].version != version:
        raise PluginError(
            f"task {name}: planned with version {version}, its plugin now has "
            f"{tasks[name].version}; plan again"
        )
    return tasks[name]


def reading(network: Network, labels: Sequence[str], max_length: int, stride: int) -> Reading:
    """Return how text becomes tokens for a network.

    Raises:
        ModelError: If the network cannot read windows of this length.
    """
    limit = networks.window_limit(network)
    if limit is not None and max_length > limit:
        raise ModelError(f"max_length {max_length}: the model reads at most {limit} tokens")
    return Reading(
        tokenizer=network.tokenizer, max_length=max_length, stride=stride, labels=tuple(labels)
    )


def with_heads(network: Network, phase: Train, tasks: Sequence[Task]) -> Network:
    """Return the network with one head per task, taken over or fresh as the phase says.

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
        heads[task.name] = old or networks.fresh_head(task, network.encoder, phase.seed)
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
        rows = translated.of_stream(task, stream, origin, inputs)
        found.append(_feed(phase, number, network, task, rows))
    return found


def _feed(phase: Train, number: int, network: Network, task: Task, rows: Rows) -> Feed:
    """Return one stream's feed."""
    stream, recipe = phase.streams[number], phase.recipe
    functions = TRAINED[task.kind]
    unfit = ((n.where, functions.unfit(n.example)) for n in rows.named)
    data.refuse([f"{where}: {problem}" for where, problem in unfit if problem])
    how = reading(network, task.labels, recipe.max_length, recipe.stride)
    windows = functions.encode(rows.examples, how, training=True)
    lengths = windows.lengths
    seed = batching.derived(phase.seed, "stream", number)
    return Feed(
        stream=stream,
        rows=rows,
        windows=windows,
        lengths=lengths,
        head=network.heads[task.name],
        updates=batching.updates(lengths, recipe.batch, seed),
    )


def shares(phase: Train, feeds: Sequence[Feed]) -> list[float]:
    """Return each stream's share of the updates, not normalised.

    Raises:
        StudyError: If the mixing is unknown.
    """
    if phase.mixing not in {"proportional", "uniform"}:
        raise StudyError("train", [f"mixing: {phase.mixing!r} is neither proportional nor uniform"])
    rows = [len(f.rows.named) if phase.mixing == "proportional" else 1 for f in feeds]
    return [f.stream.weight * n for f, n in zip(feeds, rows, strict=True)]


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


def counts(feeds: Sequence[Feed]) -> list[dict[str, object]]:
    """Return what became of the rows of each stream."""
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
        }
        for f in feeds
    ]
