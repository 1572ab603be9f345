"""Compares the time that the progress bar promises with the time that was really left.

    python benchmarks/time_left.py [flags of xharness compare]

Runs the comparison into a new store, asks for the time left every second, and prints when the
first promise was made and how far off promises were, as factors of what was really left. The last
tenth of the run does not count: there, seconds are left.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event as Flag
from threading import Lock, Thread

from xharness.cli import output
from xharness.commands import compare, session
from xharness.execution.events import Event
from xharness.phases import Phase
from xharness.planning.cost import Cost
from xharness.report.tally import Tally
from xharness.report.wording import duration

promises: list[tuple[float, float]] = []
"""When, and how many seconds were promised."""


@contextmanager
def watch(phases: Sequence[Phase], cost: Cost) -> Iterator[Callable[[Event], None]]:
    """Write down every promise while the phases run."""
    tally, lock, stop = Tally(phases, cost), Lock(), Flag()

    def look() -> None:
        while not stop.wait(1.0):
            with lock:
                now = time.monotonic()
                if (left := tally.seconds_left(now)) is not None:
                    promises.append((now, left))

    def listen(event: Event) -> None:
        with lock:
            tally.apply(event, time.monotonic())

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield listen
    finally:
        stop.set()
        thread.join()


def main() -> None:
    """Run and print."""
    strategies = sys.argv[1] if len(sys.argv) > 1 else "english,translate,mlm"
    with TemporaryDirectory() as folder:
        flags = session.shared_flags({"strategies": strategies, "store": Path(folder) / "store"})
        planned = session.planned(flags, output.complain)
        options = compare.RunOptions(device="auto", executor="local", workers=None)
        began = time.monotonic()
        compare.compare(planned, flags.paths, options, complain=output.complain, follow=watch)
        ended = time.monotonic()
    counted = [(at, left) for at, left in promises if at - began < 0.9 * (ended - began)]
    factors = [left / (ended - at) for at, left in counted]
    print(f"{len(planned.plan.phases):,} phases in {duration(ended - began)}")
    print(f"first promise after {duration(counted[0][0] - began)}: {duration(counted[0][1])}")
    inside = statistics.fmean(0.5 <= f <= 2 for f in factors)
    print(
        f"promised / really left: {min(factors):.2f} to {max(factors):.2f}, "
        f"median {statistics.median(factors):.2f}; within a factor of two: {inside:.0%} "
        f"of {len(factors)}"
    )


if __name__ == "__main__":
    main()
