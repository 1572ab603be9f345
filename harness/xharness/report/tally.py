"""Where an execution stands, counted from its events, and how long the rest will take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from xharness.canonical import Key, key
from xharness.events import Event, Failed, Finished, Kept, Progress, Skipped, Started, Waiting
from xharness.phases import Phase

Cost = Callable[[Phase], float]
"""A phase to the seconds it is expected to take."""

_KNOWN = 0.05
"""Part of a phase after which its own speed says more than the estimate."""


@dataclass(slots=True, kw_only=True)
class Running:
    """A phase that is being run, or waited for."""

    phase: Phase
    since: float
    fraction: float = 0.0
    tokens_per_second: float = 0.0
    owner: str | None = None
    """The other process that runs it."""


class Tally:
    """Counts of an execution; changed by events alone."""

    def __init__(self, phases: Iterable[Phase], cost: Cost) -> None:
        """Start with all phases to do."""
        self._left: dict[Key, Phase] = {key(p): p for p in phases}
        self._costs = {k: max(cost(p), 0.0) for k, p in self._left.items()}
        self._spent: dict[type[Phase], float] = defaultdict(float)
        self._estimated: dict[type[Phase], float] = defaultdict(float)
        self.total = len(self._left)
        self.ran = self.kept = self.failed = self.skipped = 0
        self.running: dict[Key, Running] = {}

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
        """Return how long the rest will take, or None while nothing tells.

        Estimates are scaled by what finished phases of the same type took against theirs, and
        divided by how many phases run at once.
        """
        left = sum(
            self._costs[k] * self._scale(type(p))
            for k, p in self._left.items()
            if k not in self.running
        )
        left += sum(self._rest(k, r, now) for k, r in self.running.items())
        if left <= 0 and self.done < self.total:
            return None
        return left / max(len(self.running), 1)

    def _end(self, name: Key, event: Finished | Kept | Failed | Skipped) -> None:
        """Count a phase that needs no more work."""
        self.running.pop(name, None)
        self._left.pop(name, None)
        if isinstance(event, Finished):
            self.ran += 1
            self._spent[type(event.phase)] += event.seconds
            self._estimated[type(event.phase)] += self._costs.get(name, 0.0)
        elif isinstance(event, Kept):
            self.kept += 1
        elif isinstance(event, Failed):
            self.failed += 1
        else:
            self.skipped += 1

    def _scale(self, kind: type[Phase]) -> float:
        """Return how much longer phases of a type take than estimated."""
        estimated = self._estimated[kind]
        return self._spent[kind] / estimated if estimated > 0 else 1.0

    def _rest(self, name: Key, running: Running, now: float) -> float:
        """Return how long a running phase will still take."""
        if running.fraction >= _KNOWN:
            return (now - running.since) * (1 - running.fraction) / running.fraction
        expected = self._costs.get(name, 0.0) * self._scale(type(running.phase))
        return max(expected - (now - running.since), 0.0)
