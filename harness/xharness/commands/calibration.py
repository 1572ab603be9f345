"""On what a plan runs here, and what a calibration of that has found."""

from __future__ import annotations

import os
import platform

from xharness.commands.session import Planned
from xharness.execution import devices
from xharness.keys import key
from xharness.planning import measured
from xharness.planning.measured import Calibration, Setting
from xharness.store import provenance

NARROW = 384
"""Hidden size up to which several workers of one thread are faster than one worker of several
threads, because matrices are too small to share: two workers do a third more than two threads at
384, twice as much at 128 (benchmarks/README.md)."""
_AT_ONCE = 4
"""Largest number of workers by default; each has a model of its own in memory."""


def setting(planned: Planned, device: str, wanted: int | None) -> Setting:
    """Return what decides whether a calibration holds for a plan.

    Args:
        planned: The plan.
        device: As in `--device`.
        wanted: As in `--workers`.
    """
    at_once, threads = shares(planned.model.width, wanted, devices.gpus(device))
    start = planned.model.start
    return Setting(
        host=platform.node(),
        model=key(start),
        precision=planned.plan.precision,
        device=device,
        workers=at_once,
        threads=threads,
        versions=tuple(f"{name} {v}" for name, v in sorted(provenance.versions().items())),
    )


def here(planned: Planned, device: str, wanted: int | None) -> tuple[Setting, Calibration | None]:
    """Return on what a plan would run, and the calibration that the store has for it, if any.

    Args:
        planned: The plan.
        device: As in `--device`.
        wanted: As in `--workers`.
    """
    of = setting(planned, device, wanted)
    content = planned.store.calibration(of.name)
    return of, None if content is None else measured.read(content)


def shares(width: int, workers: int | None, gpus: int = 0) -> tuple[int, int]:
    """Return how many phases run at once, and how many processor threads each of them has.

    A narrow encoder always has one thread per phase, whatever the number of workers, so that its
    results do not depend on that number.

    Args:
        width: Hidden size of the encoder.
        workers: The user's choice; None is one for each GPU, and without GPUs chosen by the size of
            the encoder.
        gpus: How many may be used.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = cores or 1
    narrow = width <= NARROW
    at_once = workers or gpus or (min(cores, _AT_ONCE) if narrow else 1)
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        return at_once, int(wanted)
    return at_once, 1 if narrow else max(1, cores // at_once)
