"""Whole comparisons through the real command and the real engine, with a tiny encoder."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from support.engine_tiny import make_model
from support.program import SUPPORT

pytestmark = pytest.mark.training

PLUGIN = SUPPORT / "end_to_end_plugin.py"
NO_SOCKETS = SUPPORT / "no_sockets_plugin.py"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny encoder."""
    folder = tmp_path_factory.mktemp("tiny") / "encoder"
    make_model(folder)
    return folder


def command(store: Path, model: Path, *more: str) -> list[str]:
    """Return the command line of a comparison on every kind of task."""
    # Only questions are read in windows that overlap; elsewhere a stride is refused.
    stride = () if "--targets" in more else ("--set", "recipe.stride=4")
    return [
        *(sys.executable, "-m", "xharness", "compare", "--json", "--offline"),
        *("--suite", "xtreme", "--plugin", str(PLUGIN), "--model", str(model)),
        *("--targets", "classify,tag,answer,retrieve", "--intermediates", "middle"),
        *("--set", "recipe.steps=6", "--set", "recipe.max_length=32", *stride),
        *("--store", str(store), *more),
    ]


def environment(**more: str) -> Mapping[str, str]:
    """Return an environment with one thread, so that runs of a loaded machine do not crawl."""
    return {**os.environ, "OMP_NUM_THREADS": "1", **more}


def run(store: Path, model: Path, *more: str) -> dict[str, Any]:
    """Run a comparison to its end and return its JSON."""
    done = subprocess.run(
        command(store, model, *more), capture_output=True, text=True, env=environment(), check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def numbers(found: dict[str, Any]) -> dict[str, Any]:
    """Return a comparison's JSON without times and counts."""
    return {name: found[name] for name in found if name not in {"seconds", "phases"}}


def predictions(store: Path) -> dict[str, str]:
    """Return the digest of every predictions file, by key."""
    return {
        path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in store.glob("phases/*/*/predictions.jsonl")
    }


@pytest.fixture(scope="module")
def calm(model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Return a store and the JSON of an undisturbed comparison."""
    store = tmp_path_factory.mktemp("calm") / "store"
    return store, run(store, model)


def test_every_kind_is_compared_with_the_baseline(calm: tuple[Path, dict[str, Any]]) -> None:
    """Each target has both strategies in each language, and a difference to none."""
    _, found = calm
    rows = {(r["strategy"], r["target"], r["language"]) for r in found["results"]}
    targets = ("classify", "tag", "answer", "retrieve")
    wanted = {(s, t, n) for s in ("none", "english") for t in targets for n in ("en", "de")}
    deltas = [s["delta"] for s in found["summary"] if s["strategy"] == "english"]

    assert rows >= wanted
    assert all(delta is not None for delta in deltas)


def test_the_same_command_again_runs_nothing(
    calm: tuple[Path, dict[str, Any]], model: Path
) -> None:
    """The second time everything comes from the store, and the numbers are the same."""
    store, found = calm
    again = run(store, model)

    assert again["phases"] == {**found["phases"], "kept": found["phases"]["run"], "run": 0}
    assert numbers(again) == numbers(found)


def test_a_wider_comparison_adds_only_what_is_missing(
    calm: tuple[Path, dict[str, Any]], model: Path
) -> None:
    """A second seed leaves the first one's phases where they are."""
    store, found = calm
    wider = run(store, model, "--seeds", "2")

    assert wider["phases"]["kept"] == found["phases"]["planned"]
    assert wider["phases"]["run"] == wider["phases"]["planned"] - wider["phases"]["kept"] > 0


def test_two_cold_stores_hold_the_same_bytes(
    calm: tuple[Path, dict[str, Any]], model: Path, tmp_path: Path
) -> None:
    """Predictions are byte-identical, and so is the JSON but for times and counts."""
    store, found = calm
    other = run(tmp_path / "store", model)
    mine, theirs = predictions(store), predictions(tmp_path / "store")

    assert numbers(other) == numbers(found)
    assert {name: mine[name] for name in theirs} == theirs


def test_the_number_of_workers_changes_no_byte(
    calm: tuple[Path, dict[str, Any]], model: Path, tmp_path: Path
) -> None:
    """One phase after the other gives the predictions and the JSON of several at once."""
    found = run(tmp_path / "store", model, "--workers", "1")

    mine, theirs = predictions(calm[0]), predictions(tmp_path / "store")

    assert numbers(found) == numbers(calm[1])
    assert {name: mine[name] for name in theirs} == theirs


def test_killed_runs_end_like_an_undisturbed_one(
    calm: tuple[Path, dict[str, Any]], model: Path, tmp_path: Path
) -> None:
    """SIGKILL to the whole group in three phases, then a restart: the same numbers, once each."""
    store = tmp_path / "store"
    inodes: dict[str, int] = {}
    for _ in range(3):
        before = set(store.glob("building/*"))
        process = subprocess.Popen(
            command(store, model),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
        )
        while process.poll() is None and not set(store.glob("building/*")) - before:
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        now = {p.name: p.stat().st_ino for p in store.glob("phases/*/*")}
        assert inodes.items() <= now.items()
        inodes = now

    assert numbers(run(store, model)) == numbers(calm[1])


def test_two_comparisons_at_once_share_the_work(
    calm: tuple[Path, dict[str, Any]], model: Path, tmp_path: Path
) -> None:
    """Two processes on one store: together they run each phase exactly once."""
    store = tmp_path / "store"
    both = [
        subprocess.Popen(
            command(store, model),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(),
        )
        for _ in range(2)
    ]
    found = [json.loads(process.communicate()[0]) for process in both]

    assert sum(f["phases"]["run"] for f in found) == calm[1]["phases"]["planned"]
    assert numbers(found[0]) == numbers(found[1]) == numbers(calm[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_with_130_and_goes_on_later(
    calm: tuple[Path, dict[str, Any]], model: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """A signal to the whole group ends the run with 130; the same command then finishes it."""
    store = tmp_path / "store"
    process = subprocess.Popen(
        command(store, model),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )
    while process.poll() is None and not list(store.glob("building/*")):
        time.sleep(0.005)
    os.killpg(process.pid, number)
    _, said = process.communicate()

    assert process.returncode == 130
    assert "the same command goes on" in said
    assert numbers(run(store, model)) == numbers(calm[1])


def test_offline_opens_no_connection(
    calm: tuple[Path, dict[str, Any]], model: Path, tmp_path: Path
) -> None:
    """A comparison with --offline runs where any connection or look-up raises, in every process."""
    found = run(tmp_path / "store", model, "--plugin", str(NO_SOCKETS))

    assert numbers(found) == numbers(calm[1])


def test_an_exported_encoder_starts_a_comparison(
    calm: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """A trained encoder, exported as an ordinary folder, is the model of the next comparison."""
    store, _ = calm
    trained = next(
        path.parent.name
        for path in store.glob("phases/*/*/manifest.json")
        if json.loads(path.read_text("utf-8"))["kind"] == "Train"
    )
    out = tmp_path / "exported"
    subprocess.run(
        [
            *(sys.executable, "-m", "xharness", "export", "model", trained[:16]),
            *("-o", str(out), "--store", str(store)),
        ],
        check=True,
        capture_output=True,
    )
    found = run(tmp_path / "store", out, "--targets", "classify")

    assert found["phases"]["failed"] == 0
    assert (out / "config.json").is_file()
