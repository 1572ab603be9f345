"""Sends the curves and scores of finished phases to trackers such as TensorBoard.

A tracker shows each training as one run: its learning curve, its dev scores, and the test scores
of its checkpoints. A tracker that fails is sent nothing more, and the comparison goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from xharness.errors import PluginError, StudyError, XHarnessError, one_line, unknown
from xharness.execution.run import Runner
from xharness.keys import Key, ancestors, key
from xharness.phases import (
    Checkpoint,
    Phase,
    Score,
    Start,
    Train,
    describe,
    inputs,
)
from xharness.planning.plan import Answer, Plan
from xharness.plugin.hooks import PhaseRun, Point, Report, Tracker
from xharness.plugin.patience import named_if_slow
from xharness.store.store import Artifact, Store
from xharness.tasks import Task
from xharness.tuning import TuningMethod

Tell = Callable[[Report], None]


def begin(flags: Sequence[str], offered: Mapping[str, Tracker]) -> Mapping[str, Tell]:
    """Return the started trackers that were asked for, by name.

    Args:
        flags: Values of --track: "tensorboard", or "tensorboard=runs".
        offered: Every tracker that plugins offer, by name.

    Raises:
        StudyError: If nobody offers one of them, or one is asked for twice.
        PluginError: If one of them cannot be used.
    """
    if wrong := problems(flags, offered):
        raise StudyError("command line", wrong)
    asked = [flag.partition("=") for flag in flags]
    return {name: _started(name, offered[name], place) for name, _, place in asked}


def problems(flags: Sequence[str], offered: Mapping[str, Tracker]) -> list[str]:
    """Return what is wrong with the values of --track, one line each.

    Args:
        flags: Values of --track.
        offered: Every tracker that plugins offer, by name.
    """
    names = [flag.partition("=")[0] for flag in flags]
    return [
        *(unknown("--track", "tracker", n, offered) for n in names if n not in offered),
        *(
            f"--track: {name} is asked for twice; once would be right"
            for name in sorted({n for n in names if names.count(n) > 1})
        ),
    ]


def _started(name: str, tracker: Tracker, place: str) -> Tell:
    """Return what a tracker's reports are given to.

    Raises:
        PluginError: If it cannot be used, or starts as nothing that can be called.
    """
    try:
        with named_if_slow(name, "start"):
            tell: object = tracker.start(place)
    except XHarnessError:
        raise
    except (Exception, SystemExit) as wrong:
        raise PluginError(f"tracker {name}: cannot start: {one_line(wrong)}") from wrong
    if not callable(tell):
        raise PluginError(f"tracker {name}: start returns {tell!r}; a function would be right")
    return tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """A runner that also tells trackers of every phase that it has finished."""

    runner: Runner
    plan: Plan
    trackers: dict[str, Tell]
    """By name; one that fails is taken out."""
    complain: Callable[[str], None]
    """Shows the user one line."""
    _answers: dict[Key, list[Answer]] = field(default_factory=dict)
    """Of each phase, the answers that depend on it."""
    _rules: dict[Key, dict[str, None]] = field(default_factory=dict)
    """Of each answer's score, the selection rules that lead to it."""
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    """Phases finish in several threads, and a tracker need not be safe in them."""

    def __post_init__(self) -> None:
        """Find out which answers depend on which phases."""
        parents = {key(p): [key(q) for q in inputs(p)] for p in self.plan.phases}
        for answer in (*self.plan.answers, *self.plan.further, *self.plan.dev):
            self._rules.setdefault(answer.key, {})[answer.selection] = None
            for phase_key in ancestors([answer.key], lambda k: parents.get(k, ())):
                self._answers.setdefault(phase_key, []).append(answer)

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Every loaded task, by name."""
        return self.runner.tasks

    @property
    def tunings(self) -> Mapping[str, TuningMethod]:
        """Every loaded tuning method, by name."""
        return self.runner.tunings

    def run_phase(self, phase: Phase, inputs: Mapping[Key, Artifact], run: PhaseRun) -> str:
        """Run a phase as the other runner does."""
        return self.runner.run_phase(phase, inputs, run)

    def phase_finished(self, phase: Phase, artifact: Artifact, seconds: float) -> None:
        """Tell plugins and trackers about a finished phase; never raises."""
        self.runner.phase_finished(phase, artifact, seconds)
        self.tell(phase, artifact)

    def catch_up(self, store: Store) -> None:
        """Tell trackers of every phase of the plan in the store; they ignore those they know."""
        for phase in self.plan.phases:
            if self.trackers and (artifact := store.find(key(phase))) is not None:
                self.tell(phase, artifact)

    def tell(self, phase: Phase, artifact: Artifact) -> None:
        """Tell every tracker of a finished training or score; never raises."""
        with self._one_at_a_time:
            if not self.trackers:
                return
            try:
                report = self._report(phase, artifact)
            except (OSError, ValueError, KeyError) as wrong:
                self.complain(f"{describe(phase)} could not be tracked: {wrong}")
                return
            if report is None:
                return
            for name, tracker in [*self.trackers.items()]:
                try:
                    with named_if_slow(name, "a report"):
                        tracker(report)
                except (Exception, SystemExit) as wrong:  # noqa: BLE001 - must not end a run
                    del self.trackers[name]
                    self.complain(
                        f"tracker {name} failed and is told nothing more; the run goes on: "
                        f"{one_line(wrong)}"
                    )

    def _report(self, phase: Phase, artifact: Artifact) -> Report | None:
        """Return what trackers are told of a training or a score; None for other phases."""
        if isinstance(phase, Train):
            start: Start = Checkpoint(train=phase)
            points = tuple(_curve(artifact))
        elif isinstance(phase, Score):
            start = phase.predictions.start
            points = (_scored(phase, artifact, self._rules.get(artifact.key, ())),)
        else:
            return None
        trained = start.train if isinstance(start, Checkpoint) else start
        of_training = key(trained) if isinstance(trained, Train) else artifact.key
        answers = self._answers.get(of_training, [])
        labels = {
            "suite": self.plan.suite,
            "model": self.plan.model,
            "recipe": self.plan.recipe,
            **{
                name: _joined(getattr(answer, name) for answer in answers)
                for name in ("strategy", "intermediates", "target", "seed")
            },
        }
        row = " ".join(n for n in (labels["strategy"], labels["intermediates"]) if n != "-")
        what = (
            describe(trained).removeprefix("train ") if isinstance(trained, Train) else "as it is"
        )
        return Report(
            run=key(trained),
            title=f"{row}: {what}",
            labels=labels,
            phase=artifact.key,
            points=points,
        )


def _curve(artifact: Artifact) -> Iterable[Point]:
    """Yield the points of a learning curve."""
    for line in artifact.lines("curve.jsonl"):
        for name in ("loss", "learning_rate"):
            if line.get(name) is not None:
                yield Point(name=name, step=int(line["update"]), value=float(line[name]))


def _scored(phase: Score, artifact: Artifact, rules: Iterable[str]) -> Point:
    """Return a score as a point; its name holds the rules that chose its checkpoint, if any."""
    start = phase.predictions.start
    kind, step = phase.predictions.split, 0
    if isinstance(start, Checkpoint) and start.rule == "kept":
        step = (start.index or 0) + 1
    elif isinstance(start, Checkpoint) and start.rule != "last":
        kind = f"{kind}-{'+'.join(rules) or start.rule}"
    name = f"{kind}/{phase.predictions.task}/{phase.predictions.language}"
    return Point(name=name, step=step, value=float(artifact.json("score.json")["score"]))


def _joined(values: Iterable[object]) -> str:
    """Return the different values, separated by commas."""
    return ", ".join(dict.fromkeys(str(value) for value in values))
