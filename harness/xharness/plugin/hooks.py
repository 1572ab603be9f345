"""What a plugin can do: the whole extension surface, and nothing else.

A plugin is a module with functions of these names, marked `@hookimpl` and named by an entry
point in the group "xharness". Hooks return values; they never register by side effect, and
no hook may change a plan or a phase.

Every offered value is checked when it is let in (`plugin.admission`): a wrong one is left out
alone, and one line says what would be right. Of a name that comes with xharness, xharness keeps
its own; of one that two other plugins offer, neither has it. What does not get its name is offered
as "package:name", but for weights that a plugin makes itself. Standard output is not for plugins:
on the command line, what they print goes to standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pluggy

if TYPE_CHECKING:
    from xharness.keys import Key
    from xharness.languages import Language
    from xharness.models import ModelSource
    from xharness.phases import Phase
    from xharness.planning.plan import Plan
    from xharness.store.store import Artifact
    from xharness.strategies import Strategy
    from xharness.tasks import Task
    from xharness.translators import Translator
    from xharness.tuning import TuningMethod

NAMESPACE = "xharness"
API_VERSION = 1
"""Raised when a hook loses an argument or changes meaning. A plugin module may set `XHARNESS_API`
to the version that it was written for; if that is not this one, the plugin is not loaded."""

hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRun:
    """What a phase is given beside its inputs; none of it may change the result.

    Attributes:
        out: An empty folder; published as the artifact if no error is raised.
        scratch: Survives a kill, so long work can go on from it; removed once the phase is
            published.
        device: "cpu", "cuda", "cuda:1", "mps" or "auto".
        threads: Processor threads to use.
        tasks: Every loaded task, by name.
        data_root: Folder laid out like the hub, read instead of it.
        offline: Open no connection.
        report: Call with (part done so far from 0 to 1, tokens per second), as often as you like.
        should_stop: True once the user has asked to stop; save to `scratch` and raise
            KeyboardInterrupt.
        memory: A folder that all phases of the store share, for what several of them would compute
            alike, such as a sentence's translation; None for none.
        tunings: Every loaded tuning method, by name.
        worker: Number of the process among those that run phases at once, from 0. Worker n computes
            on the GPU n where `device` names no single one.
    """

    out: Path
    scratch: Path
    device: str
    threads: int
    tasks: Mapping[str, Task]
    data_root: Path | None
    offline: bool
    report: Callable[[float, float], None]
    should_stop: Callable[[], bool]
    memory: Path | None = None
    worker: int = 0
    tunings: Mapping[str, TuningMethod] = field(default_factory=dict)


class Executor(Protocol):
    """A way to run the phases of a plan; plugins offer it with `xharness_executors`."""

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        ...

    def run(self, ready: Iterable[Phase], run_one: Callable[[Phase], None]) -> None:
        """Call `run_one` once with every phase, after the phases whose results it reads.

        Args:
            ready: Every phase, parents first.
            run_one: Runs one phase unless the store has it; several threads may call it. It
                records a phase that fails and does not raise. If it does raise, the whole run
                has to end: let the error pass.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One number of a training.

    Attributes:
        name: "loss", "learning_rate", "dev/xnli/en", "test/xnli/sw"; where a rule chose the
            checkpoint and it is not simply the last, "test-english-dev/xnli/sw".
        step: Update, or number of the kept checkpoint; 0 for a test score.
        value: The number.
    """

    name: str
    step: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a tracker is told of one finished phase.

    Attributes:
        run: Key of the training behind the numbers; the same for its curve and all its scores.
        title: The training in words: "english mnli: xnli seed 1 after mnli".
        labels: Suite, model, recipe, strategy, intermediates, target and seed, by these names;
            where several share the training, their values are joined by commas.
        phase: Key of the phase; a tracker that has shown it before ignores the report.
        points: The phase's numbers.
    """

    run: Key
    title: str
    labels: Mapping[str, str]
    phase: Key
    points: tuple[Point, ...]


class Tracker(Protocol):
    """A place where a run can be followed; plugins offer it with `xharness_trackers`."""

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        ...

    def start(self, place: str) -> Callable[[Report], None]:
        """Return the function that is called with every report, one at a time.

        If that function raises, tracking ends and the run goes on.

        Args:
            place: What the user wrote after the name: "runs" in `--track tensorboard=runs`. Empty
                for the tracker's usual place.

        Raises:
            PluginError: If the tracker cannot be used, as when a library is not installed.
        """
        ...


@hookspec
def xharness_tasks() -> Sequence[Task]:  # type: ignore[empty-body]
    """Offer tasks.

    Called once at start-up, so nothing heavy may be imported or opened here.

    Returns:
        Intermediate and target tasks.

    Example:
        return [Task(name="xnli", role=Role.TARGET, kind=Kind.CLASSIFICATION, ...)]
    """


