"""Live progress: a bar where somebody looks on, few plain lines where nobody does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from threading import Event as Flag
from threading import Lock, Thread
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from xharness.execution.diagnostics import OF_DATA, Diagnostic
from xharness.execution.events import Event, Failed, Finished, Waiting
from xharness.phases import Phase, Pretrain, Train, Translate, describe
from xharness.planning.cost import Cost
from xharness.report.diagnostics import diagnostic_line
from xharness.report.table import safe
from xharness.report.tally import Running, Tally
from xharness.report.wording import duration

Clock = Callable[[], float]
Listener = Callable[[Event], None]

HEARTBEAT = 30.0
"""Seconds of silence after which a plain line says that work goes on."""
GROUP_SECONDS = 5.0
GROUP_PART = 0.1
"""Short phases get one plain line per this part of all phases, and not more often than every
`GROUP_SECONDS`."""
_TICK = 0.25
"""Seconds between two looks at the clock."""


class Display(Protocol):
    """Where progress is shown."""

    def happened(self, event: Event) -> None:
        """Show an event that the tally has counted."""
        ...

    def tick(self) -> None:
        """Show that time has passed."""
        ...


def follow_here(
    phases: Iterable[Phase], cost: Cost
) -> AbstractContextManager[Callable[[Event], None]]:
    """Show progress on standard error, or below a notebook's cell."""
    return follow(phases, cost=cost, console=Console(stderr=True))


@contextmanager
def follow(
    phases: Iterable[Phase], *, cost: Cost, console: Console, clock: Clock = time.monotonic
) -> Iterator[Listener]:
    """Show progress inside the `with` block, and one line of counts at its end.

    Args:
        phases: All phases of the plan, whether in the store or not.
        cost: A phase to what it is expected to take.
        console: Usually standard error. An interactive terminal gets a bar, else plain lines.
        clock: Seconds; steadily growing.

    Yields:
        What to call with every event; any thread may call it.
    """
    tally = Tally(phases, cost)
    start = clock()
    lock, stop = Lock(), Flag()
    shown: set[Diagnostic] = set()
    live = Live(console=console, auto_refresh=False, transient=True)
    display: Display = (
        Bar(tally, live, clock) if console.is_interactive else Lines(tally, console, clock)
    )

    def listen(event: Event) -> None:
        with lock:
            tally.apply(event, clock())
            display.happened(event)
            for note in _new(event, shown):
                _say(console, diagnostic_line(note))

    def ticking() -> None:
        while not stop.wait(_TICK):
            with lock:
                display.tick()

    ticker = Thread(target=ticking, name="xharness-progress", daemon=True)
    if console.is_interactive:
        live.start()
    ticker.start()
    try:
        yield listen
    finally:
        stop.set()
        ticker.join()
        live.stop()
        _say(console, ended(tally, clock() - start))


class Lines:
    """Plain lines: one per training, short phases in groups, a heartbeat in between."""

    def __init__(self, tally: Tally, console: Console, clock: Clock) -> None:
        """Start silent."""
        self._tally, self._console, self._clock = tally, console, clock
        self._last = clock()
        self._shown = 0

    def happened(self, event: Event) -> None:
        """Print a line if the event is worth one."""
        if isinstance(event, Finished) and isinstance(event.phase, Train | Pretrain | Translate):
            self._print(f"{describe(event.phase)} took {duration(event.seconds)}")
        elif isinstance(event, Failed):
            self._print(failure(event))
        elif isinstance(event, Waiting):
            self._print(f"{describe(event.phase)}: waiting for {event.owner}")
        elif (
            self._tally.done - self._shown >= GROUP_PART * self._tally.total
            and self._clock() - self._last >= GROUP_SECONDS
        ):
            self._print("")

    def tick(self) -> None:
        """Print a heartbeat if nothing was printed for long."""
        if self._clock() - self._last >= HEARTBEAT:
            self._print("; ".join(_state(r) for r in self._tally.running.values()))

    def _print(self, what: str) -> None:
        self._last, self._shown = self._clock(), self._tally.done
        parts = [p for p in (what, _left(self._tally, self._last)) if p]
        _say(self._console, f"[{self._tally.done}/{self._tally.total}] {', '.join(parts)}".rstrip())


class Bar:
    """A bar over all phases, and below it what runs now."""

    def __init__(self, tally: Tally, live: Live, clock: Clock) -> None:
        """Draw nothing yet."""
        self._tally, self._live, self._clock = tally, live, clock

    def happened(self, event: Event) -> None:
        """Print failures above the bar; the rest shows with the next tick."""
        if isinstance(event, Failed):
            _say(self._live.console, failure(event))

    def tick(self) -> None:
        """Draw the bar again."""
        self._live.update(self.render(), refresh=True)

    def render(self) -> RenderableType:
        """Return what is drawn."""
        tally = self._tally
        counts = [f"{tally.done}/{tally.total} phases"]
        counts += [f"{tally.kept} kept"] if tally.kept else []
        counts += [f"{tally.failed} failed"] if tally.failed else []
        counts += [f"{tally.skipped} not run"] if tally.skipped else []
        counts += [left] if (left := _left(tally, self._clock())) else []
        grid = Table.grid(padding=(0, 2), expand=True)
        grid.add_column(ratio=1)
        grid.add_column(overflow="fold")
        partly = sum(r.fraction for r in tally.running.values())
        bar = ProgressBar(total=max(tally.total, 1), completed=tally.done + partly)
        grid.add_row(bar, Text(", ".join(counts)))
        lines = [
            Text(f"  {safe(_state(r))}", no_wrap=True, overflow="ellipsis")
            for r in tally.running.values()
        ]
        return Group(grid, *lines)


def _new(event: Event, shown: set[Diagnostic]) -> list[Diagnostic]:
    """Return the diagnostics of an event that were not shown before, and add them to `shown`.

    Equal ones of other strategies and seeds differ in their numbers alone; a fault of the data or
    of the tokenizer is shown for the first of a task's languages only.
    """
    fresh = []
    for note in event.diagnostics if isinstance(event, Finished) else ():
        language = "any" if note.kind in OF_DATA and note.language else note.language
        bare = replace(note, value=0.0, language=language)
        if bare not in shown:
            shown.add(bare)
            fresh.append(note)
    return fresh


def failure(event: Failed) -> str:
    """Return what failed and why."""
    return f"{describe(event.phase)} failed: {event.cause}"


def ended(tally: Tally, seconds: float) -> str:
    """Return the last line: how many phases were run, kept and failed, and in what time."""
    parts = [f"{tally.ran} run", f"{tally.kept} kept", f"{tally.failed} failed"]
    if others := tally.total - tally.ran - tally.kept - tally.failed:
        parts.append(f"{others} not run")
    return f"{tally.total} phases: {', '.join(parts)}, in {duration(seconds)}"


def _state(running: Running) -> str:
    """Return how far a phase is, numbers first so that a narrow terminal keeps them."""
    if running.owner is not None:
        return f"waiting for {running.owner}: {describe(running.phase)}"
    speed = f", {running.tokens_per_second:,.0f} tokens/s" if running.tokens_per_second else ""
    return f"{running.fraction:4.0%}{speed}  {describe(running.phase)}"


def _left(tally: Tally, now: float) -> str:
    """Return the time left in words, or nothing while nothing tells or nothing is left."""
    seconds = tally.seconds_left(now)
    return f"about {duration(seconds)} left" if seconds else ""


def _say(console: Console, line: str) -> None:
    """Print one line as it is."""
    console.print(Text(safe(line)), soft_wrap=True, highlight=False)
