"""Tells trackers, such as TensorBoard, what finished phases found; changes no number.

A training is one run there: its learning curve, its dev scores, and the test scores of the models
it led to. A tracker that fails is told nothing more, and the run goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from xharness.errors import StudyError, unknown
from xharness.execution.run import Runner
from xharness.keys import Key, key
from xharness.phases import Checkpoint, Phase, Score, Start, Train, describe, inputs
from xharness.planning.plan import Answer, Plan
from xharness.plugin.hooks import PhaseRun, Point, Report, Tracker
from xharness.store.store import Artifact, Store
from xharness.tasks import Task

Tell = Callable[[Report], None]


def begin(wishes: Sequence[str], offered: Mapping[str, Tracker]) -> Mapping[str, Tell]:
    """Return the trackers that were asked for, ready to be told, by name.

    Args:
        wishes: As on the command line: "tensorboard", or "tensorboard=runs".
        offered: What plugins offer.

    Raises:
        StudyError: If nobody offers one of them, or one is asked for twice.
        PluginError: If one of them cannot be used.
    """
    asked = [wish.partition("=") for wish in wishes]
    names = [name for name, *_ in asked]
    problems = [unknown("--track", "tracker", n, offered) for n in names if n not in offered]
    problems += [
        f"--track: {name} is asked for twice; once would be right"
        for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if problems:
        raise StudyError("command line", problems)
    return {name: offered[name].start(place) for name, _, place in asked}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """Runs phases as another runner does, and tells trackers of those that finished."""

    runner: Runner
    plan: Plan
    trackers: dict[str, Tell]
    """By name; one that fails is taken out."""
    complain: Callable[[str], None]
    """Shows the user one line."""
    _behind: dict[Key, list[Answer]] = field(default_factory=dict)
    """Of each phase, the answers that rest on it."""
    _rules: dict[Key, dict[str, None]] = field(default_factory=dict)
    """Of each answer's score, the selection rules that lead to it."""
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Note which answers rest on which phases."""
        parents = {key(p): [key(q) for q in inputs(p)] for p in self.plan.phases}
        for answer in (*self.plan.answers, *self.plan.further, *self.plan.dev):
            self._rules.setdefault(answer.key, {})[answer.selection] = None
            waiting, seen = [answer.key], {answer.key}
            while waiting:
                name = waiting.pop()
                self._behind.setdefault(name, []).append(answer)
                fresh = set(parents.get(name, ())) - seen
                seen |= fresh
                waiting += sorted(fresh)

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Every loaded task, by name."""
        return self.runner.tasks

    def run_phase(self, phase: Phase, inputs: Mapping[Key, Artifact], run: PhaseRun) -> str:
        """Run a phase as the other runner does."""
        return self.runner.run_phase(phase, inputs, run)

    def phase_finished(self, phase: Phase, artifact: Artifact, seconds: float) -> None:
        """Tell plugins and trackers about a finished phase; never raises."""
        self.runner.phase_finished(phase, artifact, seconds)
        self.tell(phase, artifact)

    def catch_up(self, store: Store) -> None:
        """Tell trackers of all that the store has of the plan; what they know they leave."""
        for phase in self.plan.phases:
            if self.trackers and (artifact := store.find(key(phase))) is not None:
                self.tell(phase, artifact)

    def tell(self, phase: Phase, artifact: Artifact) -> None:
        """Tell every tracker what a phase found, if it is a training or a score; never raises."""
        with self._one_at_a_time:
            if not self.trackers:
                return
            try:
                made = self._report(phase, artifact)
            except (OSError, ValueError, KeyError) as wrong:
                self.complain(f"{describe(phase)} could not be tracked: {wrong}")
                return
            if made is None:
                return
            for name, told in [*self.trackers.items()]:
                try:
                    told(made)
                except Exception as wrong:  # noqa: BLE001 - a tracker must not end a run
                    del self.trackers[name]
                    cause = " ".join(f"{type(wrong).__name__}: {wrong}".split())
                    self.complain(
                        f"tracker {name} failed and is told nothing more; the run goes on: {cause}"
                    )

    def _report(self, phase: Phase, artifact: Artifact) -> Report | None:
        """Return what there is to tell of a phase."""
        if isinstance(phase, Train):
            start: Start = Checkpoint(train=phase)
            points = tuple(_curve(artifact))
        elif isinstance(phase, Score):
            start = phase.predictions.start
            points = (_scored(phase, artifact, self._rules.get(artifact.key, ())),)
        else:
            return None
        trained = start.train if isinstance(start, Checkpoint) else start
        answers = self._behind.get(key(trained) if isinstance(trained, Train) else artifact.key, [])
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
    """Return a score as a point, named with the rules that chose a checkpoint unless it is last."""
    start = phase.predictions.start
    kind, step = phase.predictions.split, 0
    if isinstance(start, Checkpoint) and start.rule == "kept":
        step = (start.index or 0) + 1
    elif isinstance(start, Checkpoint) and start.rule != "last":
        kind = f"{kind}-{'+'.join(rules) or start.rule}"
    name = f"{kind}/{phase.predictions.task}/{phase.predictions.language}"
    return Point(name=name, step=step, value=float(artifact.json("score.json")["score"]))


def _joined(values: Iterable[object]) -> str:
    """Return different values once each, by commas."""
    return ", ".join(dict.fromkeys(str(value) for value in values))
