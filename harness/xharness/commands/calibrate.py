"""Times small phases like those of a plan, to tell what the plan will take."""

from __future__ import annotations

import multiprocessing
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from statistics import fmean
from threading import Thread

from xharness.commands.bench import Bench
from xharness.commands.calibration import here
from xharness.commands.session import Complain, Paths, Planned
from xharness.execution import run, workers
from xharness.planning import measured, samples
from xharness.planning.measured import Calibration, Setting
from xharness.planning.samples import Sample
from xharness.store.store import Store

SECONDS = 45.0
"""After which nothing more is timed."""
_PATIENCE = 2.0
"""Seconds after that in which a phase can end by itself; then its worker is ended."""
_TICK = 0.1
"""Seconds between two looks at whether all is timed."""


def calibrate(
    planned: Planned,
    device: str,
    wanted: int | None,
    *,
    complain: Complain,
    progress: Callable[[float, str], None] = lambda _part, _what: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Calibration:
    """Time small phases for less than a minute, keep what was found in the store and return it.

    All workers are busy at once, as they will be when the plan runs.

    Args:
        planned: The plan whose kinds of work are timed.
        device: As in `--device`.
        wanted: As in `--workers`.
        complain: Told in a sentence what could not be timed.
        progress: Called with the part done, 0 to 1, and what is being timed.
        should_stop: Returns True once the user has asked to stop.

    Raises:
        KeyboardInterrupt: If the user asked to stop.
        StoreError: If the store cannot be written.
    """
    of, earlier = here(planned, device, wanted)
    began = time.monotonic()

    def late() -> bool:
        return should_stop() or time.monotonic() - began > SECONDS

    def shown(benches: Sequence[Bench]) -> None:
        now = ", ".join(dict.fromkeys(b.at for b in benches if b.at))
        progress(min((time.monotonic() - began) / SECONDS, 1.0), now)

    benches, resident = _timed(planned, of, complain, shown, late)
    if should_stop():
        raise KeyboardInterrupt
    if not any(bench.speeds for bench in benches):
        complain(
            f"nothing was timed: no phase of this plan could be tried twice in {SECONDS:.0f} s "
            "here; fewer rows (--limit-train, --limit-eval) or a smaller encoder would"
        )
    speeds = {name: speed for bench in benches for name, speed in dict(bench.speeds).items()}
    found = Calibration(
        speeds={**(earlier.speeds if earlier else {}), **speeds},
        workers=of.workers,
        opening=fmean([o for b in benches for o in b.openings] or [0.0]),
        network=fmean([n for b in benches for n in b.networks] or [0.0]),
        worker_bytes=max([*resident, earlier.worker_bytes if earlier else 0]),
        caller_bytes=_peak(None),
        when=datetime.now(UTC).strftime("%Y-%m-%d"),
    )
    planned.store.save_calibration(of.name, measured.text(found))
    return found


def _timed(
    planned: Planned,
    of: Setting,
    complain: Complain,
    shown: Callable[[Sequence[Bench]], None],
    late: Callable[[], bool],
) -> tuple[list[Bench], list[int]]:
    """Return what each worker has measured, and the largest resident memory of each.

    Args:
        planned: Whose kinds of work are timed.
        of: On what.
        complain: Told what could not be timed.
        shown: Called ten times a second.
        late: Returns True once no more is to be timed.
    """
    waiting: SimpleQueue[Sample] = SimpleQueue()
    for sample in samples.of_plan(planned.plan.phases):
        waiting.put(sample)
    paths, registry = planned.shared.paths, planned.registry
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        workers.worker_pool(registry, paths.plugins) as pool,
    ):
        benches = [
            Bench(
                tasks=registry.tasks,
                store=Store(Path(folder, str(n))),
                runner=pool,
                settings=_settings(paths, of, late),
                complain=complain,
            )
            for n in range(of.workers)
        ]
        threads = [Thread(target=b.work, args=(waiting,), daemon=True) for b in benches]
        for thread in threads:
            thread.start()
        patience = _PATIENCE
        while any(thread.is_alive() for thread in threads) and patience > 0:
            time.sleep(_TICK)
            patience -= _TICK if late() else 0.0
            shown(benches)
        return benches, [_peak(child.pid) for child in multiprocessing.active_children()]


def _settings(paths: Paths, of: Setting, late: Callable[[], bool]) -> run.RunSettings:
    """Return how the samples are run: as the plan would be."""
    return run.RunSettings(
        device=of.device,
        threads=of.threads,
        data_root=paths.data_root,
        offline=paths.offline,
        should_stop=late,
    )


def _peak(process: int | None) -> int:
    """Return the largest resident memory of a process so far, in bytes; 0 where it is not told."""
    status = Path("/proc", "self" if process is None else str(process), "status")
    text = status.read_text("utf-8") if status.is_file() else ""
    found = re.search(r"^VmHWM:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
