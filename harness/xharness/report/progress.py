"""Follows an execution: counts its events and shows them on the screen and in a log file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread

from rich.console import Console
from rich.live import Live

from xharness.errors import StudyError
from xharness.execution.diagnostics import OF_DATA, Diagnostic
from xharness.execution.events import Event, Finished
from xharness.phases import Phase
from xharness.planning.cost import Cost
from xharness.report.diagnostics import diagnostic_line
from xharness.report.display import Bar, Clock, Display, Lines, Log
from xharness.report.tally import Tally
from xharness.report.wording import duration

Listener = Callable[[Event], None]

_TICK = 0.25
"""Seconds between two updates of the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How much is shown while phases run."""

    quiet: bool = False
    """Show nothing on the screen."""
    verbose: bool = False
    """Show a line for every phase."""
    log_file: Path | None = None
    """A file to which a line with the time is added for every phase."""


def follow_here(
    amount: Amount,
) -> Callable[[Sequence[Phase], Cost], AbstractContextManager[Listener]]:
    """Return `follow` with standard error, or the output of a notebook's cell, as its console."""
    return partial(follow, console=Console(stderr=True), amount=amount)


@contextmanager
def follow(
    phases: Iterable[Phase],
    cost: Cost,
    *,
    console: Console,
    amount: Amount,
    clock: Clock = time.monotonic,
) -> Iterator[Listener]:
    """Show progress inside the `with` block, and one line of counts at its end.

    Args:
        phases: All phases of the plan, whether in the store or not.
        cost: Phase to its expected time.
        console: Usually standard error. An interactive terminal gets a bar, else plain lines.
        amount: How much is shown.
        clock: Returns seconds that never decrease.

    Yields:
        The function to call with every event; any thread may call it.

    Raises:
        StudyError: If the log file cannot be written.
    """
    tally = Tally(phases, cost)
    start = clock()
    lock, stop = Lock(), Flag()
    shown: set[Diagnostic] = set()

    def ticking() -> None:
        while not stop.wait(_TICK):
            with lock:
                for display in displays:
                    display.tick()

    def listen(event: Event) -> None:
        with lock:
            tally.apply(event, clock())
            notes = [diagnostic_line(note) for note in _new(event, shown)]
            for display in displays:
                display.happened(event)
                for note in notes:
                    display.warn(note)

    with ExitStack() as files, ExitStack() as bar:
        displays = list(_displays(tally, console, amount, clock, files, bar))
        ticker = Thread(target=ticking, name="xharness-progress", daemon=True)
        ticker.start()
        try:
            yield listen
        finally:
            stop.set()
            ticker.join()
            bar.close()
            for display in displays:
                display.say(ended(tally, clock() - start))


def _displays(
    tally: Tally, console: Console, amount: Amount, clock: Clock, files: ExitStack, bar: ExitStack
) -> Iterator[Display]:
    """Yield the displays that show progress.

    Args:
        tally: The counts to show.
        console: Where the bar or plain lines go.
        amount: How much is shown.
        clock: Returns seconds that never decrease.
        files: Closes the log file at the end.
        bar: Removes the bar at the end.

    Raises:
        StudyError: If the log file cannot be written.
    """
    if amount.log_file is not None:
        try:
            file = files.enter_context(amount.log_file.open("a", encoding="utf-8", buffering=1))
        except OSError as wrong:
            problem = f"log-file: {amount.log_file} cannot be written: {wrong.strerror}"
            raise StudyError("command line", [problem]) from None
        yield Log(tally, file)
    if amount.quiet:
        return
    if console.is_interactive:
        live = bar.enter_context(Live(console=console, auto_refresh=False, transient=True))
        yield Bar(tally, live, clock, verbose=amount.verbose)
    else:
        yield Lines(tally, console, clock, verbose=amount.verbose)


def _new(event: Event, shown: set[Diagnostic]) -> list[Diagnostic]:
    """Return the diagnostics of an event that were not shown before, and add them to `shown`.

    Those of other strategies and seeds that differ only in their numbers count as shown. A fault
    of the data or of the tokenizer is shown only for the first of a task's languages.
    """
    fresh = []
    for note in event.diagnostics if isinstance(event, Finished) else ():
        language = "any" if note.kind in OF_DATA and note.language else note.language
        bare = replace(note, value=0.0, language=language)
        if bare not in shown:
            shown.add(bare)
            fresh.append(note)
    return fresh


def ended(tally: Tally, seconds: float) -> str:
    """Return the last line: how many phases were run, kept and failed, and in what time."""
    parts = [f"{tally.ran} run", f"{tally.kept} kept", f"{tally.failed} failed"]
    if others := tally.total - tally.ran - tally.kept - tally.failed:
        parts.append(f"{others} not run")
    return f"{tally.total} phases: {', '.join(parts)}, in {duration(seconds)}"
