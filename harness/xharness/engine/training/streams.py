"""The streams of a training: their windows, their heads, and which of them gives each update."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from xharness.data import reading
from xharness.data.reading import Rows
from xharness.data.sources import Origin
from xharness.engine.encoder import rows_cache
from xharness.engine.encoder.batching import (
    apportioned,
    derived_seed,
    in_random_order,
    shuffled_updates,
    updates_by_group,
)
from xharness.engine.encoder.network import Head, Network, fresh_head
from xharness.engine.encoder.weights import Inputs
from xharness.engine.kinds import TRAINED, masked_lm
from xharness.engine.kinds.masked_lm import Masking
from xharness.engine.kinds.windows import IntArray, Tokenization, Windows, joined
from xharness.engine.translation import translated_rows
from xharness.errors import DataError, ModelError, StudyError
from xharness.keys import key
from xharness.phases import Recipe, Stream, Train
from xharness.plugin.hooks import PhaseRun
from xharness.tasks import Kind, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamData:
    """The rows of one stream, encoded."""

    stream: Stream
    rows: Rows
    tokenization: Tokenization
    windows: Windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Streams of one task that are trained on as if their rows were one data set."""

    streams: tuple[StreamData, ...]
    windows: Windows
    """Of all streams."""
    lengths: IntArray
    """(windows,): tokens of each."""
    head: Head
    updates: Iterator[IntArray]
    """The windows of its first update, of its second and so on."""
    masking: Masking | None = None
    """For running text: hides tokens anew in every update."""
    languages: Mapping[str, int] = field(default_factory=dict)
    """Windows of each language, where languages are drawn by an exponent."""

    @property
    def share(self) -> float | None:
        """This pool's part of all updates; None where the mixing decides it."""
        return self.streams[0].stream.share


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
) -> list[Pool]:
    """Return the pools of a training; streams of one task are one pool.

    If a data set is translated in parts, each into another language, one pass over the pool then
    sees each of its rows once, as a pass over the data set itself.

    Raises:
        DataError: If rows are not what their task declares.
    """
    pools: dict[str | int, list[StreamData]] = {}
    for number, (task, stream) in enumerate(zip(tasks, phase.streams, strict=True)):
        origin = Origin(data_root=run.data_root, offline=run.offline, digest=stream.data)
        alone = stream.share is not None or phase.mixing != "proportional"
        pools.setdefault(number if alone else task.name, []).append(
            _encoded(network, task, stream, origin, inputs)
        )
    by_name = {t.name: t for t in tasks}
    return [
        _pool(phase, number, network, by_name[several[0].stream.task], several)
        for number, several in enumerate(pools.values())
    ]


def _encoded(
    network: Network, task: Task, stream: Stream, origin: Origin, inputs: Inputs
) -> StreamData:
    """Return one stream's windows, of the lengths of its task."""
    functions = TRAINED[task.kind]
    tokenization = network.tokenization(task.labels, stream.max_length, stream.stride or 0)
    if stream.translated is not None:
        # Checked even where the rows are in memory, so that damage is found all the same.
        inputs[key(stream.translated)].file(translated_rows.ROWS)

    def read() -> Rows:
        rows = translated_rows.of_stream(task, stream, origin, inputs)
        if functions.unfit is not None:
            problems = ((n.where, functions.unfit(n.example)) for n in rows.named)
            reading.refuse([f"{where}: {problem}" for where, problem in problems if problem])
        return rows

    cached = rows_cache.rows((stream, origin), task, read)
    windows = cached.computed_once(
        network,
        task.labels,  # the stream has all the rest
        lambda: functions.encode(cached.rows.examples, tokenization, training=True),
    )
    if not windows.ids:
        raise DataError(f"{task.name}: the tokenizer makes nothing of its text")
    return StreamData(stream=stream, rows=cached.rows, tokenization=tokenization, windows=windows)


def _pool(
    phase: Train, number: int, network: Network, task: Task, several: Sequence[StreamData]
) -> Pool:
    """Return the pool of some streams of one task."""
    windows, stream = joined([s.windows for s in several]), several[0].stream
    lengths = windows.lengths
    groups = _of_languages(stream, several[0].rows, windows)
    masking = None
    if task.kind is Kind.MASKED_LM:
        masking = masked_lm.masking(windows, several[0].tokenization)
    return Pool(
        streams=tuple(several),
        windows=windows,
        lengths=lengths,
        head=network.heads[task.name],
        updates=_updates(phase, number, stream.exponent, lengths, groups),
        masking=masking,
        languages={name: len(of) for name, of in groups.items()},
    )


def _updates(
    phase: Train,
    number: int,
    exponent: float | None,
    lengths: IntArray,
    groups: Mapping[str, IntArray],
) -> Iterator[IntArray]:
    """Yield the windows of one pool's updates, without end."""
    batch = phase.recipe.batch
    # A seed of its own for each pool, so that another one beside it changes nothing in it.
    seed = derived_seed(phase.seed, "stream", number)
    if exponent is None:
        return shuffled_updates(lengths, batch, seed)
    return updates_by_group(lengths, list(groups.values()), exponent, batch, seed)


