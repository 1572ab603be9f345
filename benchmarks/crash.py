"""Kills a comparison ten times with SIGKILL, lets it finish, and compares with an undisturbed one.

    python benchmarks/crash.py [compare's flags]

Each run is its own process group and is killed whole, at a random moment: up to two seconds after
it has published up to three phases of its own and begun another one. Prints how many kills hit the
inside of a phase, whether the results and every predictions file are byte for byte those of a run
in a fresh store, and whether any key was published twice (a published folder must stay the same
inode for good).
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KILLS = 10


def command(store: Path, flags: list[str]) -> list[str]:
    """Return the command line of one comparison."""
    return [sys.executable, "-m", "xharness", "compare", "--store", str(store), "--json", *flags]


def whole(store: Path, flags: list[str]) -> dict[str, object]:
    """Run a comparison to its end and return its numbers, without times and counts."""
    done = subprocess.run(command(store, flags), capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    del found["seconds"], found["phases"]
    return found


def predictions(store: Path) -> dict[str, str]:
    """Return the digest of every predictions file, by key."""
    return {
        path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in store.glob("phases/*/*/predictions.jsonl")
    }


def published(store: Path) -> dict[str, int]:
    """Return the inode of every published phase, by key."""
    return {p.parent.name: p.parent.stat().st_ino for p in store.glob("phases/*/*/manifest.json")}


def inside(store: Path, before: set[str]) -> bool:
    """Return whether a phase is being made; `before` is what earlier kills left behind."""
    return any(path.name not in before for path in store.glob("building/*"))


def left(store: Path) -> set[str]:
    """Return the folders of phases that were never finished."""
    return {path.name for path in store.glob("building/*")}


def killed(store: Path, flags: list[str], chance: random.Random) -> bool | None:
    """Start a comparison, kill it at a random moment; return whether it was inside a phase.

    None when it came to its end before.
    """
    before, wanted = left(store), len(published(store)) + chance.randrange(4)
    process = subprocess.Popen(
        command(store, flags),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None and not (
        len(published(store)) >= wanted and inside(store, before)
    ):
        time.sleep(0.01)
    time.sleep(chance.uniform(0.0, 2.0))
    if process.poll() is not None:
        return None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return inside(store, before)


def main() -> None:
    """Run and print."""
    flags, chance = sys.argv[1:], random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        calm, stormy = Path(folder, "calm"), Path(folder, "stormy")
        expected = whole(calm, flags)
        seen: dict[str, int] = {}
        hits = kills = twice = 0
        while kills < KILLS:
            hit = killed(stormy, flags, chance)
            if hit is None:
                break
            kills, hits = kills + 1, hits + hit
            now = published(stormy)
            twice += sum(seen[name] != now.get(name) for name in seen)
            seen |= now
            print(f"kill {kills}: {'inside a phase' if hit else 'between'}, {len(now)} published")
        found = whole(stormy, flags)
        same = found == expected and predictions(stormy) == predictions(calm)
        print(f"{kills} kills, {hits} inside a phase; same result and predictions: {same}; ")
        print(
            f"published twice: {twice}; left in building/: {len(list(stormy.glob('building/*')))}"
        )


if __name__ == "__main__":
    main()
