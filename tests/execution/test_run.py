"""Walking a plan: every phase once, whatever is killed, fails or runs at the same time."""

from __future__ import annotations

import errno
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from support.program import SUPPORT
from support.store_worker import PRETRAIN, Writer, contents, plan, predict, score, train
from xharness.errors import DataError, StoreError
from xharness.execution import events, run
from xharness.keys import key
from xharness.phases import Phase, inputs
from xharness.store import maintenance
from xharness.store.store import Store

WORKER = SUPPORT / "store_worker.py"
SETTINGS = run.RunSettings(threads=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "log")


def start(store: Store, log: Path, seconds: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(WORKER), str(store.root), str(log), str(seconds)])


def noted(log: Path, word: str) -> list[str]:
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    return [line.split()[1] for line in lines if line.startswith(word)]


def wait_for_work(log: Path, more_than: int) -> None:
    until = time.monotonic() + 20
    while len(noted(log, "begin")) <= more_than:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_second_run_keeps_everything(store: Store, writer: Writer) -> None:
    """A plan is run once; the same plan again runs nothing."""
    first = run.run(plan(), store, writer, SETTINGS)
    again = run.run(plan(), store, writer, SETTINGS)

    assert sorted(first.run) == sorted(map(key, plan())) == store.keys()
    assert (first.kept, first.failed, first.skipped) == ((), (), ())
    assert sorted(again.kept) == store.keys()
    assert again.run == ()
    assert maintenance.verify(store) == []


def test_events_tell_the_story(store: Store, writer: Writer) -> None:
    """A phase that runs is started, reports, and is finished; a stored one is kept."""
    told: list[events.Event] = []
    run.run([PRETRAIN], store, writer, SETTINGS, told.append)
    run.run([PRETRAIN], store, writer, SETTINGS, told.append)

    assert [type(e) for e in told] == [
        events.Started,
        *[events.Progress] * 10,
        events.Finished,
        events.Kept,
    ]


def test_predictions_with_one_checkpoint_come_together() -> None:
    """Predictions that load the same weights follow each other, parents still come first."""
    one, two = train(1), train(2)
    given: list[Phase] = [PRETRAIN, one, two]
    for language in ("en", "sw"):
        for training in (one, two):
            given += [predict(training, language), score(predict(training, language))]
    found = list(run.grouped(given))

    assert Counter(map(key, found)) == Counter(map(key, given))
    assert found[3:5] == [predict(one, "en"), predict(one, "sw")]
    assert all(found.index(p) < found.index(f) for f in found for p in inputs(f))


def test_failure_leaves_the_others_alone(store: Store, writer: Writer) -> None:
    """A failed training and what follows from it are missing, the other training is scored."""
    writer.fail_on = (train(1),)
    outcome = run.run(plan(), store, writer, SETTINGS)
    (failed,) = outcome.failed

    assert failed.key == key(train(1))
    assert len(outcome.run) == 6
    assert len(outcome.skipped) == 4
    assert {s.cause for s in outcome.skipped} == {
        f"not run because train nli seed 1 ({key(train(1))[:10]}) failed"
    }
    assert list((store.root / "building").iterdir()) == []
    log = Path(re.search(r"\(trace in (.*)\)", failed.cause)[1])
    assert failed.cause.startswith("ValueError: out of luck")
    assert "Traceback" in log.read_text("utf-8")


def test_failed_phase_runs_again_and_its_trace_goes(store: Store, writer: Writer) -> None:
    """A phase that failed is tried again by the next run; then its trace is removed."""
    writer.fail_on = (train(1),)
    run.run(plan(), store, writer, SETTINGS)
    writer.fail_on = ()
    outcome = run.run(plan(), store, writer, SETTINGS)

    assert (len(outcome.kept), len(outcome.run)) == (6, 5)
    assert list((store.root / "logs").iterdir()) == []


def test_our_own_errors_are_told_without_a_trace(store: Store, writer: Writer) -> None:
    """What a user can put right is told in its own words."""
    writer.fail_on, writer.error = (PRETRAIN,), DataError("rows.csv: no rows, should have some")
    outcome = run.run([PRETRAIN], store, writer, SETTINGS)

    assert outcome.failed[0].cause == "rows.csv: no rows, should have some"
    assert not (store.root / "logs").exists()


