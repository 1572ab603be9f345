"""Phases in worker processes: what comes back, and what becomes of a worker."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.program import SUPPORT
from support.worker_plugin import CRASH, DIE, FULL, REFUSE, WAIT, WRITE
from xharness.errors import StoreError
from xharness.execution import events, workers
from xharness.execution import run as execute
from xharness.execution.parallel import Parallel
from xharness.keys import key
from xharness.phases import Pretrain
from xharness.plugin import registry
from xharness.store.store import Store

PLUGIN = SUPPORT / "worker_plugin.py"


def phase(what: int, model: str = "m") -> Pretrain:
    return Pretrain(model=model, version=1, seed=what)


@pytest.fixture(scope="module")
def pool() -> Iterator[workers.WorkerPool]:
    """Return a pool that lasts for the module, because a worker takes a second to start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XHARNESS_DISABLE", "lab")
        with workers.worker_pool(registry.load(files=[PLUGIN]), [PLUGIN]) as started:
            yield started


@pytest.fixture
def run(pool: workers.WorkerPool, tmp_path: Path) -> Callable[..., execute.Outcome]:
    """Return a function that runs phases, one after the other, in one worker."""

    def call(*phases: Pretrain, told: list[events.Event] | None = None) -> execute.Outcome:
        listen = (lambda _: None) if told is None else told.append
        settings = execute.RunSettings(threads=3)
        return execute.run(phases, Store(tmp_path / "store"), pool, settings, listen)

    return call


def test_a_phase_runs_in_another_process(
    run: Callable[..., execute.Outcome], tmp_path: Path
) -> None:
    """The worker has another pid, is given the threads, and its progress arrives."""
    told: list[events.Event] = []
    run(phase(WRITE), told=told)
    found = Store(tmp_path / "store").find(key(phase(WRITE)))
    assert found is not None
    pid, threads, model, number = found.file("data.txt").read_text("utf-8").split()

    assert int(pid) != os.getpid()
    assert (threads, model, number) == ("3", "m", "0")
    assert [type(e) for e in told] == [events.Started, events.Progress, events.Finished]
    assert found.json("provenance.json")["plugin"] == "worker_plugin"


def test_an_error_of_the_users_keeps_its_words(run: Callable[..., execute.Outcome]) -> None:
    """What a user can put right is told as the phase told it."""
    (failed,) = run(phase(REFUSE)).failed

    assert failed.cause == "rows.csv: no rows, should have some"


def test_a_crash_keeps_its_trace(run: Callable[..., execute.Outcome]) -> None:
    """Anything else is named with its class, and the worker's own trace is in the log."""
    (failed,) = run(phase(CRASH)).failed
    log = Path(re.search(r"\(trace in (.*)\)", failed.cause)[1])

    assert failed.cause.startswith("ValueError: out of luck")
    assert 'raise ValueError("out of luck")' in log.read_text("utf-8")


def test_a_dead_worker_fails_its_phase_only(run: Callable[..., execute.Outcome]) -> None:
    """A worker that is killed fails the phase it had; the next one gets a new worker."""
    outcome = run(phase(DIE), phase(WRITE))
    (failed,) = outcome.failed

    assert failed.cause == (
        "its worker process was ended by SIGKILL; too little memory is the usual cause: "
        "try --workers 1"
    )
    assert outcome.run == (key(phase(WRITE)),)


def test_a_full_disk_ends_the_run(run: Callable[..., execute.Outcome]) -> None:
    """A worker's full disk is everybody's: the run ends with one sentence."""
    with pytest.raises(StoreError, match="the disk is full"):
        run(phase(FULL))


def test_a_request_to_stop_reaches_the_workers(pool: workers.WorkerPool, tmp_path: Path) -> None:
    """Two phases that would go on for ever stop, and the run ends as interrupted."""
    began: list[events.Event] = []
    until = time.monotonic() + 60  # if one phase fails to begin, the other is not waited for

    def should_stop() -> bool:
        return len(began) == 2 or time.monotonic() > until

    settings = execute.RunSettings(threads=1, executor=Parallel(workers=2), should_stop=should_stop)

    def listen(event: events.Event) -> None:
        began.extend([event] if isinstance(event, events.Progress) else [])

    with pytest.raises(KeyboardInterrupt):
        execute.run([phase(WAIT), phase(WAIT, "n")], Store(tmp_path / "s"), pool, settings, listen)
    assert len(began) == 2


CALLER = """
import sys
from pathlib import Path
from xharness.execution import run, workers
from xharness.phases import Pretrain
from xharness.plugin import registry
from xharness.store.store import Store
if __name__ == "__main__":
    plugin = Path(sys.argv[1])
    with workers.worker_pool(registry.load(files=[plugin]), [plugin]) as pool:
        waiting = Pretrain(model="m", version=1, seed=4)
        run.run([waiting], Store(Path(sys.argv[2])), pool, run.RunSettings(threads=1))
"""


@pytest.mark.training
def test_a_worker_ends_with_its_caller(tmp_path: Path) -> None:
    """Once the calling process is killed, its worker is gone within seconds."""
    script = tmp_path / "caller.py"
    script.write_text(CALLER, "utf-8")
    store = tmp_path / "store"
    caller = subprocess.Popen([sys.executable, str(script), str(PLUGIN), str(store)])
    until = time.monotonic() + 30
    while not (found := list(store.glob("scratch/*/pid"))) or not found[0].read_text("utf-8"):
        assert time.monotonic() < until
        time.sleep(0.05)
    worker = int(found[0].read_text("utf-8"))
    caller.send_signal(signal.SIGKILL)
    caller.wait()

    until = time.monotonic() + 20
    while alive(worker):
        assert time.monotonic() < until
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Return whether a process is running; one that only waits to be reaped is not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
