"""The embedded suite: fictional languages, tasks in them, an encoder and a translator for them.

Nothing is downloaded and nothing heavy is imported. The modules, lowest first: world (concepts),
nature (what nouns are like), languages (words), grammar (sentences), inference (what follows from
a sentence), corpus (text), then a module per kind of task and surface (baselines that understand no
word). The models are in `weights`; `python -m xharness_lab pretrain` makes them anew, with the
modules tokens, learning, encoder, translator, cards and pretrain.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xharness import Language, ModelSource, Seq2Seq, Task, Translator, hookimpl
from xharness_lab import choice, described, nli, paraphrase, retrieval, span_qa, tagging, text
from xharness_lab.languages import ASKED, SOURCE

_WEIGHTS = Path(__file__).parent / "weights"

MODEL = ModelSource(
    name="lab-mini",
    path=str(_WEIGHTS / "lab-mini"),
    width=128,
    depth=3,
    suites=("lab",),
    licence="Apache-2.0",
    summary="pre-norm RoBERTa, 3 layers of 128, pretrained on the lab's text; included",
)

TRANSLATOR = Seq2Seq(
    name="lab-mt",
    location=str(_WEIGHTS / "lab-mt"),
    style="bos",
    codes={x.code: x.code for x in ASKED if x.corpus},
    sources=(SOURCE.code,),
    licence="Apache-2.0",
    summary="from Arvish into the fictional languages that have any text; included",
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
def xharness_translators() -> Sequence[Translator]:
    """Offer the lab's translator."""
    return [TRANSLATOR]
