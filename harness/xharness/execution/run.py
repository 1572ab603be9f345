"""Runs the phases of a plan: keeps what the store has, runs the rest, survives failures."""

from __future__ import annotations

import errno
import json
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from xharness.errors import CrashedError, PhaseFailedError, XHarnessError
from xharness.execution import diagnostics
from xharness.execution.diagnostics import Diagnostic
from xharness.execution.events import (
    Event,
    Failed,
    Finished,
    Kept,
    Outcome,
    Progress,
    Skipped,
    Started,
    Waiting,
)
from xharness.execution.executors import run_all
from xharness.execution.interruptible import until_stopped
from xharness.keys import Key, key
from xharness.phases import Phase, Predict, describe, inputs
from xharness.plugin.hooks import Executor, PhaseRun
from xharness.store.locks import Owner
from xharness.store.provenance import record
from xharness.store.store import Artifact, Building, Store
from xharness.tasks import Task
from xharness.tuning import TuningMethod

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
"""Errors of the disk, which end the run: every further phase would meet them as well."""


class Runner(Protocol):
    """Runs single phases: the registry, a pool of workers, or a fake in tests."""

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Every loaded task, by name."""
        ...

    @property
    def tunings(self) -> Mapping[str, TuningMethod]:
        """Every loaded tuning method, by name."""
        ...

    def run_phase(self, phase: Phase, inputs: Mapping[Key, Artifact], run: PhaseRun) -> str:
        """Run a phase and return the name of the plugin that did; raise if none does."""
        ...

    def phase_finished(self, phase: Phase, artifact: Artifact, seconds: float) -> None:
        """Tell every plugin about a finished phase; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Serial:
    """One phase after the other, in this process."""

    name: str = "local"

    def run(self, ready: Iterable[Phase], run_one: Callable[[Phase], None]) -> None:
        """Call `run_one` with each phase in turn."""
        for phase in ready:
            run_one(phase)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Hardware, data folder and executor of a run; none of it changes a result."""

    device: str = "auto"
    threads: int
    data_root: Path | None = None
    offline: bool = False
    executor: Executor = field(default_factory=Serial)
    should_stop: Callable[[], bool] = lambda: False
    """True once the user has asked to stop."""


def run(
    phases: Sequence[Phase],
    store: Store,
    runner: Runner,
    settings: RunSettings,
    events: Callable[[Event], None] = lambda _: None,
) -> Outcome:
    """Return what became of each phase; afterwards the store has all that did not fail.

    A phase that fails, and those made from it, leave the others alone.

    Args:
        phases: Each once, parents first.
        store: Where finished phases are, and where new ones go.
        runner: Runs a phase that the store does not have.
        settings: Of the run.
        events: Called with everything that happens, as it happens.

    Raises:
        KeyboardInterrupt: If the user asked to stop; all that finished is in the store.
        StoreError: If the store itself cannot be read or written.
        PluginError: If the executor fails, or has not run all phases.
    """
    walk = _Walk(store=store, runner=runner, settings=settings, events=events)
    run_all(settings.executor, [*grouped(phases)], walk.one)
    order = {key(phase): number for number, phase in enumerate(phases)}
    return Outcome(
        kept=tuple(sorted(walk.kept, key=order.__getitem__)),
        run=tuple(sorted(walk.run, key=order.__getitem__)),
        failed=tuple(sorted(walk.failed.values(), key=lambda e: order[e.key])),
        skipped=tuple(sorted(walk.skipped.values(), key=lambda e: order[e.key])),
    )


def grouped(phases: Sequence[Phase]) -> Iterator[Phase]:
    """Yield phases parents first, predictions with the same weights one after another.

    Args:
        phases: Each once, parents first.
    """
    together: dict[Key, list[Predict]] = {}
    for phase in phases:
        if isinstance(phase, Predict):
            together.setdefault(key(phase.start), []).append(phase)
    for phase in phases:
        if isinstance(phase, Predict):
            # Loading a model is dear, so each is loaded once. All these predictions read the same
            # inputs, so they can come where the first one does.
            yield from together.pop(key(phase.start), ())
        else:
            yield phase


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """The state of a run; several threads may use it, each for phases of its own."""

    store: Store
    runner: Runner
    settings: RunSettings
    events: Callable[[Event], None]
    kept: list[Key] = field(default_factory=list)
    run: list[Key] = field(default_factory=list)
    failed: dict[Key, Failed] = field(default_factory=dict)
    skipped: dict[Key, Skipped] = field(default_factory=dict)

    def one(self, phase: Phase) -> None:
        """Keep, run or skip one phase, and record which."""
        phase_key = key(phase)
        if self.settings.should_stop():
            raise KeyboardInterrupt
        if self.store.find(phase_key):
            self._keep(phase, phase_key)
        elif cause := self._why_skipped(phase):
            self.skipped[phase_key] = Skipped(phase=phase, key=phase_key, cause=cause)
            self.events(self.skipped[phase_key])
        else:
            try:
                self._make(phase, phase_key)
            except PhaseFailedError as error:
                self.failed[phase_key] = Failed(phase=phase, key=phase_key, cause=error.cause)
                self.events(self.failed[phase_key])

    def _keep(self, phase: Phase, phase_key: Key) -> None:
        """Record a phase that is in the store already."""
        self.kept.append(phase_key)
        self.events(Kept(phase=phase, key=phase_key))

    def _why_skipped(self, phase: Phase) -> str | None:
        """Return why a phase cannot be run, or None if all its inputs are in the store."""
        for parent in inputs(phase):
            phase_key = key(parent)
            if earlier := self.skipped.get(phase_key):
                return earlier.cause
            if phase_key in self.failed:
                return f"not run because {describe(parent)} ({phase_key[:10]}) failed"
        return None

    def _make(self, phase: Phase, phase_key: Key) -> None:
        """Run one phase and publish it, unless another process does so first."""
        began = time.monotonic()
        suspicious: tuple[Diagnostic, ...] = ()
        with self.store.publishing(phase, self._waiting(phase)) as building:
            if building is not None:
                self.events(Started(phase=phase, key=phase_key))
                # Taken again, to leave out the time spent waiting for another process.
                began = time.monotonic()
                suspicious = self._work(phase, phase_key, building)
        if building is None:
            self._keep(phase, phase_key)
            return
        seconds = time.monotonic() - began
        self.run.append(phase_key)
        self.events(Finished(phase=phase, key=phase_key, seconds=seconds, diagnostics=suspicious))
        made = self._input(phase_key)
        until_stopped(
            lambda: self.runner.phase_finished(phase, made, seconds), self.settings.should_stop
        )

    def _work(self, phase: Phase, phase_key: Key, building: Building) -> tuple[Diagnostic, ...]:
        """Run a phase and write its files into `building`; return what is suspicious about it.

        Raises:
            PhaseFailedError: If the phase fails, for whatever reason.
            StoreError: If the disk is full or read-only.
        """
        started = datetime.now(UTC)
        read = {key(parent): self._input(key(parent)) for parent in inputs(phase)}
        try:
            plugin = self.runner.run_phase(phase, read, self._phase_run(phase, building))
            suspicious = diagnostics.examine(phase, building.out, read, self.runner.tasks)
        except XHarnessError as error:
            raise PhaseFailedError(describe(phase), phase_key, str(error)) from error
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _DISK:
                with self.store.explained():
                    raise
            raised, trace = type(error).__name__, traceback.format_exc()
            if isinstance(error, CrashedError):
                raised, trace = error.name, error.trace
            log = self.store.save_log(phase_key, trace)
            cause = f"{raised}: {error} (trace in {log})"
            raise PhaseFailedError(describe(phase), phase_key, cause) from error
        origin = record(plugin=plugin, inputs=read, started=started, finished=datetime.now(UTC))
        with self.store.explained():
            text = json.dumps(origin, indent=1, ensure_ascii=False) + "\n"
            (building.out / "provenance.json").write_text(text, "utf-8")
            if suspicious:
                text = diagnostics.as_json(suspicious)
                (building.out / diagnostics.FILE).write_text(text, "utf-8")
        return suspicious

    def _input(self, phase_key: Key) -> Artifact:
        """Return a phase that must be in the store by now."""
        artifact = self.store.find(phase_key)
        if artifact is None:
            raise RuntimeError(
                f"phase {phase_key[:10]} is read before it is made: parents come first"
            )
        return artifact

    def _phase_run(self, phase: Phase, building: Building) -> PhaseRun:
        """Return what a phase is given beside its inputs."""

        def report(fraction: float, tokens_per_second: float) -> None:
            self.events(
                Progress(phase=phase, fraction=fraction, tokens_per_second=tokens_per_second)
            )

        return PhaseRun(
            out=building.out,
            scratch=building.scratch,
            device=self.settings.device,
            threads=self.settings.threads,
            tasks=self.runner.tasks,
            tunings=self.runner.tunings,
            data_root=self.settings.data_root,
            offline=self.settings.offline,
            report=report,
            should_stop=self.settings.should_stop,
            memory=self.store.root / "memory",
        )

    def _waiting(self, phase: Phase) -> Callable[[Owner], None]:
        """Return the function that is called while another process makes a phase."""
        announced: set[Owner] = set()

        def waiting(owner: Owner) -> None:
            if self.settings.should_stop():
                raise KeyboardInterrupt
            if owner not in announced:
                announced.add(owner)
                self.events(Waiting(phase=phase, owner=owner))

        return waiting
