"""Walks the phases of a plan: keeps what the store has, runs the rest, survives failures."""

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
from xharness.execution.diagnostics import Note
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
from xharness.keys import Key, key
from xharness.phases import Phase, Predict, describe, inputs
from xharness.plugin.hooks import Executor, PhaseRun
from xharness.store.locks import Owner
from xharness.store.provenance import record
from xharness.store.store import Artifact, Building, Store
from xharness.tasks import Task

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
"""Errors that the next phase would meet as well."""


class Runner(Protocol):
    """What runs single phases; the registry, or a fake in tests."""

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Every loaded task, by name."""
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
class Settings:
    """What a run uses; none of it changes a result."""

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
    settings: Settings,
    events: Callable[[Event], None] = lambda _: None,
) -> Outcome:
    """Return what became of each phase; afterwards the store has all that did not fail.

    A phase that fails, and those made from it, leave the others alone.

    Args:
        phases: Each once, parents first.
        store: Where finished phases are, and where new ones go.
        runner: What runs a phase that the store does not have.
        settings: What the run uses.
        events: Told of everything that happens, as it happens.

    Raises:
        KeyboardInterrupt: If the user asked to stop; all that finished is in the store.
        StoreError: If the store itself cannot be read or written.
    """
    walk = _Walk(store=store, runner=runner, settings=settings, events=events)
    settings.executor.run(grouped(phases), walk.one)
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
            # All of them read the same inputs, so they can come where the first one does.
            yield from together.pop(key(phase.start), ())
        else:
            yield phase


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """One run under way; several threads may use it, each for phases of its own."""

    store: Store
    runner: Runner
    settings: Settings
    events: Callable[[Event], None]
    kept: list[Key] = field(default_factory=list)
    run: list[Key] = field(default_factory=list)
    failed: dict[Key, Failed] = field(default_factory=dict)
    skipped: dict[Key, Skipped] = field(default_factory=dict)

    def one(self, phase: Phase) -> None:
        """Keep, run or skip one phase, and note which."""
        name = key(phase)
        if self.settings.should_stop():
            raise KeyboardInterrupt
        if self.store.find(name):
            self._keep(phase, name)
        elif cause := self._lacking(phase):
            self.skipped[name] = Skipped(phase=phase, key=name, cause=cause)
            self.events(self.skipped[name])
        else:
            try:
                self._make(phase, name)
            except PhaseFailedError as error:
                self.failed[name] = Failed(phase=phase, key=name, cause=error.cause)
                self.events(self.failed[name])

    def _keep(self, phase: Phase, name: Key) -> None:
        """Note a phase that is there already."""
        self.kept.append(name)
        self.events(Kept(phase=phase, key=name))

    def _lacking(self, phase: Phase) -> str | None:
        """Return why a phase cannot be run, or None if all its inputs are in the store."""
        for parent in inputs(phase):
            name = key(parent)
            if earlier := self.skipped.get(name):
                return earlier.cause
            if name in self.failed:
                return f"not run because {describe(parent)} ({name[:10]}) failed"
        return None

    def _make(self, phase: Phase, name: Key) -> None:
        """Run one phase and publish it, unless another process does so first."""
        began = time.monotonic()
        notes: tuple[Note, ...] = ()
        with self.store.publishing(phase, self._waiting(phase)) as building:
            if building is not None:
                self.events(Started(phase=phase, key=name))
                began = time.monotonic()
                notes = self._work(phase, name, building)
        if building is None:
            self._keep(phase, name)
            return
        seconds = time.monotonic() - began
        self.run.append(name)
        self.events(Finished(phase=phase, key=name, seconds=seconds, notes=notes))
        self.runner.phase_finished(phase, self._input(name), seconds)

    def _work(self, phase: Phase, name: Key, building: Building) -> tuple[Note, ...]:
        """Fill a building folder; return what is suspicious about what was made.

        Raises:
            PhaseFailedError: If the phase fails, for whatever reason.
            StoreError: If the disk is full or read-only.
        """
        started = datetime.now(UTC)
        read = {key(parent): self._input(key(parent)) for parent in inputs(phase)}
        try:
            plugin = self.runner.run_phase(phase, read, self._given(phase, building))
            notes = diagnostics.examine(phase, building.out, read, self.runner.tasks)
        except XHarnessError as error:
            raise PhaseFailedError(describe(phase), name, str(error)) from error
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _DISK:
                with self.store.explained():
                    raise
            raised, trace = type(error).__name__, traceback.format_exc()
            if isinstance(error, CrashedError):
                raised, trace = error.name, error.trace
            log = self.store.save_log(name, trace)
            cause = f"{raised}: {error} (trace in {log})"
            raise PhaseFailedError(describe(phase), name, cause) from error
        found = record(plugin=plugin, inputs=read, started=started, finished=datetime.now(UTC))
        with self.store.explained():
            text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
            (building.out / "provenance.json").write_text(text, "utf-8")
            if notes:
                (building.out / diagnostics.FILE).write_text(diagnostics.written(notes), "utf-8")
        return notes

    def _input(self, name: Key) -> Artifact:
        """Return a phase that must be in the store by now."""
        found = self.store.find(name)
        if found is None:
            raise RuntimeError(f"phase {name[:10]} is read before it is made: parents come first")
        return found

    def _given(self, phase: Phase, building: Building) -> PhaseRun:
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
            data_root=self.settings.data_root,
            offline=self.settings.offline,
            report=report,
            should_stop=self.settings.should_stop,
            memory=self.store.root / "memory",
        )

    def _waiting(self, phase: Phase) -> Callable[[Owner], None]:
        """Return what is done while another process makes a phase."""
        told: set[Owner] = set()

        def waiting(owner: Owner) -> None:
            if self.settings.should_stop():
                raise KeyboardInterrupt
            if owner not in told:
                told.add(owner)
                self.events(Waiting(phase=phase, owner=owner))

        return waiting
