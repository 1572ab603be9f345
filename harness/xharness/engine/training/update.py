"""One update of the weights: its gradients, in micro-batches that fit, and the optimiser's step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from xharness.engine.encoder import compiling
from xharness.engine.encoder.batching import derived_seed, micro_batches
from xharness.engine.encoder.forward import out_of_memory
from xharness.engine.encoder.network import Network
from xharness.engine.encoder.profile import Hardware
from xharness.engine.kinds.windows import Batch, IntArray, put
from xharness.engine.training import active_embedding, schedule
from xharness.engine.training.active_embedding import ActiveRows
from xharness.engine.training.replays import Replays
from xharness.engine.training.streams import Pool
from xharness.errors import TrainingError
from xharness.phases import Recipe, Train


@dataclass(slots=True, kw_only=True)
class Progress:
    """The progress of a training, as plain JSON values so that it can be saved."""

    micro_tokens: int
    """Tokens per forward pass; halved when memory runs out, and saved, so that a resumed training
    does not run out of it again."""
    update: int = 0
    """Number of the next one."""
    tokens: int = 0
    """Tokens read so far, without padding, except that of a question's shorter choices."""
    curve: list[tuple[int, float, float]] = field(default_factory=list)
    """(update, loss, learning rate), of the updates whose losses were read; see `read_losses`."""
    scaler: dict[str, Any] = field(default_factory=dict)
    """State of the fp16 gradient scaler; empty in other precisions."""
    streams: list[int] = field(default_factory=list)
    """Updates of each stream so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainState:
    """What stays the same from update to update: network, optimiser, hardware."""

    phase: Train
    network: Network
    hardware: Hardware
    total: int
    """Updates in all."""
    active: ActiveRows | None
    """None where every row of the embedding is trained."""
    parameters: list[torch.nn.Parameter]
    """All that is trained, in the network's order."""
    optimiser: torch.optim.AdamW
    """Each of its groups has a "share" of the learning rate."""
    scaler: torch.amp.GradScaler
    replays: Replays | None
    """None where micro-batches are computed step by step."""
    unread: list[tuple[int, torch.Tensor, float]] = field(default_factory=list)
    """(update, loss, learning rate) of the last updates, the losses still on the device."""


def train_state(
    phase: Train,
    network: Network,
    data: Sequence[Pool],
    hardware: Hardware,
    total: int,
) -> TrainState:
    """Return the state at the beginning of a training, its network shrunk to the rows it reads.

    The optimiser is AdamW without weight decay of biases and norms, as in BERT's optimization.py.
    """
    recipe, embedding = phase.recipe, network.encoder.get_input_embeddings().weight
    if recipe.embedding_rate == 0:
        embedding.requires_grad_(False)
    # fp16 skips an update whose scaled gradients overflow. How often unused rows were decayed could
    # then not be told from the learning rates alone.
    shrinks = not (recipe.weight_decay and hardware.precision == "fp16")
    # Masked LM scores the whole vocabulary, so every row has a gradient.
    shrinks = shrinks and all(d.masking is None for d in data)
    # Rows that are not trained cost an update nothing.
    shrinks = shrinks and embedding.requires_grad
    read = (ids for d in data for ids in d.windows.ids)
    padding = network.tokenizer.pad_token_id
    active = active_embedding.shrink(network.encoder, read, padding) if shrinks else None
    return TrainState(
        phase=phase,
        network=network,
        hardware=hardware,
        total=total,
        active=active,
        parameters=[p for _, p in network.trained()],
        optimiser=torch.optim.AdamW(
            # After shrinking: it must hold the rows that are trained, not the whole embedding.
            _groups(network, recipe),
            lr=recipe.learning_rate,
            betas=(recipe.beta1, recipe.beta2),
            eps=recipe.epsilon,
            fused=True,
        ),
        scaler=torch.amp.GradScaler(hardware.device.type, enabled=hardware.precision == "fp16"),
        replays=Replays() if compiling.done(network) else None,
    )


def _groups(network: Network, recipe: Recipe) -> list[dict[str, Any]]:
    """Return what is trained, by weight decay and by share of the learning rate."""
    embedding = network.encoder.get_input_embeddings().weight
    slow = recipe.embedding_rate != 1
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for _, parameter in network.trained():
        decay = recipe.weight_decay if parameter.ndim >= 2 else 0.0
        share = recipe.embedding_rate if slow and parameter is embedding else 1.0
        groups.setdefault((decay, share), []).append(parameter)
    return [
        {"params": several, "weight_decay": decay, "share": share}
        for (decay, share), several in groups.items()
    ]


