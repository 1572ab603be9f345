"""The training loop: reads a Train phase's weights and rows, and writes its artifact.

The same phase with the same numerics profile gives the same bytes of weights. Every update seeds
the random numbers anew. An update can therefore be repeated after running out of memory, and a
training that was killed goes on from its last saved state as if nothing had happened.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from xharness.engine.encoder import compiling, profile, weights
from xharness.engine.encoder.network import Network
from xharness.engine.encoder.profile import Hardware
from xharness.engine.encoder.weights import Inputs
from xharness.engine.training import active_embedding, resume, streams, tuned
from xharness.engine.training.streams import Pool
from xharness.engine.training.tuned import Tuned
from xharness.engine.training.update import (
    Progress,
    TrainState,
    read_losses,
    train_state,
    update_weights,
)
from xharness.phases import Train
from xharness.plugin.hooks import PhaseRun
from xharness.tasks import Kind, find_task

SAVE_SECONDS = 120.0
"""Between saved states. A kill loses at most this much work; a state takes time to write, as it is
three times the size of the weights (AdamW has two moments for each)."""
REPORT_SECONDS = 0.2
"""Between reports of progress, and between looks at the loss."""


def run(phase: Train, inputs: Inputs, run: PhaseRun) -> None:
    """Train as a phase says and write its artifact into `run.out`.

    Raises:
        DataError: If rows are not what their task declares.
        ModelError: If the weights cannot be used.
        TrainingError: If the loss is not finite, or memory is too small for one example.
        KeyboardInterrupt: If the user asked to stop; the state is saved.
    """
    hardware = profile.choose(run, phase.precision)
    tasks = [find_task(run.tasks, s.task, s.version) for s in phase.streams]
    weights.forget()  # else the last prediction's network would be in memory with this one
    network = weights.load(
        phase.start,
        inputs,
        offline=run.offline,
        attention_dropout=phase.recipe.attention_dropout,
    )
    given = {}
    if any(t.kind is Kind.MASKED_LM for t in tasks):
        given = weights.output_layers(phase.start, inputs, offline=run.offline)
    network = streams.with_heads(network, phase, tasks, given)
    tuning = tuned.apply(network, phase, run.tunings)
    network = weights.placed(network, hardware, training=True)
    data = streams.prepare(phase, network, tasks, run, inputs)
    # What a tuning method makes of a network need not be what the compiler can read.
    if tuning is None and compiling.due(network, hardware, streams.planned_tokens(phase, data)):
        network = compiling.install(network)
    progress = learn(phase, network, data, hardware, run, tuning)
    resume.publish(run.scratch, run.out)
    with (run.out / "curve.jsonl").open("w", encoding="utf-8") as curve:
        for update, loss, rate in progress.curve:
            line = {"update": update, "loss": loss, "learning_rate": rate}
            curve.write(json.dumps(line) + "\n")
    counts = {
        "updates": progress.update,
        "tokens": progress.tokens,
        "streams": streams.counts(data, progress.streams),
    }
    if tuning is not None:
        counts["tuning"] = {
            "method": tuning.words,
            "trained": tuning.trained,
            "parameters": tuning.whole,
        }
    (run.out / "counts.json").write_text(json.dumps(counts, indent=1) + "\n", "utf-8")
    compiled = compiling.done(network)
    profile.write(run.out, hardware, progress.micro_tokens, network.encoder, compiled=compiled)


def learn(
    phase: Train,
    network: Network,
    data: Sequence[Pool],
    hardware: Hardware,
    run: PhaseRun,
    tuning: Tuned | None = None,
) -> Progress:
    """Change the network's weights in place, and keep its checkpoints in `run.scratch`.

    Args:
        phase: Gives recipe, seed and mixing.
        network: On the device.
        data: Its streams.
        hardware: What to compute with.
        run: Where to save; receives progress, and says when to stop.
        tuning: The method that was applied to the network, if the training has one.

    Returns:
        The progress at the end.
    """
    total, draws = streams.schedule(phase, data)
    keep = phase.recipe.keep
    # Checkpoints lie at equal distances, and the last one is the end of the training.
    due = [math.ceil((i + 1) * total / keep) for i in range(keep)]
    state = train_state(phase, network, data, hardware, total)
    progress = _begin(state, due, run)
    _skip(progress, draws, data)
    network.encoder.train()
    reported = saved = began = time.monotonic()
    tokens_before = progress.tokens
    while progress.update < total:
        number = next(draws)
        progress.streams[number] += 1
        update_weights(state, data[number], next(data[number].updates), progress)
        for index in (i for i, at in enumerate(due) if at == progress.update):
            _keep(state, index, progress, run, tuning)
        now, stop = time.monotonic(), run.should_stop()
        if now - reported > REPORT_SECONDS:
            reported = now
            read_losses(state, progress)
            run.report(progress.update / total, (progress.tokens - tokens_before) / (now - began))
        if stop or now - saved > SAVE_SECONDS:
            saved = now
            _save(state, progress, run)
        if stop:
            raise KeyboardInterrupt
    read_losses(state, progress)
    return progress


def _save(state: TrainState, progress: Progress, run: PhaseRun) -> None:
    """Save the state, so that the training can go on from here."""
    read_losses(state, progress)
    progress.scaler = state.scaler.state_dict()
    resume.save(run.scratch, state.network, state.optimiser, asdict(progress))


def _skip(progress: Progress, draws: Iterator[int], data: Sequence[Pool]) -> None:
    """Repeat the draws of the updates before a resumed training, and count them by stream."""
    # A saved state has no generators: they follow from the seed, so drawing again is enough.
    progress.streams = [0] * len(data)
    for _ in range(progress.update):
        number = next(draws)
        progress.streams[number] += 1
        next(data[number].updates)


def _keep(
    state: TrainState, index: int, progress: Progress, run: PhaseRun, tuning: Tuned | None
) -> None:
    """Keep a checkpoint: an ordinary encoder, with all rows of the embedding."""
    read_losses(state, progress)
    recipe = state.phase.recipe
    rates = (rate * recipe.embedding_rate for _, _, rate in progress.curve)
    with active_embedding.restored(state.network.encoder, state.active, rates, recipe.weight_decay):
        resume.keep(run.scratch, index, tuned.ordinary(state.network, tuning))


def _begin(state: TrainState, due: Sequence[int], run: PhaseRun) -> Progress:
    """Return the saved progress, its state loaded, or a fresh one where there is none."""
    saved = resume.restore(run.scratch, due, state.network, state.optimiser)
    if saved is None:
        resume.clear(run.scratch)
        return Progress(micro_tokens=state.phase.recipe.micro_tokens)
    progress = Progress(**saved)
    if progress.scaler:
        state.scaler.load_state_dict(progress.scaler)
    return progress
