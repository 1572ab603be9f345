"""Runs several phases of a plan at once, each as soon as all phases that it reads are done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from threading import Condition, Thread

from xharness.keys import Key, key
from xharness.phases import Phase, Predict, Score, inputs

_POLL = 0.2
"""Seconds after which the main thread wakes, so that Python can handle a signal there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """Runs several phases at once, each in a thread of its own."""

    workers: int
    """How many at once."""
    name: str = "local"

    def run(self, ready: Iterable[Phase], run_one: Callable[[Phase], None]) -> None:
        """Call `run_one` with each phase, several at once, a phase only after those it reads.

        Raises:
            BaseException: The first that `run_one` raises, once the phases under way are done.
        """
        waiting = _WaitingPhases(ready)
        threads = [
            Thread(target=_work, args=(waiting, run_one), name=f"xharness-{i}", daemon=True)
            for i in range(self.workers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                # A signal that another thread took is only handled once this one wakes.
                thread.join(_POLL)
        if waiting.errors:
            raise waiting.errors[0]


def _work(waiting: _WaitingPhases, run_one: Callable[[Phase], None]) -> None:
    """Run phases until none is left, or one has raised an error."""
    weights: Key | None = None
    while (phase := waiting.take(weights)) is not None:
        if isinstance(phase, Predict):
            weights = key(phase.start)
        try:
            run_one(phase)
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            waiting.errors.append(error)
        waiting.done(phase)


class _WaitingPhases:
    """The phases that are still to run, and which of them can run now; for several threads."""

    def __init__(self, phases: Iterable[Phase]) -> None:
        """Start with all phases waiting."""
        phases = list(phases)
        self._order = {key(p): n for n, p in enumerate(phases)}
        self._phases = phases
        self._missing: dict[Key, set[Key]] = {}
        """Of each phase, those that it reads and that are not done."""
        self._readers: dict[Key, list[Phase]] = {}
        self._scores: list[int] = []
        self._others: list[int] = []
        self._predictions: dict[Key, list[int]] = {}
        """Positions of the phases that can run now, in heaps; predictions have one per weights."""
        self._under_way: Counter[Key] = Counter()
        """Weights that predictions are being made with."""
        self._left = len(phases)
        self._changed = Condition()
        self.errors: list[BaseException] = []
        for phase in phases:
            # A phase that is not among those to run is in the store already.
            missing = {parent for p in inputs(phase) if (parent := key(p)) in self._order}
            for parent in missing:
                self._readers.setdefault(parent, []).append(phase)
            self._put(phase, missing)

    def take(self, weights: Key | None) -> Phase | None:
        """Return the best phase to run now, once there is one; None when all are done.

        Scores and trainings come first, because others wait for them. Predictions with the caller's
        weights come next, because it need not load them; then those whose weights no other thread
        is using, so that each model is loaded by one thread only.

        Args:
            weights: Of the caller's last prediction, which it still has in memory.
        """
        with self._changed:
            while not (self._scores or self._others or self._predictions):
                if self.errors or not self._left:
                    return None
                self._changed.wait()
            if self.errors:
                return None
            urgent = self._scores or self._others
            return self._phases[heappop(urgent) if urgent else self._prediction(weights)]

    def _prediction(self, weights: Key | None) -> int:
        """Return the position of the best prediction to make now."""

        def rank(made_with: Key) -> tuple[bool, bool, int]:
            waiting = self._predictions[made_with]
            return made_with != weights, made_with in self._under_way, waiting[0]

        made_with = min(self._predictions, key=rank)
        position = heappop(self._predictions[made_with])
        if not self._predictions[made_with]:
            del self._predictions[made_with]
        self._under_way[made_with] += 1
        return position

    def done(self, phase: Phase) -> None:
        """Record that a phase is done, or has failed."""
        with self._changed:
            phase_key = key(phase)
            self._left -= 1
            if isinstance(phase, Predict):
                made_with = key(phase.start)
                self._under_way[made_with] -= 1
                if not self._under_way[made_with]:
                    del self._under_way[made_with]
            for reader in self._readers.pop(phase_key, ()):
                self._put(reader, self._missing[key(reader)] - {phase_key})
            self._changed.notify_all()

    def _put(self, phase: Phase, missing: set[Key]) -> None:
        """Record which phases one still waits for; with none it can run now."""
        phase_key = key(phase)
        self._missing[phase_key] = missing
        if missing:
            return
        if isinstance(phase, Score):
            heappush(self._scores, self._order[phase_key])
        elif isinstance(phase, Predict):
            heappush(self._predictions.setdefault(key(phase.start), []), self._order[phase_key])
        else:
            heappush(self._others, self._order[phase_key])
