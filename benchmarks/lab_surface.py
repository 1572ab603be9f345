"""Prints what bags of words, lengths and overlap give on every task and language of the lab.

Run `python benchmarks/lab_surface.py`. The process fails where a task that must have no such
tricks has one.
"""

from __future__ import annotations

import sys

from xharness_lab.surface import MARGIN, TASKS, Finding, finding


def main() -> int:
    """Print one line per task and language, and return how the process ends."""
    print(f"{'task':16}{'language':10}{'score':>7}{'chance':>8}  best baseline")
    found = [finding(name, language) for name in TASKS for language in TASKS[name].languages]
    for one in found:
        mark = "  TRICK" if tricked(one) else ""
        scores = f"{one.score:7.1f}{one.chance:8.1f}"
        print(f"{one.task:16}{one.language:10}{scores}  {one.baseline}{mark}")
    return int(any(map(tricked, found)))


def tricked(found: Finding) -> bool:
    """Return whether a baseline has more than it may."""
    return found.held and found.score > found.chance + MARGIN


if __name__ == "__main__":
    sys.exit(main())
