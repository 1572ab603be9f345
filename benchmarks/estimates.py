"""Compares what `xharness plan` promises after a calibration with what the run then takes.

    python benchmarks/estimates.py [flags of xharness compare, but --store]

Calibrates into a new store, plans, runs the comparison in a process of its own, and prints time,
largest memory of all its processes together, and bytes on disk, promised and measured. The memory
is the sum of the resident pages, looked at twice a second, so it needs /proc; processes share
some of these pages, which both figures count in each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

XHARNESS = [sys.executable, "-m", "xharness"]


def main() -> None:
    """Measure and print."""
    flags = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "store")
        given = [*flags, "--store", str(store)]
        began = time.monotonic()
        plan = [*XHARNESS, "plan", *given, "--calibrate", "--json"]
        done = subprocess.run(plan, check=True, capture_output=True, text=True)
        print(f"calibrated in {time.monotonic() - began:.1f} s{_load()}")
        promised = json.loads(done.stdout)
        began, most = time.monotonic(), 0
        with subprocess.Popen([*XHARNESS, "compare", *given, "--json", "-q"], stdout=-3) as running:
            while running.poll() is None:
                most = max(most, resident(running.pid))
                time.sleep(0.5)
        took = time.monotonic() - began
        if running.returncode:
            raise SystemExit("the comparison failed; its own words are above")
        size = sum(f.stat().st_size for f in store.glob("phases/**/*") if f.is_file())
    print(f"{promised['planned']:,} phases, {promised['workers']} at once{_load()}")
    shown("seconds", promised["wall_seconds"], took)
    shown("MB of memory", (promised["memory"] or 0) / 1e6, most / 1e6)
    shown("MB on disk", promised["bytes"] / 1e6, size / 1e6)


def resident(root: int) -> int:
    """Return the resident bytes of a process and all that it has started."""
    parents, sizes = {}, {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines())
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        number = int(status.parent.name)
        parents[number] = int(lines["PPid"])
        sizes[number] = int(lines.get("VmRSS", "0 kB").split()[0]) * 1024
    family = {root}
    while more := {n for n, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(sizes.get(number, 0) for number in family)


def shown(what: str, promised: float | None, measured: float) -> None:
    """Print two figures and how they compare."""
    if promised is None:
        print(f"{what:14} not promised   measured {measured:10,.1f}")
        return
    ratio = promised / measured
    print(f"{what:14} promised {promised:10,.1f}   measured {measured:10,.1f}   {ratio:.2f} times")


def _load() -> str:
    """Return how many processes wanted a processor in the last minute, in words."""
    path = Path("/proc/loadavg")
    return f", load {path.read_text('utf-8').split()[0]}" if path.is_file() else ""


if __name__ == "__main__":
    main()
