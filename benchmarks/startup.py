"""Times what must be quick: `--help`, `list tasks`, and a comparison that the store answers.

    python benchmarks/startup.py [runs]

Prints median, least and most of whole-process seconds after one warm-up, which writes Python's
bytecode even where PYTHONDONTWRITEBYTECODE is set; and which tensor libraries each command loaded.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

PROGRAM = "import sys; from xharness.cli import run; run(sys.argv[1:]); "
LOADED = (
    "print(sorted({'torch','transformers','datasets','faiss'} & set(sys.modules)),file=sys.stderr)"
)


def seconds(arguments: list[str]) -> float:
    """Return how long one whole process takes."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "xharness", *arguments]
    start = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True, env=kept)
    return time.perf_counter() - start


def main() -> None:
    """Run and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    for arguments in (["--help"], ["list", "tasks"]):
        taken = [seconds(arguments) for _ in range(runs + 1)][1:]
        loaded = subprocess.run(
            [sys.executable, "-c", PROGRAM + LOADED, *arguments],
            capture_output=True,
            text=True,
            check=True,
        ).stderr.splitlines()[-1]
        print(
            f"xharness {' '.join(arguments)}: median {statistics.median(taken):.3f} s "
            f"({min(taken):.3f} to {max(taken):.3f}, {runs} runs); loaded {loaded}"
        )


if __name__ == "__main__":
    main()
