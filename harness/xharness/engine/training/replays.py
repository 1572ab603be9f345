"""Replays micro-batches on a GPU as CUDA graphs, so that no kernel waits for the processor.

Of XLM-R large with 4,096 tokens, launching its kernels takes a slow processor three times as long
as computing them takes an H200. A graph launches them all at once. They are the kernels of the
ordinary run, on the same numbers, so a replay gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from xharness.engine.kinds.windows import Batch

MOST = 64
"""Graphs kept at once; micro-batches of further shapes run without one."""

Compute = Callable[[Batch, torch.Tensor], torch.Tensor]
"""(batch, units) to the micro-batch's share of the loss, to be differentiated."""

Kept = tuple[torch.nn.Parameter, torch.Tensor]
"""A weight and its gradient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Graph:
    """A recorded micro-batch: fill its inputs, replay, read its loss."""

    graph: torch.cuda.CUDAGraph
    batch: Batch
    units: torch.Tensor
    loss: torch.Tensor


@dataclass(slots=True, kw_only=True)
class Replays:
    """What a training has recorded so far."""

    graphs: dict[Hashable, _Graph] = field(default_factory=dict)
    """By task and shape."""
    gradients: dict[str, list[Kept]] = field(default_factory=dict)
    """By task: its weights and their gradients, which stay in one place, as graphs write there."""
    met: set[Hashable] = field(default_factory=set)
    """Tasks and shapes that have run, and with them all that is set up in a first run."""
    pool: Any = None
    """The memory that the graphs share; None before the first."""
    fresh: bool = True
    """Whether the next micro-batch is the first of its update."""

    def begin(self, task: str) -> None:
        """Begin an update: weights of the task have their gradients' places, all others none."""
        self.fresh = True
        for parameter, gradient in self.gradients.get(task, []):
            parameter.grad = gradient

    def run(self, task: str, batch: Batch, units: torch.Tensor, compute: Compute) -> torch.Tensor:
        """Return a micro-batch's share of the loss, its gradients added to those of the update.

        The loss holds until the next call.

        Args:
            task: Decides with the batch's shape which graph is replayed.
            batch: On the GPU.
            units: (): that the loss is the mean of, on the GPU.
            compute: Gives the same kernels each time for one task and shape.
        """
        key = (task, self.fresh, *(t.shape for t in _tensors(batch)))
        kept = self.gradients.get(task, [])
        found = self.graphs.get(key)
        # Without gradients of earlier updates, a graph would have no place to write to.
        if found is None and key in self.met and kept and len(self.graphs) < MOST:
            found = self.graphs[key] = self._recorded(batch, units, compute, kept)
        if found is None:
            if self.fresh and kept:
                torch._foreach_zero_([gradient for _, gradient in kept])
            loss = compute(batch, units)
            torch.autograd.backward(loss)
            self.met.add(key)
        else:
            for place, new in zip(_tensors(found.batch), _tensors(batch), strict=True):
                place.copy_(new, non_blocking=True)
            found.units.copy_(units)
            found.graph.replay()
            loss = found.loss
        self.fresh = False
        return loss.detach()

    def _recorded(
        self, batch: Batch, units: torch.Tensor, compute: Compute, kept: Sequence[Kept]
    ) -> _Graph:
        """Return the graph of a micro-batch; recording computes nothing."""
        if self.pool is None:
            self.pool = torch.cuda.graph_pool_handle()
        places = [gradient for _, gradient in kept]
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(batch.ids.device), torch.cuda.graph(graph, pool=self.pool):
            loss = compute(batch, units)
            found = torch.autograd.grad(loss, [parameter for parameter, _ in kept])
            # All at once, where backward() would add up weight by weight.
            if self.fresh:
                torch._foreach_copy_(places, found)
            else:
                torch._foreach_add_(places, found)
        return _Graph(graph=graph, batch=batch, units=units, loss=loss.detach())

    def end(self, task: str, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Keep the gradients of a task's first update as the places of its later ones'."""
        if task not in self.gradients:
            shared = {p: g for kept in self.gradients.values() for p, g in kept}
            self.gradients[task] = [
                (p, shared.get(p, p.grad)) for p in parameters if p.grad is not None
            ]

    def forget(self) -> None:
        """Free all graphs and gradients."""
        self.graphs.clear()
        self.gradients.clear()
        self.met.clear()
        self.pool = None


def _tensors(batch: Batch) -> Iterator[torch.Tensor]:
    """Yield the tensors of a packed batch, in a fixed order."""
    packing = batch.packing
    if packing is None:
        raise ValueError("only packed batches are replayed")
    yield from (batch.ids, batch.mask, batch.targets)
    yield from (packing.positions, packing.bounds, packing.slots, packing.sources, packing.filler)
    if batch.types is not None:
        yield batch.types
