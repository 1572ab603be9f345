"""A plugin of one file for tests of worker processes: what each phase does is in its seed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from typing import Any

from xharness.errors import DataError
from xharness.keys import Key
from xharness.phases import Phase, Pretrain
from xharness.plugin.hooks import PhaseRun, hookimpl

WRITE, REFUSE, CRASH, DIE, WAIT, FULL = range(6)


@hookimpl
def xharness_run_phase(phase: Phase, inputs: Mapping[Key, Any], run: PhaseRun) -> bool | None:
    """Write, or fail in one of several ways."""
    if not isinstance(phase, Pretrain):
        return None
    if phase.seed == REFUSE:
        raise DataError("rows.csv: no rows, should have some")
    if phase.seed == CRASH:
        raise ValueError("out of luck")
    if phase.seed == DIE:
        os.kill(os.getpid(), signal.SIGKILL)
    if phase.seed == FULL:
        raise OSError(28, "No space left on device")
    run.report(0.5, 100.0)
    (run.scratch / "pid").write_text(str(os.getpid()), "utf-8")
    while phase.seed == WAIT:
        time.sleep(0.01)
        if run.should_stop():
            raise KeyboardInterrupt
    (run.out / "data.txt").write_text(
        f"{os.getpid()} {run.threads} {phase.model} {run.worker}", "utf-8"
    )
    return True
