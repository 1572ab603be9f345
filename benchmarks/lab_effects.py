"""Compares what was planted in the lab with what the harness finds.

python benchmarks/lab_effects.py [--seeds 10] [--store FOLDER] [more flags of compare]

One comparison of `none` and `english` per intermediate task. An effect counts as found when the
95 % interval of the difference, over seeds and all languages, is on its side of zero; "cannot
help" when the interval holds zero. The process fails when one is not found.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from xharness_lab.effects import PLANTED, Effect


def main() -> int:
    """Compare, print a table, and return how the process ends."""
    flags = sys.argv[1:]
    if "--seeds" not in flags:
        flags = ["--seeds", "10", *flags]
    lines = []
    for intermediate in dict.fromkeys(p.intermediate for p in PLANTED):
        planted = [p for p in PLANTED if p.intermediate == intermediate]
        deltas = compared(intermediate, [p.target for p in planted], flags)
        lines += [(p, deltas[p.target], found(deltas[p.target])) for p in planted]
    print(
        f"{'intermediate':16}{'target':14}{'planted':13}{'difference':>11}{'interval':>16}  found"
    )
    for plant, row, effect in lines:
        low, high = row["low"], row["high"]
        interval = "one seed" if low is None else f"{low:+.1f} to {high:+.1f}"
        name = "-" if effect is None else effect.value
        print(
            f"{plant.intermediate:16}{plant.target:14}{plant.effect.value:13}"
            f"{row['delta']:+11.1f}{interval:>16}  {name}"
        )
    return int(any(effect is not plant.effect for plant, _, effect in lines))


def compared(intermediate: str, targets: list[str], flags: list[str]) -> dict[str, Any]:
    """Return the summary of `english` after one intermediate task, by target."""
    command = [
        *(sys.executable, "-m", "xharness", "compare", "--suite", "lab", "--json"),
        *("--strategies", "english", "--intermediates", intermediate),
        *("--targets", ",".join(targets), *flags),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    rows = json.loads(done.stdout)["summary"]
    return {r["target"]: r for r in rows if r["strategy"] == "english"}


def found(row: dict[str, Any]) -> Effect | None:
    """Return what the interval says; None without one."""
    if row["low"] is None:
        return None
    if row["low"] > 0:
        return Effect.HELPS
    return Effect.HARMS if row["high"] < 0 else Effect.NOTHING


if __name__ == "__main__":
    sys.exit(main())
