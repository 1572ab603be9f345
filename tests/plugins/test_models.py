"""The encoders that come with a short name."""

from __future__ import annotations

import re

import pytest

from xharness import ModelSource
from xharness_models import mbert, mdeberta, mmbert, xlmr

MODELS = [model for module in (xlmr, mbert, mdeberta, mmbert) for model in module.xharness_models()]

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


@each_model
def test_a_model_says_all_that_a_user_needs(model: ModelSource) -> None:
    """A hub id, its size, a licence, a citation and one line for lists."""
    assert re.fullmatch(r"[\w-]+/[\w.-]+", model.path or "")
    assert model.width
    assert model.depth
    assert model.licence
    assert model.citation.startswith("@")
    assert model.summary
    assert "\n" not in model.summary


@each_model
def test_a_pinned_revision_is_a_whole_commit(model: ModelSource) -> None:
    """A revision is 40 hexadecimal digits, or left to be resolved and locked at first use."""
    assert model.revision is None or re.fullmatch("[0-9a-f]{40}", model.revision)


@each_model
def test_a_model_without_safetensors_says_so(model: ModelSource) -> None:
    """Only weights in safetensors are read, so a model that has none on main tells the user."""
    assert (model.revision is None) == ("no safetensors" in model.summary)


def test_names_are_unique() -> None:
    """Two models never share a name."""
    names = [model.name for model in MODELS]

    assert sorted(set(names)) == sorted(names)
