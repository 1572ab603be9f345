"""How a precision is chosen: by the processor, unless the user names one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from support.phase_run import phase_run
from xharness.engine.encoder import profile
from xharness.errors import StudyError


@pytest.mark.parametrize("native", [False, True])
def test_the_processor_decides(
    native: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A processor that multiplies bf16 natively computes in it, any other in float32."""
    monkeypatch.delenv("XHARNESS_PRECISION")
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: native, raising=False)

    assert profile.choose(phase_run(tmp_path, {})).precision == ("bf16" if native else "float32")


@pytest.mark.parametrize("name", ["float32", "bf16", "fp16"])
def test_the_user_decides(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """XHARNESS_PRECISION counts whatever the processor can do."""
    monkeypatch.setenv("XHARNESS_PRECISION", name)

    assert profile.choose(phase_run(tmp_path, {})).precision == name


def test_an_unknown_precision_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A precision that does not exist is named, with those that do."""
    monkeypatch.setenv("XHARNESS_PRECISION", "float8")
    with pytest.raises(StudyError, match="no precision 'float8'; known: float32, bf16, fp16"):
        profile.choose(phase_run(tmp_path, {}))
