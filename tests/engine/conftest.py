"""What tests of the engine share: a tiny model, a lab, and the precision that they are about."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import engine_tiny
from support.engine_tiny import TASKS, Lab
from xharness.phases import Model
from xharness.store.store import Store


@pytest.fixture(autouse=True)
def precision(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the precision that phases compute with: float32, whatever the machine would choose.

    `in_both_precisions` asks for bf16 too.
    """
    name: str = getattr(request, "param", "float32")
    monkeypatch.setattr(engine_tiny, "PRECISION", name)
    return name


@pytest.fixture(scope="session")
def model(tiny_model: Path) -> Model:
    """Return the tiny encoder as a phase names it."""
    return Model(weights="w", tokenizer="t", name="tiny", location=str(tiny_model))


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return an empty store and the tasks that phases run on."""
    from xharness.engine.encoder import weights

    weights.forget()  # the last test's network
    return Lab(Store(tmp_path / "store"), TASKS)
