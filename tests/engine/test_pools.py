"""Streams of one task are trained on as one data set: exact passes over all of their rows."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

from support.engine_tiny import ANSWER, CLASSIFY, RECIPE, Lab, train
from xharness.engine.encoder import weights
from xharness.engine.training import streams
from xharness.phases import Model, Train

pytestmark = pytest.mark.training


def in_parts(model: Model, parts: int, **recipe: Any) -> Train:
    """Return a training on the 24 rows of a task, each of so many streams with its part."""
    phase = train(model, CLASSIFY, recipe=replace(RECIPE, steps=None, **recipe))
    (stream,) = phase.streams
    return replace(
        phase, streams=tuple(replace(stream, part=(number, parts)) for number in range(parts))
    )


def prepared(phase: Train, lab: Lab) -> list[streams.Pool]:
    """Return the pools of a training."""
    with lab.publishing(phase) as run:
        tasks = [lab.tasks[s.task] for s in phase.streams]
        network = weights.load(phase.start, {}, offline=True)
        network = streams.with_heads(network, phase, tasks)
        return streams.prepare(phase, network, tasks, run, {})


def test_every_row_is_used_once_in_a_pass(model: Model, lab: Lab) -> None:
    """Six streams of four rows and batches of eight: three updates hold each row once."""
    phase = in_parts(model, 6, epochs=1.0)
    (pool,) = pools = prepared(phase, lab)
    total, draws = streams.schedule(phase, pools)
    used = np.concatenate([next(pool.updates) for _ in draws])

    assert total == 3
    assert sorted(used.tolist()) == list(range(24))
    (whole,) = prepared(train(model, CLASSIFY), lab)
    rows, of_parts = (sorted(map(tuple, p.windows.ids)) for p in (whole, pool))
    assert rows == of_parts


def test_each_stream_is_counted(model: Model, lab: Lab) -> None:
    """What was read of a stream stands in the counts, though its rows lie in a pool."""
    counts = lab.run(in_parts(model, 3, epochs=1.0)).json("counts.json")

    assert counts["updates"] == 3
    assert [s["used"] for s in counts["streams"]] == [8, 8, 8]


@pytest.mark.parametrize(("budget", "total"), [("examples", 6), ("mean", 3)])
def test_a_mixture_gives_each_task_exactly_its_part(
    model: Model, lab: Lab, budget: str, total: int
) -> None:
    """Two tasks of 24 windows in batches of eight: six updates in all, three on average."""
    phase = train(model, CLASSIFY, ANSWER, recipe=replace(RECIPE, steps=None, epochs=1.0))
    pools = prepared(phase, lab)
    windows = [len(p.lengths) for p in pools]
    made, draws = streams.schedule(replace(phase, budget=budget), pools)
    counts = np.bincount(list(islice(draws, 100)), minlength=2)

    assert windows == [24, 24]
    assert made == total
    assert sorted(counts.tolist()) == sorted([total - total // 2, total // 2])


def test_planned_tokens_are_those_of_all_updates(model: Model, lab: Lab) -> None:
    """Three passes over 24 windows read each window three times."""
    phase = train(model, CLASSIFY, recipe=replace(RECIPE, steps=9))
    (pool,) = pools = prepared(phase, lab)

    assert streams.planned_tokens(phase, pools) == 3 * pool.lengths.sum()