def _of_languages(stream: Stream, rows: Rows, windows: Windows) -> dict[str, IntArray]:
    """Return the windows of each language; empty where languages are not drawn by an exponent."""
    if stream.exponent is None:
        return {}
    owners = np.array([n.language for n in rows.named])[windows.example]
    groups = {name: np.flatnonzero(owners == name) for name in stream.languages}
    return {name: group for name, group in groups.items() if len(group)}


def shares(phase: Train, pools: Sequence[Pool]) -> list[float]:
    """Return the weight of each pool in the mixture; 0 for those with a share of their own.

    Windows are counted, here as in `updates_in_all`: so with "proportional" mixing every window
    of every pool is seen equally often.

    Raises:
        StudyError: If the mixing is unknown, or lacks its number.
    """
    windows = [len(p.lengths) for p in pools]
    mixing, cap, temperature = phase.mixing, phase.cap, phase.temperature
    if mixing == "proportional":
        counted: list[float] = [*windows]
    elif mixing == "uniform":
        counted = [1 for _ in windows]
    elif mixing == "capped" and cap is not None:
        counted = [min(n, cap) for n in windows]
    elif mixing == "temperature" and temperature is not None:
        counted = [n ** (1 / temperature) for n in windows]
    else:
        problem = (
            f"mixing: {mixing!r} with cap {cap} and temperature {temperature} is none of "
            "proportional, uniform, capped with a cap, temperature with a temperature"
        )
        raise StudyError("train", [problem])
    return [n if p.share is None else 0.0 for p, n in zip(pools, counted, strict=True)]


def schedule(phase: Train, pools: Sequence[Pool]) -> tuple[int, Iterator[int]]:
    """Return how many updates a training makes, and the pool of each of them.

    Every pool makes exactly its part of all updates, at places drawn at random.

    Raises:
        StudyError: If budget, shares or mixing make no sense.
    """
    free = [p for p in pools if p.share is None]
    part = math.fsum(p.share for p in pools if p.share is not None)
    on_top = phase.budget == "examples"
    if phase.budget not in {"examples", "updates", "mean"}:
        raise StudyError("train", [f"budget: {phase.budget!r} is none of examples, updates, mean"])
    # A share of 1 on top of other updates would be infinitely many updates.
    if not free or not 0 <= part <= 1 - 1e-9 * on_top:
        raise StudyError("train", [f"share: {part:g} of all updates leaves none to count"])
    windows = sum(len(p.lengths) for p in free)
    own = updates_in_all(phase.recipe, windows / (len(free) if phase.budget == "mean" else 1))
    whole = own / (1 - part) if on_top else own
    fixed = [0 if p.share is None else round(p.share * whole) for p in pools]
    total = own + sum(fixed) if on_top else own
    rest = total - sum(fixed)
    counts = apportioned(shares(phase, pools), rest) if rest else [0] * len(pools)
    together = [a + b for a, b in zip(fixed, counts, strict=True)]
    return total, in_random_order(together, phase.seed)


def planned_tokens(phase: Train, pools: Sequence[Pool]) -> int:
    """Return how many tokens a training reads: windows of mean length, in all of its updates."""
    _, draws = schedule(phase, pools)
    updates = Counter(draws)
    means = (float(p.lengths.mean()) for p in pools)
    return round(sum(updates[i] * mean for i, mean in enumerate(means)) * phase.recipe.batch)


def updates_in_all(recipe: Recipe, windows: float) -> int:
    """Return how many updates a recipe makes of so many windows.

    Raises:
        StudyError: If the recipe gives neither steps nor epochs.
    """
    if recipe.steps is not None:
        wanted = recipe.steps
    elif recipe.epochs is not None:
        wanted = math.ceil(recipe.epochs * windows / recipe.batch)
    else:
        raise StudyError("recipe", ["steps: missing; give steps or epochs"])
    return max(1, wanted, recipe.steps_at_least)


def counts(pools: Sequence[Pool], updates: Sequence[int]) -> list[dict[str, object]]:
    """Return how many rows of each stream were read, used, cut short and so on.

    Args:
        pools: The data of all streams.
        updates: How many each pool gave.
    """
    return [
        {
            "task": s.stream.task,
            "rows": s.rows.read,
            "left_out": s.rows.left_out,
            "used": len(s.rows.named),
            "trained_in": "+".join(s.stream.languages),
            "sha256": s.rows.sha256,
            "windows": len(s.windows.lengths),
            "truncated": s.windows.truncated,
            "lost": s.windows.lost,
            **s.windows.notes,
            **({"updates": number} if len(pools) > 1 and len(p.streams) == 1 else {}),
            **({"output layers": p.head.origin} if p.masking is not None else {}),
            **({"languages": dict(p.languages)} if p.languages else {}),
        }
        for p, number in zip(pools, updates, strict=True)
        for s in p.streams
    ]