def update_weights(state: TrainState, data: Pool, picked: IntArray, progress: Progress) -> None:
    """Make one update of the weights and note it in the progress."""
    recipe, number = state.phase.recipe, progress.update
    rate = recipe.learning_rate * schedule.factor(
        recipe.schedule, number, state.total, recipe.warmup, recipe.decay
    )
    for group in state.optimiser.param_groups:
        group["lr"] = rate * group["share"]
    loss = _gradients_that_fit(state, data, picked, progress)
    # Before clipping, because the limit holds for the gradients themselves, not for scaled ones.
    state.scaler.unscale_(state.optimiser)
    if recipe.clip:
        torch.nn.utils.clip_grad_norm_(state.parameters, recipe.clip)
    state.scaler.step(state.optimiser)
    state.scaler.update()
    state.optimiser.zero_grad(set_to_none=True)
    state.unread.append((number, loss, rate))
    progress.tokens += int(data.lengths[picked].sum())
    progress.update += 1


def read_losses(state: TrainState, progress: Progress) -> None:
    """Add the losses of the last updates to the curve.

    Not after every update, because on a GPU this waits until all work is done.

    Raises:
        TrainingError: If one is not finite.
    """
    if not state.unread:
        return
    losses = torch.stack([loss for _, loss, _ in state.unread]).tolist()
    for (number, _, rate), loss in zip(state.unread, losses, strict=True):
        if not math.isfinite(loss):
            last = f"{progress.curve[-1][1]:.4g}" if progress.curve else "none"
            raise TrainingError(
                f"update {number + 1} of {state.total}: the loss is {loss}, the last finite one "
                f"was {last}; a lower learning rate than {state.phase.recipe.learning_rate} or "
                "more warm-up may help"
            )
        progress.curve.append((number, loss, rate))
    state.unread.clear()


def _gradients_that_fit(
    state: TrainState, data: Pool, picked: IntArray, progress: Progress
) -> torch.Tensor:
    """Return the loss of an update, its micro-batches halved until they fit into memory.

    Raises:
        TrainingError: If a single window does not fit.
    """
    longest = int(data.lengths[picked].max())
    while True:
        # The seed depends on nothing but the update, so that a second try, or a resumed training,
        # drops out the same units.
        seed = derived_seed(state.phase.seed, "update", progress.update)
        _seed(seed, state.hardware.device)
        try:
            return _gradients(state, data, picked, progress.micro_tokens, seed)
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
        # Else the gradients of the micro-batches that did fit would be added twice.
        state.optimiser.zero_grad(set_to_none=True)
        if state.replays is not None:
            state.replays.forget()
        if state.hardware.device.type == "cuda":
            torch.cuda.empty_cache()
        if progress.micro_tokens <= longest:
            raise TrainingError(
                f"update {progress.update + 1} of {state.total}: one window of {longest} tokens "
                "does not fit into memory; a smaller max_length or model would"
            )
        progress.micro_tokens = max(progress.micro_tokens // 2, longest)


def _seed(seed: int, device: torch.device) -> None:
    """Seed what dropout draws from."""
    if device.type == "cpu":
        # Not torch.manual_seed: without a GPU, it stores the call stack each time to seed GPUs
        # later, which took a fifth of a small network's update.
        torch.default_generator.manual_seed(seed)
    else:
        torch.manual_seed(seed)


def _gradients(
    state: TrainState, data: Pool, picked: IntArray, micro_tokens: int, seed: int
) -> torch.Tensor:
    """Add the gradients of an update's mean loss to the weights; return that loss, a scalar."""
    functions, device = data.head.functions, state.hardware.device
    windows, lengths = data.windows, data.lengths
    if data.masking is not None:
        # Before it is cut into micro-batches, so that memory does not change what is hidden.
        windows, lengths = data.masking.hide(picked, seed), lengths[picked]
        picked, micro_tokens = np.arange(len(picked)), min(micro_tokens, data.masking.tokens)
    # The mean is over the whole update. A mean of the micro-batches' means would give more weight
    # to tokens in small ones, so the result would depend on the memory.
    units = functions.units([windows.targets[i] for i in picked])
    total = torch.zeros((), device=device)

    def compute(batch: Batch, units: float | torch.Tensor) -> torch.Tensor:
        with state.hardware.autocast():
            scores = state.network.logits(data.head, batch)
        return functions.loss(scores, batch.targets, batch.mask) / units

    # What is hidden has another number of places in each update, so its shapes never come again.
    replays = state.replays if data.masking is None else None
    if replays is not None:
        replays.begin(data.head.task)
    for part in micro_batches(picked, lengths, micro_tokens):
        batch = state.network.batch(windows, part, device)
        if replays is None:
            loss = compute(batch, units)
            torch.autograd.backward(state.scaler.scale(loss))
            total += loss.detach()
        else:
            counted = put(np.array(units, dtype=np.float32), device)
            total += replays.run(data.head.task, batch, counted, compute)
    if replays is not None:
        replays.end(data.head.task, state.parameters)
    return total
