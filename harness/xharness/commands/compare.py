"""Runs the phases of a plan that the store lacks, and returns the leaderboard."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace

from xharness.commands import calibration, leaderboard, rows_first, session
from xharness.commands.leaderboard import Board
from xharness.commands.session import Complain, Paths, Planned
from xharness.errors import StudyError, unknown
from xharness.execution import run, tracking, workers
from xharness.execution.events import Event, Outcome
from xharness.execution.interruptible import until_stopped
from xharness.execution.parallel import Parallel
from xharness.keys import key
from xharness.phases import Phase
from xharness.planning import cost, plan
from xharness.planning.cost import Cost
from xharness.plugin.hooks import Executor

Follow = Callable[[Sequence[Phase], Cost], AbstractContextManager[Callable[[Event], None]]]
"""(phases, their costs) to a context manager; its value is a function to call with every event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a plan is run."""

    device: str
    executor: str
    """Name of the executor."""
    workers: int | None
    """Number of phases that run at once; None chooses it by the size of the encoder."""
    track: tuple[str, ...] = ()
    """Trackers that show the run, as in `--track`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The results of a comparison, and which phases ran."""

    board: Board
    outcome: Outcome

    @property
    def phases(self) -> dict[str, int]:
        """How many phases were planned, kept from before, run and failed."""
        return {
            "planned": len(self.board.plan.phases),
            "kept": len(self.outcome.kept),
            "run": len(self.outcome.run),
            "failed": len(self.outcome.failed) + len(self.outcome.skipped),
        }


def compare(
    planned: Planned,
    paths: Paths,
    options: RunOptions,
    *,
    complain: Complain,
    follow: Follow = lambda _phases, _cost: nullcontext(lambda _event: None),
    should_stop: Callable[[], bool] = lambda: False,
) -> Compared:
    """Run the phases that the store lacks; return the results and which phases ran.

    Args:
        planned: What to compare.
        paths: Where things are.
        options: How the plan is run.
        complain: Called with a sentence if a tracker fails.
        follow: Shows progress.
        should_stop: Returns True once the user has asked to stop.

    Raises:
        StudyError: If no executor or tracker has the name, or a look at the rows shows that some
            cannot be used.
        KeyboardInterrupt: If the user asked to stop; all that finished is in the store.
        StoreError: If the store itself cannot be read or written.
    """
    os.environ.setdefault("TQDM_DISABLE", "1")  # our own progress is shown instead
    store, registry, phases = planned.store, planned.registry, planned.plan.phases
    of, known = calibration.here(planned, options.device, options.workers)
    executor = _executor(options.executor, of.workers, registry.executors)
    lacking = [phase for phase in phases if not store.find(key(phase))]
    rows_first.refuse(lacking, registry.tasks, paths)
    trackers = until_stopped(lambda: tracking.begin(options.track, registry.trackers), should_stop)
    content = plan.text(planned.plan)
    store.remember(planned.lock.new)
    digest = plan.digest(content)
    store.save_plan(digest, content, session.as_json(planned.shared))
    if isinstance(executor, Parallel) and not lacking:
        executor = run.Serial()  # all is stored, so starting workers would only take time
    settings = run.RunSettings(
        device=options.device,
        executor=executor,
        threads=of.threads,
        data_root=paths.data_root,
        offline=paths.offline,
        should_stop=should_stop,
    )
    with ExitStack() as stack:
        runner: run.Runner = registry
        if isinstance(executor, Parallel):
            runner = stack.enter_context(workers.worker_pool(registry, paths.plugins))
        if trackers:
            tracked = runner = tracking.Tracked(
                runner=runner, plan=planned.plan, trackers=dict(trackers), complain=complain
            )
            until_stopped(lambda: tracked.catch_up(store), should_stop)
        size = cost.relative(planned.model.width, planned.model.depth)
        estimate = cost.estimator(phases, registry.tasks, store, size, known)
        listen = stack.enter_context(follow(phases, estimate))
        outcome = run.run(phases, store, runner, settings, listen)
    return Compared(board=_board(planned, digest, outcome), outcome=outcome)


def _board(planned: Planned, digest: str, outcome: Outcome) -> Board:
    """Return the results, with the cells that lack a score because a phase failed."""
    registry = planned.registry
    board = leaderboard.of_plan(
        planned.plan, digest, planned.store, registry.tasks, registry.languages
    )
    lacking = {e.key for e in outcome.failed} | {e.key for e in outcome.skipped}
    failed = dict.fromkeys(a.on_target for a in planned.plan.answers if a.key in lacking)
    return replace(board, failed=tuple(failed))


def _executor(name: str, workers: int, offered: Mapping[str, Executor]) -> Executor:
    """Return the executor of this name.

    Raises:
        StudyError: If there is none.
    """
    local = run.Serial() if workers == 1 else Parallel(workers=workers)
    known: Mapping[str, Executor] = {"local": local, **offered}
    if name not in known:
        raise StudyError("command line", [unknown("executor", "executor", name, known)])
    return known[name]
