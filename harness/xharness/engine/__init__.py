"""The plugin that trains and predicts; the only package that loads torch and Hugging Face.

Nothing heavy is imported before a phase is run, so listing and planning stay quick.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
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
    hub.set_offline(offline)