def test_full_disk_ends_the_run(store: Store, writer: Writer) -> None:
    """A full disk is not the phase's fault: the run ends with one sentence."""
    writer.fail_on, writer.error = (train(1),), OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreError, match="the disk is full"):
        run.run(plan(), store, writer, SETTINGS)
    assert store.keys() == [key(PRETRAIN)]


def test_interrupt_keeps_what_is_finished(store: Store, writer: Writer) -> None:
    """An interrupt inside a phase ends the run; nothing half is published, nothing is lost."""
    writer.fail_on, writer.error = (train(1),), KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        run.run(plan(), store, writer, SETTINGS)
    assert store.keys() == [key(PRETRAIN)]
    assert list((store.root / "building").iterdir()) == []
    assert list((store.root / "locks").iterdir()) == []


def test_asking_to_stop_stops_before_the_next_phase(store: Store, writer: Writer) -> None:
    """Once the user has asked to stop, no further phase begins."""
    settings = run.RunSettings(threads=1, should_stop=lambda: len(store.keys()) == 2)

    with pytest.raises(KeyboardInterrupt):
        run.run(plan(), store, writer, settings)
    assert len(noted(writer.log, "begin")) == 2


def test_provenance_says_how_it_was_made(store: Store, writer: Writer) -> None:
    """When, where, by which plugin, versions and inputs are beside the files."""
    run.run([PRETRAIN, train()], store, writer, SETTINGS)
    artifact = store.find(key(train()))
    assert artifact is not None
    found = artifact.json("provenance.json")

    assert found["plugin"] == "writer"
    assert found["inputs"] == [key(PRETRAIN)]
    assert found["started"] <= found["finished"]
    assert found["started"].endswith("+00:00")
    assert found["packages"]["torch"]
    assert str(Path.home()) not in " ".join(found["argv"])


@pytest.mark.training
def test_two_processes_run_no_phase_twice(store: Store, tmp_path: Path) -> None:
    """Two runs at once on one store share the work: each phase is begun and published once."""
    log = tmp_path / "log"
    both = [start(store, log, 0.1) for _ in range(2)]
    codes = [process.wait(60) for process in both]

    assert codes == [0, 0]
    assert sorted(noted(log, "begin")) == sorted(noted(log, "published")) == store.keys()
    assert store.keys() == sorted(map(key, plan()))
    assert maintenance.verify(store) == []


@pytest.mark.training
def test_killed_runs_end_in_the_same_bytes(store: Store, tmp_path: Path) -> None:
    """Killed eight times inside a phase, the last run ends as one that was never killed."""
    log, rng = tmp_path / "log", random.Random(5)  # noqa: S311
    for _ in range(8):
        before = len(noted(log, "begin"))
        process = start(store, log, 0.3)
        wait_for_work(log, before)
        time.sleep(rng.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
    began = time.monotonic()
    code = start(store, log, 0.0).wait(60)
    took = time.monotonic() - began
    calm = Store(tmp_path / "calm")
    run.run(plan(), calm, Writer(tmp_path / "other"), SETTINGS)

    assert code == 0
    assert took < 5
    assert max(Counter(noted(log, "published")).values()) == 1
    assert contents(store) == contents(calm)
    assert maintenance.verify(store) == []
    assert maintenance.gc(store, store.keys(), dry=True) == []


@pytest.mark.training
def test_work_goes_on_from_scratch_after_a_kill(store: Store, tmp_path: Path) -> None:
    """A phase that was killed half-way goes on from what it had saved."""
    log = tmp_path / "log"
    process = start(store, log, 2.0)
    saved = store.root / "scratch" / key(PRETRAIN) / "steps"
    until = time.monotonic() + 20
    while not (saved.exists() and len(saved.read_text("utf-8")) >= 3):
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    start(store, log, 0.0).wait(60)
    lines = log.read_text("utf-8").splitlines()
    first, second = (int(n.split()[2]) for n in lines if n.startswith(f"begin {key(PRETRAIN)}"))

    assert first == 0
    assert second >= 3
