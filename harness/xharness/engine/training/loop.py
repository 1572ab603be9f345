"""Trains: one loop, and what goes in and comes out.

Same phase and same numerics profile: same bytes of weights. Every update seeds the random
numbers anew, so an update can be redone after running out of memory, and a training that was
killed goes on from its last saved state as if nothing had happened.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from xharness.engine.encoder import batching, forward, profile, weights
from xharness.engine.encoder import network as networks
from xharness.engine.encoder.network import Network
from xharness.engine.encoder.profile import Hardware
from xharness.engine.encoder.weights import Inputs
from xharness.engine.kinds.windows import IntArray, collate
from xharness.engine.training import active_embedding, resume, schedule, streams
from xharness.engine.training.active_embedding import Vocabulary
from xharness.engine.training.streams import Feed
from xharness.errors import TrainingError
from xharness.phases import Train
from xharness.plugin.hooks import PhaseRun
from xharness.tasks import Kind, find_task

SAVE_SECONDS = 120.0
"""Between saved states: what a kill can cost, against the time to write thrice the weights."""
REPORT_SECONDS = 0.2


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a training is; plain JSON values, so that it can be saved."""

    micro_tokens: int
    """Per forward pass; halved when memory runs out."""
    update: int = 0
    """Number of the next one."""
    tokens: int = 0
    """Read so far, without padding (but choices of one question count as equally long)."""
    curve: list[tuple[int, float, float]] = field(default_factory=list)
    """(update, loss, learning rate)."""
    scaler: dict[str, Any] = field(default_factory=dict)
    """State of the fp16 gradient scaler; empty in other precisions."""
    streams: list[int] = field(default_factory=list)
    """Updates of each stream so far."""


def run(phase: Train, inputs: Inputs, run: PhaseRun) -> None:
    """Train as a phase says and write its artifact into `run.out`.

    Raises:
        DataError: If rows are not what their task declares.
        ModelError: If the weights cannot be used.
        TrainingError: If the loss is not finite, or memory is too small for one example.
        KeyboardInterrupt: If the user asked to stop; the state is saved.
    """
    hardware = profile.choose(run)
    tasks = [find_task(run.tasks, s.task, s.version) for s in phase.streams]
    weights.forget()
    network = weights.load(
        phase.start,
        inputs,
        offline=run.offline,
        attention_dropout=phase.recipe.attention_dropout,
    )
    given = {}
    if any(t.kind is Kind.MASKED_LM for t in tasks):
        given = weights.output_layers(phase.start, inputs, offline=run.offline)
    network = streams.with_heads(network, phase, tasks, given).to(hardware.device)
    feeds = streams.prepare(phase, network, tasks, run, inputs)
    progress = learn(phase, network, feeds, hardware, run)
    resume.publish(run.scratch, run.out)
    with (run.out / "curve.jsonl").open("w", encoding="utf-8") as curve:
        for update, loss, rate in progress.curve:
            line = {"update": update, "loss": loss, "learning_rate": rate}
            curve.write(json.dumps(line) + "\n")
    counts = {
        "updates": progress.update,
        "tokens": progress.tokens,
        "streams": streams.counts(feeds, progress.streams),
    }
    (run.out / "counts.json").write_text(json.dumps(counts, indent=1) + "\n", "utf-8")
    profile.write(run.out, hardware, progress.micro_tokens, network.encoder)


def learn(
    phase: Train, network: Network, feeds: Sequence[Feed], hardware: Hardware, run: PhaseRun
) -> Progress:
    """Change the network's weights in place, and keep its checkpoints in `run.scratch`.

    Args:
        phase: Gives recipe, seed and mixing.
        network: On the device.
        feeds: One per stream.
        hardware: What to compute with.
        run: Where to save, and whom to tell.

    Returns:
        The progress at the end.
    """
    total, draws = streams.schedule(phase, feeds)
    keep = phase.recipe.keep
    due = [math.ceil((i + 1) * total / keep) for i in range(keep)]
    bench = _bench(phase, network, feeds, hardware, total)
    progress = _begin(bench, due, run)
    progress.streams = [0] * len(feeds)
    for _ in range(progress.update):
        number = next(draws)
        progress.streams[number] += 1
        next(feeds[number].updates)
    network.encoder.train()
    told = saved = began = time.monotonic()
    tokens_before = progress.tokens
    while progress.update < total:
        number = next(draws)
        progress.streams[number] += 1
        _update(bench, feeds[number], next(feeds[number].updates), progress)
        for index in (i for i, at in enumerate(due) if at == progress.update):
            _keep(bench, index, progress, run)
        now, stop = time.monotonic(), run.should_stop()
        if now - told > REPORT_SECONDS:
            told = now
            run.report(progress.update / total, (progress.tokens - tokens_before) / (now - began))
        if stop or now - saved > SAVE_SECONDS:
            saved = now
            progress.scaler = bench.scaler.state_dict()
            resume.save(run.scratch, network, bench.optimiser, asdict(progress))
        if stop:
            raise KeyboardInterrupt
    return progress


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What every update works with."""

    phase: Train
    network: Network
    hardware: Hardware
    total: int
    vocabulary: Vocabulary | None
    """None where every row of the embedding is trained."""
    parameters: list[torch.nn.Parameter]
    """All that is trained, in the network's order."""
    optimiser: torch.optim.AdamW
    scaler: torch.amp.GradScaler


