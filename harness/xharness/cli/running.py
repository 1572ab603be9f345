"""Runs a plan with progress on standard error, stops when asked to, and prints the results."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.cli import session
from xharness.errors import StudyError, unknown
from xharness.keys import key

if TYPE_CHECKING:
    from types import FrameType

    from xharness.execution.events import Outcome
    from xharness.plugin.hooks import Executor


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a plan is run and shown."""

    device: str
    executor: str
    """Name of the way to walk the plan."""
    workers: int | None
    """Phases at once; None for as many as suit the encoder."""
    track: tuple[str, ...] = ()
    """Where the run is also shown."""
    began: float
    """When the command was started, on the monotonic clock."""
    json: bool


def run_and_report(planned: session.Planned, place: session.Place, how: How) -> int:
    """Run what the store lacks, print the leaderboard or JSON; return the exit status."""
    from xharness.analysis import best_arm, findings, leakage, results, translation_quality
    from xharness.report.best_arm import best_arms
    from xharness.report.document import compared
    from xharness.report.harm import harm_lines
    from xharness.report.leaderboard import leaderboard
    from xharness.report.outcome import failures, rule_lines, source_lines, subtitle
    from xharness.report.translations import translation_lines

    outcome = _run(planned, place, how)
    plan = planned.plan
    found = results.collect(plan, planned.store)
    metrics = {t.name: t.metric for t in planned.request.targets}
    known = planned.registry.languages
    summaries = results.summarise(plan, found, planned.store, metrics, known)
    best = best_arm.collect(plan, summaries, planned.store)
    lacking = {e.key for e in outcome.failed} | {e.key for e in outcome.skipped}
    if how.json:
        seconds = time.monotonic() - how.began
        session.as_json(compared(plan, found, summaries, outcome, seconds=seconds, best=best))
    else:
        console = session.output()
        used = findings.used(plan, planned.store)
        leaks = leakage.find(plan, planned.registry.tasks)
        console.print(
            leaderboard(
                summaries,
                title=f"{plan.suite}: {plan.model}",
                subtitle=subtitle(plan),
                width=console.width,
                harm=[
                    *rule_lines(plan),
                    *source_lines(plan),
                    *translation_lines(translation_quality.collect(used)),
                    *harm_lines(findings.collect(used), plan),
                ],
                failed=[
                    (a.strategy, a.intermediates, a.target)
                    for a in plan.answers
                    if a.key in lacking
                ],
                leaks=leaks,
            )
        )
        if best:
            console.print(best_arms(best, width=console.width, leaks=leaks))
    if outcome.failed:
        session.notes().print(failures(outcome), soft_wrap=True)
    return 1 if outcome.failed else 0


def _run(planned: session.Planned, place: session.Place, how: How) -> Outcome:
    """Run a plan's phases, with progress.

    Raises:
        StudyError: If no executor has the name.
    """
    from xharness.execution import run, tracking, workers
    from xharness.execution.parallel import Parallel
    from xharness.planning import cost, plan
    from xharness.report.progress import follow

    os.environ.setdefault("TQDM_DISABLE", "1")  # our own progress is shown instead
    at_once, threads = shares(planned.model.width, how.workers)
    executor = _executor(how.executor, at_once, planned.registry.executors)
    trackers = tracking.begin(how.track, planned.registry.trackers)
    content = plan.text(planned.plan)
    planned.store.remember(planned.lock.new)
    planned.store.save_plan(plan.digest(content), content)
    phases = planned.plan.phases
    if isinstance(executor, Parallel) and all(planned.store.find(key(p)) for p in phases):
        executor = run.Serial()  # nothing is left that could be done at once
    size = cost.relative(planned.model.width, planned.model.depth)
    estimate = cost.estimator(phases, planned.registry.tasks, planned.store, size)
    with ExitStack() as stack:
        settings = run.Settings(
            device=how.device,
            executor=executor,
            threads=threads,
            data_root=place.data_root,
            offline=place.offline,
            should_stop=stack.enter_context(stopping()),
        )
        runner: run.Runner = planned.registry
        if isinstance(executor, Parallel):
            runner = stack.enter_context(workers.crew(planned.registry, place.plugins))
        if trackers:
            runner = tracking.Tracked(
                runner=runner,
                plan=planned.plan,
                trackers=dict(trackers),
                complain=session.complain,
            )
            runner.catch_up(planned.store)
        console = session.notes()
        listen = stack.enter_context(follow(phases, cost=estimate, console=console))
        return run.run(phases, planned.store, runner, settings, listen)


def _executor(name: str, workers: int, offered: Mapping[str, Executor]) -> Executor:
    """Return the way to walk a plan that has this name.

    Raises:
        StudyError: If there is none.
    """
    from xharness.execution.parallel import Parallel
    from xharness.execution.run import Serial

    local = Serial() if workers == 1 else Parallel(workers=workers)
    known: Mapping[str, Executor] = {"local": local, **offered}
    if name not in known:
        raise StudyError("command line", [unknown("executor", "executor", name, known)])
    return known[name]


NARROW = 384
"""Hidden size up to which the matrices are too small to share among threads: two workers of one
thread do a third more than one of two at 384, twice as much at 128 (benchmarks/README.md)."""
_AT_ONCE = 4
"""Workers that are started unasked, each with a model of its own in memory."""


def shares(width: int, workers: int | None) -> tuple[int, int]:
    """Return how many phases run at once, and how many processor threads each of them has.

    The threads of a narrow encoder do not depend on the workers, so neither do its results.

    Args:
        width: Hidden size of the encoder.
        workers: As the user wishes; None for as many as suit the encoder.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = cores or 1
    narrow = width <= NARROW
    at_once = workers or (min(cores, _AT_ONCE) if narrow else 1)
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        return at_once, int(wanted)
    return at_once, 1 if narrow else max(1, cores // at_once)


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Ask for a stop at the first Ctrl-C or SIGTERM, and stop at once at the second.

    Yields:
        A function that tells whether a stop was asked for.
    """
    asked: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
