"""`xharness plan --calibrate`, and what `plan` says with and without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.program import Command, on_fakes

GIVEN = ("plan", *on_fakes(), "--limit-eval", "40", "--seeds", "2", "--workers", "2")


def test_without_a_calibration_a_plan_says_how_to_get_one(
    xharness: Command, tmp_path: Path
) -> None:
    """Nothing was timed, so neither time nor memory is told."""
    store = ("--store", str(tmp_path))
    document = xharness(*GIVEN, *store, "--json").json

    assert document["wall_seconds"] is document["memory"] is document["calibrated"] is None
    assert "plan --calibrate measures here" in " ".join(xharness(*GIVEN, *store).out.split())


@pytest.mark.training
def test_a_calibration_tells_of_every_phase_and_leaves_none_in_the_store(
    xharness: Command, tmp_path: Path
) -> None:
    """Every kind of work of the plan was timed, in a store of its own; the keys are the same."""
    store = ("--store", str(tmp_path))
    before = xharness(*GIVEN, *store, "--json").json
    ran = xharness(*GIVEN, *store, "--json", "--calibrate")
    after = ran.json

    assert ran.status == 0, ran.err
    assert "not timed" not in ran.err
    assert after["stored"] == 0
    assert not (tmp_path / "phases").exists()
    assert [p["key"] for p in after["phases"]] == [p["key"] for p in before["phases"]]
    assert all(p["seconds"] is not None for p in after["phases"])
    assert after["wall_seconds"] > 0
    assert after["workers"] == 2
    assert xharness(*GIVEN, *store, "--json").json == after


@pytest.mark.training
def test_a_plan_adds_up_what_the_store_keeps_of_a_calibration(
    xharness: Command, tmp_path: Path
) -> None:
    """Every phase 3 s and 1,000 bytes; two workers open in 7 s and share the work."""
    store = ("--store", str(tmp_path))
    assert xharness(*GIVEN, *store, "--calibrate", "--json").status == 0
    (kept,) = (tmp_path / "calibrations").iterdir()
    content = json.loads(kept.read_text("utf-8"))
    content.update(opening=7, network=0, worker_bytes=10**9, caller_bytes=10**8)
    for speed in content["speeds"].values():
        speed.update(fixed=3, per_row=0, first=0, fixed_bytes=1000, row_bytes=0)
    kept.write_text(json.dumps(content), "utf-8")
    document = xharness(*GIVEN, *store, "--json").json

    phases = document["planned"]
    assert [p["seconds"] for p in document["phases"]] == [3.0] * phases
    assert document["seconds"] == 3 * phases
    assert document["wall_seconds"] == 7 + 3 * phases / 2
    assert document["memory"] == 2_100_000_000
    assert document["bytes"] == 1000 * phases
    shown = " ".join(xharness(*GIVEN, *store).out.split())
    assert "with 2 workers, up to 2.1 GB of memory" in shown
    assert "by a calibration" in shown
