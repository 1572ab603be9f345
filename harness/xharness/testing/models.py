"""Checks that encoders and translators are offered with all that tables and pages say of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xharness.models import ModelSource
from xharness.testing.promises import admitted, refuse
from xharness.translators import Translator


def assert_model_conforms(model: ModelSource) -> None:
    """Check an encoder.

    Raises:
        AssertionError: If it breaks a promise; names every problem.
    """
    refuse("model", model, [*admitted("model", model), *_told(model)])


def assert_translator_conforms(translator: Translator) -> None:
    """Check a translator.

    Raises:
        AssertionError: If it breaks a promise; names every problem.
    """
    refuse("translator", translator, [*admitted("translator", translator), *_told(translator)])


def _told(offered: ModelSource | Translator) -> Iterator[str]:
    """Yield what should be said of weights, although they would be let in without."""
    place = offered.path if isinstance(offered, ModelSource) else getattr(offered, "location", "")
    # What a plugin makes itself, or has in a folder, may be nobody else's work.
    cited = ("citation",) if place and not Path(place).is_dir() else ()
    for name in ("licence", *cited, "summary"):
        if not getattr(offered, name):
            yield f"{name}: empty; text would be right"