def _bench(
    phase: Train, network: Network, feeds: Sequence[Feed], hardware: Hardware, total: int
) -> _Bench:
    """Return fused AdamW that leaves biases and norms undecayed, and the scaler for fp16."""
    recipe = phase.recipe
    # fp16 may skip updates, and then what decay does to unused rows is not known beforehand.
    shrinks = not (recipe.weight_decay and hardware.precision == "fp16")
    # Masked LM compares with every row, so none of them stands still.
    shrinks = shrinks and all(feed.masking is None for feed in feeds)
    read = (ids for feed in feeds for ids in feed.windows.ids)
    padding = network.tokenizer.pad_token_id
    active = active_embedding.shrink(network.encoder, read, padding) if shrinks else None
    parameters = [p for _, p in network.parameters()]
    groups = [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    return _Bench(
        phase=phase,
        network=network,
        hardware=hardware,
        total=total,
        vocabulary=active,
        parameters=parameters,
        optimiser=torch.optim.AdamW(
            groups,
            lr=recipe.learning_rate,
            betas=(recipe.beta1, recipe.beta2),
            eps=recipe.epsilon,
            fused=True,
        ),
        scaler=torch.amp.GradScaler(hardware.device.type, enabled=hardware.precision == "fp16"),
    )


def _keep(bench: _Bench, index: int, progress: Progress, run: PhaseRun) -> None:
    """Keep a checkpoint, with all rows of the embedding."""
    rates = (rate for _, _, rate in progress.curve)
    decay = bench.phase.recipe.weight_decay
    with active_embedding.whole(bench.network.encoder, bench.vocabulary, rates, decay):
        resume.keep(run.scratch, index, bench.network)


def _begin(bench: _Bench, due: Sequence[int], run: PhaseRun) -> Progress:
    """Return the saved progress, its state loaded, or a fresh one where there is none."""
    found = resume.restore(run.scratch, due, bench.network, bench.optimiser)
    if found is None:
        resume.clear(run.scratch)
        return Progress(micro_tokens=bench.phase.recipe.micro_tokens)
    progress = Progress(**found)
    if progress.scaler:
        bench.scaler.load_state_dict(progress.scaler)
    return progress


def _update(bench: _Bench, feed: Feed, picked: IntArray, progress: Progress) -> None:
    """Make one update of the weights and note it in the progress."""
    recipe, number = bench.phase.recipe, progress.update
    rate = recipe.learning_rate * schedule.factor(
        recipe.schedule, number, bench.total, recipe.warmup, recipe.decay
    )
    for group in bench.optimiser.param_groups:
        group["lr"] = rate
    loss = _gradients_that_fit(bench, feed, picked, progress)
    if not math.isfinite(loss):
        last = f"{progress.curve[-1][1]:.4g}" if progress.curve else "none"
        raise TrainingError(
            f"update {number + 1} of {bench.total}: the loss is {loss}, the last finite one was "
            f"{last}; a lower learning rate than {recipe.learning_rate} or more warm-up may help"
        )
    bench.scaler.unscale_(bench.optimiser)
    if recipe.clip:
        torch.nn.utils.clip_grad_norm_(bench.parameters, recipe.clip)
    bench.scaler.step(bench.optimiser)
    bench.scaler.update()
    bench.optimiser.zero_grad(set_to_none=True)
    progress.curve.append((number, loss, rate))
    progress.tokens += int(feed.lengths[picked].sum())
    progress.update += 1


def _gradients_that_fit(bench: _Bench, feed: Feed, picked: IntArray, progress: Progress) -> float:
    """Return the loss of an update, its micro-batches halved until they fit into memory.

    Raises:
        TrainingError: If a single window does not fit.
    """
    longest = int(feed.lengths[picked].max())
    while True:
        seed = batching.derived(bench.phase.seed, "update", progress.update)
        _seed(seed, bench.hardware.device)
        try:
            return _gradients(bench, feed, picked, progress.micro_tokens, seed)
        except (MemoryError, RuntimeError) as error:
            if not forward.out_of_memory(error):
                raise
        bench.optimiser.zero_grad(set_to_none=True)
        if bench.hardware.device.type == "cuda":
            torch.cuda.empty_cache()
        if progress.micro_tokens <= longest:
            raise TrainingError(
                f"update {progress.update + 1} of {bench.total}: one window of {longest} tokens "
                "does not fit into memory; a smaller max_length or model would"
            )
        progress.micro_tokens = max(progress.micro_tokens // 2, longest)


def _seed(seed: int, device: torch.device) -> None:
    """Seed what dropout draws from."""
    if device.type == "cpu":
        # torch.manual_seed seeds GPUs as well; where there is none it notes that for later, with
        # the whole call stack, which took a fifth of a small network's update.
        torch.default_generator.manual_seed(seed)
    else:
        torch.manual_seed(seed)


def _gradients(bench: _Bench, feed: Feed, picked: IntArray, micro_tokens: int, seed: int) -> float:
    """Add the gradients of an update's mean loss to the weights, and return that loss."""
    functions, device = feed.head.functions, bench.hardware.device
    windows, lengths = feed.windows, feed.lengths
    if feed.masking is not None:
        windows, lengths = feed.masking.drawn(picked, seed), lengths[picked]
        picked, micro_tokens = np.arange(len(picked)), min(micro_tokens, feed.masking.tokens)
    units = functions.units([windows.targets[i] for i in picked])
    total = torch.zeros((), device=device)
    for part in batching.portions(picked, lengths, micro_tokens):
        batch = collate(windows, part, bench.network.tokenizer.pad_token_id, device)
        with bench.hardware.autocast():
            scores = networks.logits(bench.network, feed.head, batch)
        loss = functions.loss(scores, batch.targets, batch.mask) / units
        torch.autograd.backward(bench.scaler.scale(loss))
        total += loss.detach()
    return float(total)
