"""Events: what happens while a plan is run, for progress displays."""

from __future__ import annotations

from dataclasses import dataclass

from xharness.execution.diagnostics import Diagnostic
from xharness.keys import Key
from xharness.phases import Phase
from xharness.store.locks import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A phase begins."""

    phase: Phase
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a running phase has come."""

    phase: Phase
    fraction: float
    """From 0 to 1."""
    tokens_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Another process is making this phase; sent once per process waited for."""

    phase: Phase
    owner: Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A phase was run and is now in the store."""

    phase: Phase
    key: Key
    seconds: float
    diagnostics: tuple[Diagnostic, ...] = ()
    """What is suspicious about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A phase was in the store already, or another process has just put it there."""

    phase: Phase
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A phase failed."""

    phase: Phase
    key: Key
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A phase was not run because one that it reads failed."""

    phase: Phase
    key: Key
    cause: str


Event = Started | Progress | Waiting | Finished | Kept | Failed | Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of each phase, in the order of the plan."""

    kept: tuple[Key, ...]
    run: tuple[Key, ...]
    failed: tuple[Failed, ...]
    skipped: tuple[Skipped, ...]
