"""The plugin that trains and predicts; the only package that loads torch and Hugging Face.

Nothing heavy is imported before a phase is run, so listing and planning stay quick.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from xharness.data import hub
from xharness.keys import Key
from xharness.phases import Phase, Predict, Train, Translate
from xharness.plugin.hooks import PhaseRun, hookimpl

if TYPE_CHECKING:
    from xharness.store.store import Artifact


@hookimpl(trylast=True)
def xharness_run_phase(phase: Phase, inputs: Mapping[Key, Artifact], run: PhaseRun) -> bool | None:
    """Run a Train, Predict or Translate phase; return None for any other, which is not ours."""
    if isinstance(phase, Train):
        prepare(offline=run.offline, threads=run.threads)
        from xharness.engine.training import loop

        loop.run(phase, inputs, run)
        return True
    if isinstance(phase, Predict):
        prepare(offline=run.offline, threads=run.threads)
        from xharness.engine.prediction import predict

        predict.run(phase, inputs, run)
        return True
    if isinstance(phase, Translate):
        prepare(offline=run.offline, threads=run.threads)
        from xharness.engine.translation import translate

        translate.run(phase, inputs, run)
        return True
    return None


def prepare(*, offline: bool, threads: int) -> None:
    """Set what the libraries read from the environment when they are imported.

    Args:
        offline: True if they must not open a connection.
        threads: For the tokenizer; torch gets its number later, from `profile.choose`.
    """
    # By default OpenMP's threads spin while they wait, and so take cores from every other
    # training: with it two at once were five times slower, while one alone was about a fifth
    # faster (benchmarks/README.md).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    os.environ.setdefault("RAYON_NUM_THREADS", str(threads))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    _keep_freed_memory()
    hub.set_offline(offline)


_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
"""Of mallopt(3)."""


@cache
def _keep_freed_memory() -> None:
    """Let the C library keep freed memory for the next tensor, where it can be told.

    Every update frees and takes the same amounts. Handed back and taken anew, they cost an update
    of a small encoder 18,000 page faults and about a twentieth of its time (docs/performance.md).
    """
    mallopt = None if os.name == "nt" else getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, 32 << 20)  # the most that glibc takes
        mallopt(_TRIM_THRESHOLD, 512 << 20)
        mallopt(_TOP_PAD, 16 << 20)
