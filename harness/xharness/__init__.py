"""Settles questions of cross-lingual intermediate-task transfer.

These are the names that plugin authors use; everything else may change without notice.
Importing this package imports no tensor library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xharness.errors import DataError, PluginError, StudyError
from xharness.examples import (
    STRIPPED_AT_MOST,
    Answer,
    Classification,
    Example,
    MultipleChoice,
    Pair,
    Plain,
    SpanQuestion,
    Tagging,
)
from xharness.exclusions import Exclusions
from xharness.keys import Key
from xharness.languages import Language
from xharness.metrics import (
    Accuracy,
    ChunkF1,
    Metric,
    MiningF1,
    Mlqa,
    SquadV1,
    SquadV2,
    TokenAccuracy,
)
from xharness.models import ModelSource
from xharness.phases import Checkpoint, Phase, Predict, Pretrain, Recipe, Score, Train, Translate
from xharness.plugin.hooks import API_VERSION, Executor, PhaseRun, Point, Report, Tracker, hookimpl
from xharness.strategies import Cell, Changes, Strategy, TextMix, Trainer, Translation
from xharness.tasks import (
    Kind,
    Role,
    Row,
    Slice,
    Source,
    Task,
    by_column,
    by_config,
    by_first,
    by_position,
    read_squad,
)
from xharness.translators import Files, Seq2Seq, Translator
from xharness.tuning import TuningMethod

if TYPE_CHECKING:
    from xharness.commands.comparison import Comparison, compare, open_store
    from xharness.commands.export import load_results

__version__ = "0.1.0"

__all__ = [
    "API_VERSION",
    "STRIPPED_AT_MOST",
    "Accuracy",
    "Answer",
    "Cell",
    "Changes",
    "Checkpoint",
    "ChunkF1",
    "Classification",
    "Comparison",
    "DataError",
    "Example",
    "Exclusions",
    "Executor",
    "Files",
    "Key",
    "Kind",
    "Language",
    "Metric",
    "MiningF1",
    "Mlqa",
    "ModelSource",
    "MultipleChoice",
    "Pair",
    "Phase",
    "PhaseRun",
    "Plain",
    "PluginError",
    "Point",
    "Predict",
    "Pretrain",
    "Recipe",
    "Report",
    "Role",
    "Row",
    "Score",
    "Seq2Seq",
    "Slice",
    "Source",
    "SpanQuestion",
    "SquadV1",
    "SquadV2",
    "Strategy",
    "StudyError",
    "Tagging",
    "Task",
    "TextMix",
    "TokenAccuracy",
    "Tracker",
    "Train",
    "Trainer",
    "Translate",
    "Translation",
    "Translator",
    "TuningMethod",
    "__version__",
    "by_column",
    "by_config",
    "by_first",
    "by_position",
    "compare",
    "hookimpl",
    "load_results",
    "open_store",
    "read_squad",
]


_LATER = {
    "Comparison": "comparison",
    "compare": "comparison",
    "load_results": "export",
    "open_store": "comparison",
}
"""Names that are imported when they are first asked for, and the commands they belong to."""


def __getattr__(name: str) -> Any:
    """Return what is imported when it is first asked for, so that plugins do not pay for it.

    Raises:
        AttributeError: If there is no such name.
    """
    if name in _LATER:
        from importlib import import_module

        return getattr(import_module(f"xharness.commands.{_LATER[name]}"), name)
    raise AttributeError(f"module 'xharness' has no attribute {name!r}")