@hookspec
def xharness_models() -> Sequence[ModelSource]:  # type: ignore[empty-body]
    """Offer models by name.

    Called once at start-up. Any hub id or folder works without being offered; offering one
    gives it a short name, a pinned revision, a licence and a citation.

    Returns:
        Model sources.

    Example:
        return [ModelSource(name="xlmr-base", path="FacebookAI/xlm-roberta-base")]
    """


@hookspec
def xharness_strategies() -> Sequence[Strategy]:  # type: ignore[empty-body]
    """Offer strategies.

    Called once at start-up.

    Returns:
        Frozen dataclasses with the attributes and the method of `Strategy`. Their other fields
        are parameters that `--strategies name:field=value` sets.

    Example:
        return [Sequence(name="sequence", summary="one task after the other")]
    """


@hookspec
def xharness_translators() -> Sequence[Translator]:  # type: ignore[empty-body]
    """Offer translators of training rows.

    Called once at start-up, so nothing heavy may be imported or opened here.

    Returns:
        `Seq2Seq` models, which the engine runs, and `Files` of translations that exist already.

    Example:
        return [Files(name="ours", folder="translations")]
    """


@hookspec
def xharness_tunings() -> Sequence[TuningMethod]:  # type: ignore[empty-body]
    """Offer tuning methods: ways to train an encoder that strategies can use.

    Called once at start-up, so nothing heavy may be imported or opened here.

    Returns:
        Frozen dataclasses with the attributes and methods of `TuningMethod`; their other fields
        are parameters.

    Example:
        return [Frozen(name="frozen", summary="the first layers stay as they are", version=1)]
    """


@hookspec
def xharness_languages() -> Sequence[Language]:  # type: ignore[empty-body]
    """Describe languages that xharness's own table lacks, so that tables can group by them.

    Called once at start-up.

    Returns:
        One row per language. Several plugins may describe the same language if their rows are
        equal, and equal to the table's row if it has one.

    Example:
        return [Language(code="ga", name="Irish", family="Indo-European", script="Latn")]
    """


@hookspec
def xharness_trackers() -> Sequence[Tracker]:  # type: ignore[empty-body]
    """Offer places where a run can be followed; `compare --track NAME` asks for one.

    Called once at start-up, so nothing heavy may be imported or opened here.

    Returns:
        Values with a `name` and a method `start(place)`; see `Tracker`.

    Example:
        return [TensorBoard(name="tensorboard")]
    """


@hookspec
def xharness_executors() -> Sequence[Executor]:  # type: ignore[empty-body]
    """Offer ways to run the phases of a plan, such as a cluster's queue.

    Called once at start-up; `compare --executor NAME` chooses one.

    Returns:
        Values with a `name` and a method `run(ready, run_one)`; see `Executor`.

    Example:
        return [Queue(name="slurm")]
    """


@hookspec
def xharness_check_plan(plan: Plan) -> Sequence[str]:  # type: ignore[empty-body]
    """Return reasons not to run a plan, such as test data inside training data.

    Called after planning and before anything runs. The reasons of all plugins are shown
    together, and any reason stops the run.

    Args:
        plan: The plan; frozen.

    Returns:
        One sentence per reason; empty to let the plan run.

    Example:
        return ["12 GPU hours are left"] if len(plan.phases) > 1000 else []
    """


@hookspec(firstresult=True)
def xharness_run_phase(phase: Phase, inputs: Mapping[Key, Artifact], run: PhaseRun) -> bool | None:
    """Run one phase and write its files into `run.out`.

    Plugins are asked in turn until one returns True. xharness's own engine is asked last, so a
    plugin can send work to a cluster or, in tests, fake it.

    Args:
        phase: What to run.
        inputs: The finished artifacts that the phase reads, those of `phases.inputs(phase)`, by
            key.
        run: Where to write, and what to use.

    Returns:
        True after running the phase, None to leave it to another plugin.

    Example:
        return submit(phase, run.out) if isinstance(phase, Train) else None
    """


@hookspec
def xharness_phase_finished(phase: Phase, artifact: Artifact, seconds: float) -> None:
    """Look at a finished phase, for example to report its numbers elsewhere.

    Called once the phase's artifact is in the store; not for phases that were there already.

    Args:
        phase: The phase that finished.
        artifact: Its files; read-only.
        seconds: How long the phase took.

    Returns:
        Nothing; if the hook raises, the error is logged and the run goes on. If the user stops
        the run meanwhile, the hook is not waited for.

    Example:
        print(describe(phase), artifact.path, f"{seconds:.0f} s")
    """
