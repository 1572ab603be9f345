"""Runs a plan with progress on standard error, stops when asked to, and prints the results."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness.cli import session
from xharness.errors import StudyError, unknown

if TYPE_CHECKING:
    from types import FrameType

    from xharness.events import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a plan is run and shown."""

    device: str
    executor: str
    """Name of the way to walk the plan."""
    began: float
    """When the command was started, on the monotonic clock."""
    json: bool


def run_and_report(planned: session.Planned, place: session.Place, how: How) -> int:
    """Run what the store lacks, print the leaderboard or JSON; return the exit status."""
    from xharness import findings, report, results
    from xharness.report.document import compared

    outcome = _run(planned, place, how)
    plan = planned.plan
    found = results.collect(plan, planned.store)
    metrics = {t.name: t.metric for t in planned.study.targets}
    summaries = results.summarise(plan, found, planned.store, metrics)
    lacking = {e.key for e in outcome.failed} | {e.key for e in outcome.skipped}
    if how.json:
        seconds = time.monotonic() - how.began
        session.as_json(compared(plan, found, summaries, outcome, seconds=seconds))
    else:
        console = session.output()
        console.print(
            report.leaderboard(
                summaries,
                title=f"{plan.suite}: {plan.model}",
                subtitle=report.subtitle(plan),
                width=console.width,
                harm=report.harm_lines(findings.collect(plan, planned.store), plan),
                failed=[
                    (a.strategy, a.intermediates, a.target)
                    for a in plan.answers
                    if a.key in lacking
                ],
            )
        )
    if outcome.failed:
        session.notes().print(report.failures(outcome), soft_wrap=True)
    return 1 if outcome.failed else 0


def _run(planned: session.Planned, place: session.Place, how: How) -> Outcome:
    """Run a plan's phases, with progress.

    Raises:
        StudyError: If no executor has the name.
    """
    from xharness import cost, execute, plan, report

    os.environ.setdefault("TQDM_DISABLE", "1")  # our own progress is shown instead
    executors = {"serial": execute.Serial(), **planned.registry.executors}
    if how.executor not in executors:
        wrong = unknown("executor", "executor", how.executor, executors)
        raise StudyError("command line", [wrong])
    content = plan.text(planned.plan)
    planned.store.remember(planned.lock.new)
    planned.store.save_plan(plan.digest(content), content)
    estimate = cost.estimator(planned.plan.phases, planned.registry.tasks, planned.store)
    phases = planned.plan.phases
    with stopping() as should_stop:
        settings = execute.Settings(
            device=how.device,
            executor=executors[how.executor],
            threads=threads(planned.model.width),
            data_root=place.data_root,
            offline=place.offline,
            should_stop=should_stop,
        )
        with report.follow(phases, cost=estimate, console=session.notes()) as listen:
            return execute.run(phases, planned.store, planned.registry, settings, listen)


NARROW = 256
"""Hidden size up to which the matrices are too small to share among threads: one thread trains
the lab's encoder of 128 half as fast again as two."""


def threads(width: int) -> int:
    """Return how many processor threads to use for an encoder of this hidden size."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        return int(wanted)
    if width <= NARROW:
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
