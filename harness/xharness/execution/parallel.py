"""Walks a plan with several phases at once: each as soon as what it reads is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from threading import Condition, Thread

from xharness.keys import Key, key
from xharness.phases import Phase, Predict, Score, inputs

_POLL = 0.2
"""Seconds between looks at whether a signal came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """Several phases at once, each in a thread of its own."""

    workers: int
    """Phases at once."""
    name: str = "local"

    def run(self, ready: Iterable[Phase], run_one: Callable[[Phase], None]) -> None:
        """Call `run_one` with each phase, with several at once, a phase after those it reads.

        Raises:
            BaseException: The first one that `run_one` raises, once the phases under way are done.
        """
        board = _Board(ready)
        threads = [
            Thread(target=_walk, args=(board, run_one), name=f"xharness-{i}", daemon=True)
            for i in range(self.workers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                # A signal that another thread took is only handled once this one wakes.
                thread.join(_POLL)
        if board.errors:
            raise board.errors[0]


def _walk(board: _Board, run_one: Callable[[Phase], None]) -> None:
    """Do phases until none is left, or something went wrong."""
    weights: Key | None = None
    while (phase := board.take(weights)) is not None:
        if isinstance(phase, Predict):
            weights = key(phase.start)
        try:
            run_one(phase)
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            board.errors.append(error)
        board.done(phase)


class _Board:
    """Which phases can be done now; used by several threads."""

    def __init__(self, phases: Iterable[Phase]) -> None:
        """Start with all phases to do."""
        phases = list(phases)
        self._order = {key(p): n for n, p in enumerate(phases)}
        self._phases = phases
        self._lacks: dict[Key, set[Key]] = {}
        self._read_by: dict[Key, list[Phase]] = {}
        self._scores: list[int] = []
        self._others: list[int] = []
        self._predictions: dict[Key, list[int]] = {}
        """Places of phases that can be done now, as heaps; of predictions by their weights."""
        self._under_way: Counter[Key] = Counter()
        """Weights that predictions are being made with."""
        self._left = len(phases)
        self._changed = Condition()
        self.errors: list[BaseException] = []
        for phase in phases:
            lacks = {name for p in inputs(phase) if (name := key(p)) in self._order}
            for name in lacks:
                self._read_by.setdefault(name, []).append(phase)
            self._put(phase, lacks)

    def take(self, weights: Key | None) -> Phase | None:
        """Return the best phase to do now, waiting until there is one; None when all are done.

        What others wait for comes first, then what is in memory.

        Args:
            weights: What the last prediction of the caller was made with; still in memory there.
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
        """Return the place of the best prediction to make now."""

        def rank(made_with: Key) -> tuple[bool, bool, int]:
            waiting = self._predictions[made_with]
            return made_with != weights, made_with in self._under_way, waiting[0]

        made_with = min(self._predictions, key=rank)
        place = heappop(self._predictions[made_with])
        if not self._predictions[made_with]:
            del self._predictions[made_with]
        self._under_way[made_with] += 1
        return place

    def done(self, phase: Phase) -> None:
        """Note that a phase is done, or has failed."""
        with self._changed:
            name = key(phase)
            self._left -= 1
            if isinstance(phase, Predict):
                made_with = key(phase.start)
                self._under_way[made_with] -= 1
                if not self._under_way[made_with]:
                    del self._under_way[made_with]
            for reader in self._read_by.pop(name, ()):
                self._put(reader, self._lacks[key(reader)] - {name})
            self._changed.notify_all()

    def _put(self, phase: Phase, lacks: set[Key]) -> None:
        """Note what a phase still lacks."""
        name = key(phase)
        self._lacks[name] = lacks
        if lacks:
            return
        if isinstance(phase, Score):
            heappush(self._scores, self._order[name])
        elif isinstance(phase, Predict):
            heappush(self._predictions.setdefault(key(phase.start), []), self._order[name])
        else:
            heappush(self._others, self._order[name])
