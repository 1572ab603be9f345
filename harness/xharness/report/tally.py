"""Where an execution stands, counted from its events, and how long the rest will take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from xharness.execution.events import (
    Event,
    Failed,
    Finished,
    Kept,
    Progress,
    Skipped,
    Started,
    Waiting,
)
from xharness.keys import Key, key
from xharness.phases import Phase, describe
from xharness.planning.cost import Cost, work
from xharness.store.phase_diff import described

_KNOWN = 0.05
"""Fraction of a phase after which its own speed is a better estimate than the expected time."""
LOADING = 10.0
"""Seconds after the start of the first phase in which no time left is shown. Each process first
loads libraries for about four seconds, so the first estimate would be thirty times too long
(benchmarks/time_left.py)."""


@dataclass(slots=True, kw_only=True)
class Running:
    """A phase that is being run, or waited for."""

    phase: Phase
    since: float
    fraction: float = 0.0
    tokens_per_second: float = 0.0
    owner: str | None = None
    """The other process that runs it."""

    def whole(self, now: float) -> float | None:
        """Return how long all of it takes at its own speed; None at its beginning."""
        if self.fraction < _KNOWN:
            return None
        return (now - self.since) / self.fraction


class Tally:
    """Counts of an execution; changed by events alone."""

    def __init__(self, phases: Iterable[Phase], cost: Cost) -> None:
        """Start with all phases to do."""
        self._left: dict[Key, Phase] = {key(p): p for p in phases}
        self._names = described(self._left.values())
        self._costs = {k: cost(p) for k, p in self._left.items()}
        self._spent: dict[str, float] = defaultdict(float)
        self._expected: dict[str, float] = defaultdict(float)
        self.total = len(self._left)
        self.ran = self.kept = self.failed = self.skipped = 0
        self.running: dict[Key, Running] = {}
        self._began: float | None = None
        """When the first phase began; None before."""

    def name(self, phase: Phase) -> str:
        """Return a phase in words."""
        return self._names.get(key(phase)) or describe(phase)

    @property
    def done(self) -> int:
        """How many phases need no more work."""
        return self.ran + self.kept + self.failed + self.skipped

    def apply(self, event: Event, now: float) -> None:
        """Count one event.

        Args:
            event: What happened.
            now: When, in seconds of any one clock.
        """
        name = key(event.phase)
        if self._began is None and isinstance(event, Started | Finished):
            self._began = now - (event.seconds if isinstance(event, Finished) else 0.0)
        if isinstance(event, Started):
            self.running[name] = Running(phase=event.phase, since=now)
        elif isinstance(event, Waiting):
            self.running[name] = Running(phase=event.phase, since=now, owner=str(event.owner))
        elif isinstance(event, Progress):
            state = self.running.setdefault(name, Running(phase=event.phase, since=now))
            state.fraction = min(max(event.fraction, 0.0), 1.0)
            state.tokens_per_second = event.tokens_per_second
        else:
            self._end(name, event)

    def seconds_left(self, now: float) -> float | None:
        """Return the expected seconds until the end, or None while they are not known.

        What is expected is scaled by what phases of the same type took against it or, as long as
        there are none, phases of the same work. Nothing tells while most of what is left is a
        mere guess, or of what was measured most was loading libraries. All is divided by how many
        phases run at once.
        """
        if self._began is None or now - self._began < LOADING:
            return 0.0 if self.done == self.total else None
        known = guessed = 0.0
        scales = self._scales(now)
        for name, phase in self._left.items():
            running = self.running.get(name)
            if running is not None and (whole := running.whole(now)) is not None:
                known += whole * (1 - running.fraction)
                continue
            scale = next((scales[sort] for sort in _sorts(phase) if sort in scales), None)
            rest = self._seconds(name) * (1.0 if scale is None else scale)
            if running is not None:
                rest = max(rest - (now - running.since), 0.0)
            if scale is not None or self._costs[name].measured:
                known += rest
            else:
                guessed += rest
        if self.done < self.total and (known + guessed <= 0 or guessed > known):
            return None
        return (known + guessed) / max(len(self.running), 1)

    def _end(self, name: Key, event: Finished | Kept | Failed | Skipped) -> None:
        """Count a phase that needs no more work."""
        self.running.pop(name, None)
        self._left.pop(name, None)
        if isinstance(event, Finished):
            self.ran += 1
            for sort in _sorts(event.phase):
                self._spent[sort] += event.seconds
                self._expected[sort] += self._seconds(name)
        elif isinstance(event, Kept):
            self.kept += 1
        elif isinstance(event, Failed):
            self.failed += 1
        else:
            self.skipped += 1

    def _scales(self, now: float) -> dict[str, float]:
        """Return by which factor each measured kind of phase takes longer than expected."""
        spent, expected = self._spent.copy(), self._expected.copy()
        for name, running in self.running.items():
            if (whole := running.whole(now)) is not None:
                for sort in _sorts(running.phase):
                    spent[sort] += whole
                    expected[sort] += self._seconds(name)
        return {sort: spent[sort] / expected[sort] for sort in spent if expected[sort] > 0}

    def _seconds(self, name: Key) -> float:
        """Return how long a phase is expected to take."""
        seconds = self._costs.get(name)
        return max(seconds.seconds, 0.0) if seconds is not None else 0.0


def _sorts(phase: Phase) -> dict[str, None]:
    """Return the kinds of phases whose speed predicts this one's, the most alike first."""
    return dict.fromkeys((type(phase).__name__, work(phase)))
