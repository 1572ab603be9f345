"""The embedded suite: fictional languages, tasks in them, and an encoder pretrained on them.

Nothing is downloaded and nothing heavy is imported before a phase runs. The modules, lowest
first: world (concepts), languages (words), grammar (sentences), corpus (text), then a module
per kind of task, surface (what tells nothing about them), and pretrain (the encoder; the only
one that needs torch).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from xharness import Language, ModelSource, Phase, PhaseRun, Pretrain, Task, hookimpl
from xharness_lab import choice, described, nli, paraphrase, retrieval, span_qa, tagging, text

MODEL = ModelSource(
    name="lab-tiny",
    pretrain=2,
    width=128,
    suites=("lab", "lab-all"),
    licence="Apache-2.0",
    summary="XLM-R architecture, 2 layers of 128, pretrained on the lab's text within a minute",
)


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer the lab's tasks."""
    return [
        *nli.TASKS,
        *paraphrase.TASKS,
        choice.TASK,
        *tagging.TASKS,
        *span_qa.TASKS,
        *retrieval.TASKS,
        text.TASK,
    ]


@hookimpl
def xharness_models() -> Sequence[ModelSource]:
    """Offer the lab's encoder."""
    return [MODEL]


@hookimpl
def xharness_languages() -> Sequence[Language]:
    """Describe the lab's languages."""
    return described.LANGUAGES


@hookimpl
def xharness_run_phase(phase: Phase, inputs: Mapping[str, Any], run: PhaseRun) -> bool | None:
    """Pretrain the lab's encoder; any other phase is left to who offers it."""
    del inputs
    if not isinstance(phase, Pretrain) or phase.model != MODEL.name:
        return None
    # Read when the libraries are imported; see xharness.engine.prepare.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("RAYON_NUM_THREADS", str(run.threads))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    from xharness_lab import pretrain

    pretrain.run(phase.seed, run)
    return True
