"""An encoder under a tuning method: made before training, merged for every kept checkpoint."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch

from xharness.engine.encoder.batching import derived_seed
from xharness.engine.encoder.network import Network
from xharness.errors import PluginError, one_line
from xharness.phases import Train
from xharness.tuning import TuningMethod, method_of

Shapes = Mapping[str, tuple[int, ...]]
"""Names and shapes of an encoder's parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """A tuning method that has been applied to a network."""

    words: str
    """Its name and parameters."""
    method: TuningMethod
    before: Shapes
    """The encoder's before the method made something of it."""
    trained: int
    """Numbers that are trained, those of heads among them; all rows of an embedding count."""
    whole: int
    """Numbers of the network, those that the method added among them."""


def apply(network: Network, phase: Train, methods: Mapping[str, TuningMethod]) -> Tuned | None:
    """Change a network to how a training's method trains it; None where it has none.

    Args:
        network: On the CPU; its encoder is changed in place.
        phase: Says which method, and gives the seed.
        methods: Every loaded method, by name.

    Raises:
        PluginError: If the method is not loaded, or raises.
    """
    if phase.tuning is None:
        return None
    method, words = method_of(phase.tuning, methods), phase.tuning.words
    before = shapes(network.encoder)
    torch.manual_seed(derived_seed(phase.seed, "tuning"))
    make(method, network.encoder, words)
    several = [p for _, p in network.parameters()]
    return Tuned(
        words=words,
        method=method,
        before=before,
        trained=sum(p.numel() for p in several if p.requires_grad),
        whole=sum(p.numel() for p in several),
    )


def make(method: TuningMethod, encoder: Any, words: str) -> None:
    """Let a method change an encoder, and set which of its parameters are trained.

    Raises:
        PluginError: If the method raises.
    """
    with _named(words, "make"):
        method.make(encoder)
    with _named(words, "trains"):
        for name, parameter in encoder.named_parameters():
            parameter.requires_grad_(bool(method.trains(name)))


def merged(encoder: Any, method: TuningMethod, before: Shapes, words: str) -> Any:
    """Return an ordinary encoder that computes what a tuned one does; the tuned one stays.

    Args:
        encoder: With all rows of its embedding.
        method: That it was made with.
        before: The ordinary encoder's names and shapes.
        words: The method's, for messages.

    Raises:
        PluginError: If the method raises, or what it leaves is no ordinary encoder.
    """
    if shapes(encoder) == before:
        return encoder
    # The training goes on with the encoder as it is, so that keeping a checkpoint changes nothing.
    ordinary = copy.deepcopy(encoder)
    with _named(words, "merge"):
        method.merge(ordinary)
    after = shapes(ordinary)
    if after != before:
        wrong = min({*after.items()} ^ {*before.items()})[0]
        raise PluginError(
            f"tuning method {words}: merge leaves the parameter {wrong!r} missing, added or in "
            "another shape; the names and shapes of before make would be right"
        )
    return ordinary


def ordinary(network: Network, tuned: Tuned | None) -> Network:
    """Return a network whose encoder is an ordinary one, to be stored.

    Args:
        network: With all rows of its embedding.
        tuned: From `apply`.

    Raises:
        PluginError: If the method cannot merge it.
    """
    if tuned is None:
        return network
    return replace(
        network, encoder=merged(network.encoder, tuned.method, tuned.before, tuned.words)
    )


def shapes(encoder: Any) -> Shapes:
    """Return the names and shapes of an encoder's parameters."""
    return {name: tuple(p.shape) for name, p in encoder.named_parameters()}


@contextmanager
def _named(words: str, function: str) -> Iterator[None]:
    """Turn whatever a method raises into an error that names it."""
    try:
        yield
    except (Exception, SystemExit) as wrong:
        raise PluginError(f"tuning method {words}: {function} raises {one_line(wrong)}") from wrong
