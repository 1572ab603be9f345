"""Phases are spread over the GPUs that may be seen, one worker each."""

from __future__ import annotations

from pathlib import Path

import pytest

from xharness.commands.calibration import shares
from xharness.execution import devices


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    """Return a driver's folder with four GPUs."""
    for number in range(4):
        (tmp_path / f"0000:0{number}:00.0").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("device", "visible", "found"),
    [
        ("auto", None, 4),
        ("cuda", None, 4),
        ("cuda", "0,2", 2),
        ("cuda", "GPU-8f3a,GPU-91bc,GPU-aa10", 3),
        ("cuda", "", 0),
        ("cuda", "-1", 0),
        ("cuda", "1,-1,2", 1),
        ("cuda:1", None, 0),
        ("cpu", None, 0),
        ("mps", None, 0),
    ],
)
def test_gpus_that_may_be_used(driver: Path, device: str, visible: str | None, found: int) -> None:
    environment = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    assert devices.gpus(device, environment, driver) == found


def test_a_machine_without_the_driver_has_none(tmp_path: Path) -> None:
    assert devices.gpus("cuda", {"CUDA_VISIBLE_DEVICES": "0,1"}, tmp_path / "no") == 0


def test_each_gpu_has_a_worker_unless_told_otherwise() -> None:
    assert shares(768, None, gpus=4)[0] == 4
    assert shares(128, None, gpus=3)[0] == 3
    assert shares(768, 2, gpus=4)[0] == 2
    assert shares(768, None, gpus=0)[0] == 1
