"""Walks a plan with several phases at once: each as soon as what it reads is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Condition, Thread

from xharness.canonical import Key, key
from xharness.phases import Phase, Predict, Score, inputs


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
            thread.join()
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
        self._lacks: dict[Key, set[Key]] = {}
        self._read_by: dict[Key, list[Phase]] = {}
        self._ready: dict[Key, Phase] = {}
        self._weights: dict[Key, Key] = {}
        """Of each prediction under way, what it is made with."""
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

        Args:
            weights: What the last prediction of the caller was made with; still in memory there.
        """
        with self._changed:
            while not self._ready:
                if self.errors or not self._left:
                    return None
                self._changed.wait()
            if self.errors:
                return None
            name = min(self._ready, key=lambda n: self._rank(n, weights))
            phase = self._ready.pop(name)
            if isinstance(phase, Predict):
                self._weights[name] = key(phase.start)
            return phase

    def done(self, phase: Phase) -> None:
        """Note that a phase is done, or has failed."""
        with self._changed:
            name = key(phase)
            self._left -= 1
            self._weights.pop(name, None)
            for reader in self._read_by.pop(name, ()):
                self._put(reader, self._lacks[key(reader)] - {name})
            self._changed.notify_all()

    def _put(self, phase: Phase, lacks: set[Key]) -> None:
        """Note what a phase still lacks."""
        self._lacks[key(phase)] = lacks
        if not lacks:
            self._ready[key(phase)] = phase

    def _rank(self, name: Key, weights: Key | None) -> tuple[int, int]:
        """Return how early a phase should come: what others wait for, then what is in memory."""
        phase = self._ready[name]
        if isinstance(phase, Score):
            urgency = 0
        elif not isinstance(phase, Predict):
            urgency = 1
        elif (made_with := key(phase.start)) == weights:
            urgency = 2
        else:
            urgency = 4 if made_with in self._weights.values() else 3
        return urgency, self._order[name]
