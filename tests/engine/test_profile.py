"""What a device computes in: the precision of the phase, slowly where it must, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from support.phase_run import phase_run
from xharness.engine.encoder import profile
from xharness.errors import StudyError


@pytest.mark.parametrize("native", [False, True])
def test_the_processor_says_what_it_multiplies(
    native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bf16 where it has instructions for it, float32 elsewhere."""
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: native, raising=False)

    assert profile.native("cpu") == ("bf16" if native else "float32")


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("name", ["float32", "bf16"])
def test_the_phase_decides(
    name: str, native: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the processor can do: what was planned is computed, if slowly."""
    for probe in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, probe, lambda: native, raising=False)

    assert profile.choose(phase_run(tmp_path, {}), name).precision == name


def test_what_a_device_cannot_compute_is_refused(tmp_path: Path) -> None:
    """A processor has no fp16, and says what would be right."""
    with pytest.raises(StudyError, match="fp16 needs a GPU; write --precision bf16 or float32"):
        profile.choose(phase_run(tmp_path, {}), "fp16")


@pytest.mark.parametrize(
    ("asked", "worker", "found"),
    [("cuda", 0, "cuda:0"), ("auto", 5, "cuda:1"), ("cuda", 3, "cuda:3"), ("cuda:2", 1, "cuda:2")],
)
def test_workers_take_the_gpus_in_turn_unless_one_is_named(
    asked: str, worker: int, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of four GPUs here, that are not there: what torch says of them is patched."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    run = phase_run(tmp_path, {}, device=asked, worker=worker)

    assert str(profile.choose(run, "bf16").device) == found


@pytest.mark.parametrize("compiled", [False, True])
def test_what_was_compiled_says_so(compiled: bool, tmp_path: Path) -> None:
    """Compiled blocks round differently; the profile of all others is as it was before."""
    hardware = profile.Hardware(device=torch.device("cpu"), precision="float32", threads=1)
    encoder = SimpleNamespace(config=SimpleNamespace(_attn_implementation="sdpa"))
    profile.write(tmp_path, hardware, 4096, encoder, compiled=compiled)
    written = json.loads((tmp_path / "profile.json").read_text("utf-8"))

    assert written.get("compiled") == (True if compiled else None)
