"""Where progress is shown: a bar in a terminal, else a few plain lines; and a log file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from xharness.execution.events import Event, Failed, Finished, Kept, Skipped, Waiting
from xharness.report.table import safe
from xharness.report.tally import Running, Tally
from xharness.report.wording import count, duration

Clock = Callable[[], float]

HEARTBEAT = 30.0
"""Seconds without a plain line after which one says that work goes on."""
SECONDS = 5.0
PART = 0.1
"""There is a plain line each time that this fraction of all phases has ended, but at most one every
`SECONDS`."""


class Display(Protocol):
    """Where progress is shown."""

    def happened(self, event: Event) -> None:
        """Show an event that the tally has counted."""
        ...

    def say(self, line: str) -> None:
        """Show one line."""
        ...

    def warn(self, line: str) -> None:
        """Show a warning about a phase, if the display has room for them."""
        ...

    def tick(self) -> None:
        """Show that time has passed."""
        ...


class Lines:
    """Plain lines: one for each tenth of the phases, a heartbeat in between, and each failure."""

    def __init__(
        self, tally: Tally, console: Console, clock: Clock, *, verbose: bool = False
    ) -> None:
        """Start silent."""
        self._tally, self._console, self._clock = tally, console, clock
        self._verbose = verbose
        self._last = clock()
        self._shown = 0

    def happened(self, event: Event) -> None:
        """Print a line if the event is worth one."""
        if (line := told(self._tally, event, every=self._verbose)) is not None:
            self._print(line)
        elif (
            self._tally.done < self._tally.total  # the last line is about all of them
            and self._tally.done - self._shown >= PART * self._tally.total
            and self._clock() - self._last >= SECONDS
        ):
            self._print(f"{self._tally.done / self._tally.total:.0%}".replace("%", " %"))

    def say(self, line: str) -> None:
        """Print one line as it is."""
        _print(self._console, line)

    def warn(self, line: str) -> None:
        """Print a warning only where every phase has a line: the result counts them."""
        if self._verbose:
            self.say(line)

    def tick(self) -> None:
        """Print a heartbeat if nothing was printed for long."""
        if (now := self._clock()) - self._last >= HEARTBEAT:
            self._print(
                "; ".join(_state(self._tally, r, now) for r in self._tally.running.values())
            )

    def _print(self, what: str) -> None:
        self._last, self._shown = self._clock(), self._tally.done
        parts = [p for p in (what, _left(self._tally, self._last)) if p]
        self.say(f"{_count(self._tally)} {', '.join(parts)}".rstrip())


class Log:
    """A file that gets a line with the time for every phase that ends or waits."""

    def __init__(self, tally: Tally, file: TextIO) -> None:
        """Write nothing yet."""
        self._tally, self._file = tally, file

    def happened(self, event: Event) -> None:
        """Write a line if a phase has ended or waits."""
        if (line := told(self._tally, event, every=True)) is not None:
            self.say(f"{_count(self._tally)} {line}")

    def warn(self, line: str) -> None:
        """Write a warning."""
        self.say(line)

    def say(self, line: str) -> None:
        """Write one line."""
        now = datetime.now(UTC).astimezone()
        self._file.write(f"{now:%Y-%m-%d %H:%M:%S} {safe(line)}\n")

    def tick(self) -> None:
        """Write nothing."""


class Bar:
    """A bar over all phases, and below it what runs now."""

    def __init__(self, tally: Tally, live: Live, clock: Clock, *, verbose: bool = False) -> None:
        """Draw nothing yet."""
        self._tally, self._live, self._clock, self._verbose = tally, live, clock, verbose
        self._warnings = 0

    def happened(self, event: Event) -> None:
        """Print failures above the bar; the rest shows with the next tick."""
        if self._verbose and (line := told(self._tally, event, every=True)) is not None:
            self.say(f"{_count(self._tally)} {line}")
        elif isinstance(event, Failed):
            self.say(failure(self._tally, event))

    def say(self, line: str) -> None:
        """Print one line above the bar."""
        _print(self._live.console, line)

    def warn(self, line: str) -> None:
        """Print a warning above the bar only where every phase has a line there; else count it."""
        self._warnings += 1
        if self._verbose:
            self.say(line)

    def tick(self) -> None:
        """Draw the bar again."""
        self._live.update(self.render(), refresh=True)

    def render(self) -> RenderableType:
        """Return the bar and the running phases; the bar pulses until there is progress to show."""
        tally, now = self._tally, self._clock()
        counts = [f"{tally.done}/{tally.total} phases"]
        counts += [f"{tally.kept} kept"] if tally.kept else []
        counts += [f"{tally.failed} failed"] if tally.failed else []
        counts += [f"{tally.skipped} not run"] if tally.skipped else []
        counts += [count(self._warnings, "warning")] if self._warnings else []
        counts += [left] if (left := _left(tally, now)) else []
        grid = Table.grid(padding=(0, 2), expand=True)
        grid.add_column(ratio=1)
        grid.add_column(overflow="fold")
        done = tally.done + sum(r.fraction for r in tally.running.values())
        bar = ProgressBar(
            total=max(tally.total, 1), completed=done, pulse=not done, animation_time=now
        )
        grid.add_row(bar, Text(", ".join(counts)))
        lines = [
            Text(f"  {safe(_state(tally, r, now))}", no_wrap=True, overflow="ellipsis")
            for r in tally.running.values()
        ]
        return Group(grid, *lines)


def told(tally: Tally, event: Event, *, every: bool) -> str | None:
    """Return an event in words, or None if it gets no line.

    Args:
        tally: Holds the names of phases.
        event: What happened.
        every: Whether every phase that ends or waits gets a line; otherwise only failures.
    """
    if isinstance(event, Failed):
        return failure(tally, event)
    if every and isinstance(event, Finished):
        return f"{tally.name(event.phase)} took {duration(event.seconds)}"
    if every and isinstance(event, Waiting):
        return f"{tally.name(event.phase)}: waiting for {event.owner}"
    if every and isinstance(event, Kept | Skipped):
        return f"{tally.name(event.phase)}: {'kept' if isinstance(event, Kept) else 'not run'}"
    return None


def failure(tally: Tally, event: Failed) -> str:
    """Return what failed and why."""
    return f"{tally.name(event.phase)} failed: {event.cause}"


def _count(tally: Tally) -> str:
    """Return "[done/all]", the number of phases that need no more work."""
    return f"[{tally.done}/{tally.total}]"


def _state(tally: Tally, running: Running, now: float) -> str:
    """Return the progress of a phase; numbers come first, so that a narrow terminal keeps them.

    A phase that has not reported yet is still loading libraries, the model and rows.
    """
    if running.owner is not None:
        return f"waiting for {running.owner}: {tally.name(running.phase)}"
    if not running.fraction and not running.tokens_per_second:
        return f"loading, {now - running.since:.0f} s  {tally.name(running.phase)}"
    speed = f", {running.tokens_per_second:,.0f} tokens/s" if running.tokens_per_second else ""
    return f"{running.fraction:4.0%}{speed}  {tally.name(running.phase)}"


def _left(tally: Tally, now: float) -> str:
    """Return the time left in words; nothing at the end, or while it is not known."""
    seconds = tally.seconds_left(now)
    return f"about {duration(seconds)} left" if seconds else ""


def _print(console: Console, line: str) -> None:
    """Print one line as it is."""
    console.print(Text(safe(line)), soft_wrap=True, highlight=False)
