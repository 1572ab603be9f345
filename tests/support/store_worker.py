"""A small plan and a runner that notes what it does; also run as a process by the tests."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xharness.execution import run as execute
from xharness.keys import Key, key
from xharness.phases import Checkpoint, Phase, Predict, Pretrain, Recipe, Score, Stream, Train
from xharness.plugin.hooks import PhaseRun
from xharness.store.store import Artifact, Store
from xharness.tasks import Task
from xharness.tuning import TuningMethod

PRETRAIN = Pretrain(model="tiny", version=1)


def train(seed: int = 1, learning_rate: float = 1e-3) -> Train:
    """Return a training of the tiny model."""
    return Train(
        start=PRETRAIN,
        streams=(Stream(task="nli", version=1, data="d", languages=("en",)),),
        recipe=Recipe(learning_rate=learning_rate, batch=8, epochs=1.0),
        seed=seed,
    )


def predict(training: Train, language: str = "en") -> Predict:
    """Return a prediction with the last checkpoint of a training."""
    return Predict(
        start=Checkpoint(train=training),
        task="nli",
        version=1,
        data="d",
        language=language,
        split="test",
    )


def score(predictions: Predict) -> Score:
    """Return the score of predictions."""
    return Score(predictions=predictions, metric="accuracy@1")


def plan() -> list[Phase]:
    """Return eleven phases, parents first: two trainings, each scored in two languages."""
    phases: list[Phase] = [PRETRAIN]
    for training in (train(1), train(2)):
        phases.append(training)
        for language in ("en", "sw"):
            phases += [predict(training, language), score(predict(training, language))]
    return phases


@dataclass
class Writer:
    """Writes one file per phase in ten steps, and goes on from what scratch holds."""

    log: Path
    pause: float = 0.0
    """Seconds per step."""
    fail_on: tuple[Phase, ...] = ()
    error: BaseException = field(default_factory=lambda: ValueError("out of luck"))
    tasks: Mapping[str, Task] = field(default_factory=dict)
    tunings: Mapping[str, TuningMethod] = field(default_factory=dict)

    def note(self, line: str) -> None:
        """Add one line to the log, whole."""
        handle = os.open(self.log, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        os.write(handle, f"{line}\n".encode())
        os.close(handle)

    def run_phase(self, phase: Phase, inputs: Mapping[Key, Artifact], run: PhaseRun) -> str:
        """Write a file that depends on the phase and its inputs alone."""
        steps = run.scratch / "steps"
        done = len(steps.read_text("utf-8")) if steps.exists() else 0
        self.note(f"begin {key(phase)} {done}")
        if phase in self.fail_on:
            (run.out / "half").write_text("half", "utf-8")
            raise self.error
        for step in range(done, 10):
            time.sleep(self.pause)
            with steps.open("a", encoding="utf-8") as kept:
                kept.write("x")
            run.report((step + 1) / 10, 1.0)
        read = "".join(a.file("data.txt").read_text("utf-8") for a in inputs.values())
        (run.out / "data.txt").write_text(f"{key(phase)}\n{len(read)} {read[:64]}", "utf-8")
        return "writer"

    def phase_finished(self, phase: Phase, artifact: Artifact, seconds: float) -> None:
        """Note a publication."""
        assert artifact.key == key(phase)
        assert seconds >= 0
        self.note(f"published {key(phase)}")


def contents(store: Store) -> dict[Key, bytes]:
    """Return what the phases wrote, by key."""
    return {k: (store.folder_of(k) / "data.txt").read_bytes() for k in store.keys()}  # noqa: SIM118


if __name__ == "__main__":
    root, noted, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    settings = execute.RunSettings(threads=1)
    execute.run(plan(), Store(root), Writer(noted, pause=seconds / 10), settings)
