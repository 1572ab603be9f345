"""How often a strategy that changes nothing is called different.

python benchmarks/lab_null.py [--repetitions 20] [flags of compare]

The strategy `again` is `english` with other seeds, so every significant difference is an error.
Each repetition has five seeds of its own for both, and the whole of the product between: the plan,
the trainings, the interval over seeds and clusters. Two of twenty are let pass.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from xharness import Cell, Checkpoint, Strategy, Train, Trainer, hookimpl

SEEDS = 5
ALLOWED = 0.1
TARGET = "lab_udpos"
APART = 1_000_000
"""Added to the seeds of `again`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """`english`, with other seeds."""

    name: str = "again"
    summary: str = "english with other seeds: a null strategy"
    uses_intermediates: bool = True

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return what `english` does, with other seeds throughout."""
        made = train.on_target(start=train.on(*cell.intermediates))
        return made and reseeded(made)


def reseeded(train: Train) -> Train:
    """Return a training with other seeds, and all that it starts from likewise."""
    start = train.start
    if isinstance(start, Checkpoint):
        start = replace(start, train=reseeded(start.train))
    return replace(train, start=start, seed=train.seed + APART)


@hookimpl
def xharness_strategies() -> Sequence[Strategy]:
    """Offer the null strategy."""
    return [Again()]


def main() -> int:
    """Compare again and again, print what was found, and return how the process ends."""
    flags = sys.argv[1:]
    repetitions = 20
    if "--repetitions" in flags:
        place = flags.index("--repetitions")
        repetitions = int(flags[place + 1])
        del flags[place : place + 2]
    wrong = 0
    for number in range(repetitions):
        row = compared(range(1 + number * SEEDS, 1 + (number + 1) * SEEDS), flags)
        significant = row["low"] > 0 or row["high"] < 0
        wrong += significant
        print(
            f"{number + 1:3} {row['delta']:+6.2f}  {row['low']:+6.2f} to {row['high']:+6.2f}"
            f"{'  significant' if significant else ''}",
            flush=True,
        )
    print(f"{wrong} of {repetitions} significant; {ALLOWED * repetitions:.0f} let pass")
    return int(wrong > ALLOWED * repetitions)


def compared(seeds: range, flags: list[str]) -> dict[str, Any]:
    """Return the row of `again` against `english` on the target, over all languages."""
    command = [
        *(sys.executable, "-m", "xharness", "compare", "--suite", "lab", "--plugin", __file__),
        *("--strategies", "english,again", "--against", "english", "--targets", TARGET),
        *("--seeds", ",".join(map(str, seeds)), "--json", *flags),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    rows: list[dict[str, Any]] = json.loads(done.stdout)["summary"]
    return next(r for r in rows if r["strategy"] == "again" and r["target"] == TARGET)


if __name__ == "__main__":
    sys.exit(main())
