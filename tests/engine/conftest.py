"""Which precision a test of the engine is about: float32, whatever the machine would choose."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def precision(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the precision that phases compute with; other ones are asked for by parameter."""
    name: str = getattr(request, "param", "float32")
    monkeypatch.setenv("XHARNESS_PRECISION", name)
    return name
