"""A pool of worker processes that run phases, one process per thread that asks.

Locks, store and progress stay with the caller; a worker gets one phase at a time and writes into
the folder it is given. A worker that dies fails only its phase; a worker whose caller dies ends.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.errors import CrashedError, WorkerError, XHarnessError
from xharness.keys import Key
from xharness.phases import Phase
from xharness.plugin import registry as registries
from xharness.plugin.hooks import PhaseRun
from xharness.plugin.registry import Registry
from xharness.tasks import Task
from xharness.tuning import TuningMethod

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from xharness.store.store import Artifact

_POLL = 0.2
"""Seconds between looks at whether the user has asked to stop."""
_PATIENCE = 5.0
"""Seconds that a worker is given to end by itself before it is killed."""
_STOPS = (signal.SIGINT, signal.SIGTERM)
"""Signals that ask to stop; a terminal sends them to the workers as well."""


@contextmanager
def worker_pool(registry: Registry, files: Sequence[Path]) -> Iterator[WorkerPool]:
    """Run phases in worker processes inside the with block, and end the processes afterwards.

    Args:
        registry: The plugins that are loaded here.
        files: Plugins that are single files; a worker loads them as well.
    """
    pool = WorkerPool(registry=registry, files=tuple(files))
    try:
        yield pool
    finally:
        pool.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worker:
    """A process, and the connection to it."""

    number: int
    """As in `PhaseRun.worker`."""
    process: SpawnProcess
    line: Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPool:
    """Runs phases: each thread has a process of its own, started when it first asks."""

    registry: Registry
    files: tuple[Path, ...]
    _workers: dict[int, _Worker] = field(default_factory=dict)
    """By thread."""
    _starting: threading.Lock = field(default_factory=threading.Lock)
    _closed: threading.Event = field(default_factory=threading.Event)
    _reporting: threading.Lock = field(default_factory=threading.Lock)
    """Plugins need not be safe in several threads, so they hear of one phase at a time."""

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Every loaded task, by name."""
        return self.registry.tasks

    @property
    def tunings(self) -> Mapping[str, TuningMethod]:
        """Every loaded tuning method, by name."""
        return self.registry.tunings

    def run_phase(self, phase: Phase, inputs: Mapping[Key, Artifact], run: PhaseRun) -> str:
        """Run a phase in this thread's worker; return the name of the plugin that ran it.

        Raises:
            XHarnessError: If a user can put it right; with the message that the phase gave.
            WorkerError: If the worker died.
            CrashedError: If the phase raised anything else.
            OSError: If it could not read or write.
            KeyboardInterrupt: If the user asked to stop.
        """
        worker = self._of_this_thread()
        try:
            values = {**_plain_values(run), "worker": worker.number}
            worker.line.send(_Job(phase=phase, inputs=dict(inputs), values=values))
            answer = _wait_for_answer(worker.line, run)
        except (EOFError, OSError) as error:
            self._workers.pop(threading.get_ident(), None)
            if self._closed.is_set():  # the worker did not fail, `close` ended it
                raise KeyboardInterrupt from error
            worker.process.join(_PATIENCE)
            raise WorkerError(_how_it_ended(worker.process.exitcode)) from error
        if isinstance(answer, _Failure):
            answer.throw()
        return str(answer)

    def phase_finished(self, phase: Phase, artifact: Artifact, seconds: float) -> None:
        """Tell every plugin about a finished phase, one phase at a time; never raises."""
        with self._reporting:
            self.registry.phase_finished(phase, artifact, seconds)

    def close(self) -> None:
        """End all workers: idle ones at once, others after a moment."""
        self._closed.set()
        for worker in list(self._workers.values()):
            worker.line.close()
        for worker in list(self._workers.values()):
            worker.process.join(_PATIENCE)
            if worker.process.is_alive():
                worker.process.kill()

    def _of_this_thread(self) -> _Worker:
        """Return this thread's worker, started if need be."""
        thread = threading.get_ident()
        if thread not in self._workers:
            # Not fork: this process has threads, and a child would inherit the locks they hold.
            context = get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self.files), daemon=True)
            with _signals_blocked():
                process.start()
            theirs.close()  # or else the connection would outlive the worker
            with self._starting:  # a worker that died leaves its number, and so its GPU, free
                taken = {w.number for w in self._workers.values()}
                number = next(n for n in count() if n not in taken)
                self._workers[thread] = _Worker(number=number, process=process, line=ours)
        return self._workers[thread]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What a worker is sent."""

    phase: Phase
    inputs: dict[Key, Artifact]
    values: dict[str, Any]
    """Fields of PhaseRun that are plain values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """What a phase raised, as plain values: not every exception can be pickled and read back."""

    name: str
    """Of the exception's class."""
    message: str
    trace: str
    number: int | None = None
    """errno of an OSError."""
    ours: bool = False
    """Whether it is an XHarnessError."""

    def throw(self) -> None:
        """Raise in the caller what the phase raised in the worker.

        Raises:
            KeyboardInterrupt: If the phase was asked to stop, and did.
            XHarnessError: If the phase raised one.
            OSError: If the phase raised one.
            CrashedError: Otherwise.
        """
        if self.name == KeyboardInterrupt.__name__:
            raise KeyboardInterrupt
        if self.ours:
            raise XHarnessError(self.message)
        crashed = CrashedError(self.name, self.message, self.trace)
        if self.number is not None:
            raise OSError(self.number, self.message) from crashed
        raise crashed


