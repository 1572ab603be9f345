"""Runs phases in processes of their own, one per thread that asks.

Locks, store and progress stay with the caller; a worker gets one phase at a time and writes into
the folder it is given. A worker that dies fails its phase only, and one whose caller dies ends.
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

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from xharness.store.store import Artifact

_POLL = 0.2
"""Seconds between looks at whether the user has asked to stop."""
_PATIENCE = 5.0
"""Seconds that a worker is given to end by itself."""
_STOPS = (signal.SIGINT, signal.SIGTERM)
"""What the caller is told to stop with, and its whole process group too."""


@contextmanager
def crew(registry: Registry, files: Sequence[Path]) -> Iterator[Crew]:
    """Run phases in worker processes inside the with block, and end these afterwards.

    Args:
        registry: The plugins that are loaded here.
        files: Plugins that are single files; a worker loads them as well.
    """
    made = Crew(registry=registry, files=tuple(files))
    try:
        yield made
    finally:
        made.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worker:
    """A process, and the line to it."""

    process: SpawnProcess
    line: Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Runs phases, each thread's in a process that is started when the thread first asks."""

    registry: Registry
    files: tuple[Path, ...]
    _workers: dict[int, _Worker] = field(default_factory=dict)
    """By thread."""
    _closed: threading.Event = field(default_factory=threading.Event)
    _telling: threading.Lock = field(default_factory=threading.Lock)

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Every loaded task, by name."""
        return self.registry.tasks

    def run_phase(self, phase: Phase, inputs: Mapping[Key, Artifact], run: PhaseRun) -> str:
        """Run a phase in this thread's worker; return the name of the plugin that did.

        Raises:
            XHarnessError: What a user can put right, with the words that the phase found.
            WorkerError: If the worker died.
            CrashedError: If the phase raised anything else.
            OSError: If it could not read or write.
            KeyboardInterrupt: If the user asked to stop.
        """
        worker = self._of_this_thread()
        try:
            worker.line.send(_Job(phase=phase, inputs=dict(inputs), given=_given(run)))
            answer = _listen(worker.line, run)
        except (EOFError, OSError) as error:
            self._workers.pop(threading.get_ident(), None)
            if self._closed.is_set():
                raise KeyboardInterrupt from error
            worker.process.join(_PATIENCE)
            raise WorkerError(_death(worker.process.exitcode)) from error
        if isinstance(answer, _Failure):
            answer.throw()
        return str(answer)

    def phase_finished(self, phase: Phase, artifact: Artifact, seconds: float) -> None:
        """Tell every plugin about a finished phase, one phase at a time; never raises."""
        with self._telling:
            self.registry.phase_finished(phase, artifact, seconds)

    def close(self) -> None:
        """End all workers: those without work at once, others after a moment."""
        self._closed.set()
        for worker in list(self._workers.values()):
            worker.line.close()
        for worker in list(self._workers.values()):
            worker.process.join(_PATIENCE)
            if worker.process.is_alive():
                worker.process.kill()

    def _of_this_thread(self) -> _Worker:
        """Return this thread's worker, started if need be."""
        name = threading.get_ident()
        if name not in self._workers:
            context = get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self.files), daemon=True)
            with _deferred():
                process.start()
            theirs.close()  # so that the line ends when the worker does
            self._workers[name] = _Worker(process=process, line=ours)
        return self._workers[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What a worker is sent."""

    phase: Phase
    inputs: dict[Key, Artifact]
    given: dict[str, Any]
    """Fields of PhaseRun that are plain values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """What a phase raised, as plain values: not every exception survives the way back."""

    name: str
    """Of the exception's class."""
    message: str
    trace: str
    number: int | None = None
    """Of an error of the operating system."""
    ours: bool = False
    """Whether a user can put it right."""

    def throw(self) -> None:
        """Raise what the caller should see.

        Raises:
            KeyboardInterrupt: If the phase was asked to stop, and did.
            XHarnessError: If it is one there.
            OSError: If it is one there.
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


def _given(run: PhaseRun) -> dict[str, Any]:
    """Return what a phase is given, as far as it is plain values."""
    return {
        "out": run.out,
        "scratch": run.scratch,
        "device": run.device,
        "threads": run.threads,
        "data_root": run.data_root,
        "offline": run.offline,
        "memory": run.memory,
    }


def _listen(line: Connection, run: PhaseRun) -> Any:
    """Pass on what a worker reports until it is done; return its answer."""
    asked = False
    while True:
        if not asked and run.should_stop():
            asked = True
            line.send(None)
        if line.poll(_POLL):
            told = line.recv()
            if not isinstance(told, tuple):
                return told
            run.report(*told)


def _death(code: int | None) -> str:
    """Return what became of a worker, from its exit code."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        hint = "; too little memory is the usual cause: try --workers 1" if code == -9 else ""
        return f"its worker process was ended by {name}{hint}"
    return f"its worker process ended with status {code}; its own words are above"


@contextmanager
def _deferred() -> Iterator[None]:
    """Block the signals to stop inside the with block, and in processes that are started there.

    A worker ignores them, but Python needs a while to get that far, and would die before.
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
    """Run phases until the line ends; the worker's main function."""
    # A terminal or a cluster's scheduler tells the whole group; the caller then tells us.
    for number in _STOPS:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)  # see `_deferred`
    jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
    stop, busy = threading.Event(), threading.Event()

    def read() -> None:
        with suppress(EOFError, OSError):
            while True:
                told = line.recv()
                if told is None:
                    stop.set()
                else:
                    busy.set()
                    jobs.put(told)
        if busy.is_set():
            os._exit(1)  # the caller is gone, and another one may want to write where we do
        jobs.put(None)

    threading.Thread(target=read, name="xharness-line", daemon=True).start()
    registry = registries.load(files=files)
    while (job := jobs.get()) is not None:
        answer = _done(registry, job, line, stop)
        busy.clear()
        line.send(answer)


def _done(registry: Registry, job: _Job, line: Connection, stop: threading.Event) -> str | _Failure:
    """Run one phase; return the name of the plugin that did, or what went wrong."""
    run = PhaseRun(
        tasks=registry.tasks,
        report=lambda fraction, speed: line.send((fraction, speed)),
        should_stop=stop.is_set,
        **job.given,
    )
    # OpenMP reads it when torch is imported, which is later.
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