def _plain_values(run: PhaseRun) -> dict[str, Any]:
    """Return the fields of a PhaseRun that can be sent to another process."""
    return {
        "out": run.out,
        "scratch": run.scratch,
        "device": run.device,
        "threads": run.threads,
        "data_root": run.data_root,
        "offline": run.offline,
        "memory": run.memory,
    }


def _wait_for_answer(line: Connection, run: PhaseRun) -> Any:
    """Pass on the progress that a worker reports until it is done; return its answer."""
    asked_to_stop = False
    while True:
        if not asked_to_stop and run.should_stop():
            asked_to_stop = True
            line.send(None)
        if line.poll(_POLL):
            message = line.recv()
            if not isinstance(message, tuple):
                return message
            run.report(*message)


def _how_it_ended(code: int | None) -> str:
    """Return how a worker ended, in words, from its exit code."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        hint = "; too little memory is the usual cause: try --workers 1" if code == -9 else ""
        return f"its worker process was ended by {name}{hint}"
    return f"its worker process ended with status {code}; its own words are above"


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block the signals that ask to stop, here and in processes started inside the with block.

    A worker ignores them, but a new process would die of one before Python gets that far.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(line: Connection, files: tuple[Path, ...]) -> None:
    """Run phases until the connection ends; the worker's main function."""
    # Terminals and schedulers signal the whole process group. The caller decides, and tells us.
    for number in _STOPS:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)  # see `_signals_blocked`
    jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
    stop, busy = threading.Event(), threading.Event()

    def read() -> None:
        with suppress(EOFError, OSError):
            while True:
                message = line.recv()
                if message is None:
                    stop.set()
                else:
                    busy.set()
                    jobs.put(message)
        if busy.is_set():
            # The caller is dead, so its lock is free: another process may make this phase now.
            os._exit(1)
        jobs.put(None)

    threading.Thread(target=read, name="xharness-line", daemon=True).start()
    registry = registries.load(files=files)
    while (job := jobs.get()) is not None:
        answer = _run_job(registry, job, line, stop)
        busy.clear()
        line.send(answer)


def _run_job(
    registry: Registry, job: _Job, line: Connection, stop: threading.Event
) -> str | _Failure:
    """Run one phase; return the name of the plugin that ran it, or what went wrong."""
    run = PhaseRun(
        tasks=registry.tasks,
        tunings=registry.tunings,
        report=lambda fraction, speed: line.send((fraction, speed)),
        should_stop=stop.is_set,
        **job.values,
    )
    # OpenMP reads it when torch is imported, which is when the first phase runs.
    os.environ["OMP_NUM_THREADS"] = str(run.threads)
    try:
        return registry.run_phase(job.phase, job.inputs, run)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the caller decides
        return _Failure(
            name=type(error).__name__,
            message=str(error),
            trace=traceback.format_exc(),
            number=error.errno if isinstance(error, OSError) else None,
            ours=isinstance(error, XHarnessError),
        )
