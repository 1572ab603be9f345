"""What commands do with a hub that is well, refuses, is slow to answer, cut off or gone.

They run through the hub's own client against a small server that answers as the hub does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from support.program import SUPPORT

pytestmark = pytest.mark.training

Outcome = dict[str, Any]

ROWS = "org/pairs, config de, split test: "
MODEL = "model org/tiny: "
NONE = "the hub has none of this name, or it is private; check the name, or log in with"
GATED = "is gated; accept its terms on its page of the hub, and log in with `hf auth login`"
GONE = "the hub has this revision no more; take its line out of resolved.json in the store"
AGAIN = "run the same command again, it goes on from there"
ALL = ("data fetch", "data check", "show", "compare")
LOOKS = ("data check", "show")
STARTS = ("data fetch", "compare")

CASES: list[tuple[str, tuple[str, ...], int, str]] = [
    ("well", ALL, 0, ""),
    ("offline, fetched", (*ALL, "export xtreme"), 0, ""),
    (
        "offline, another revision",
        ("show",),
        2,
        f"{ROWS}not on this machine, and --offline forbids",
    ),
    ("offline, nothing", LOOKS, 2, "org/pairs: its revision is not locked in this store yet"),
    ("offline, nothing", STARTS, 2, "org/tiny: its revision is not locked in this store yet"),
    ("refused", ALL, 2, f"dataset org/pairs: {NONE}"),
    ("no such repository", ALL, 2, f"dataset org/pairs: {NONE}"),
    ("gated", ("data fetch", *LOOKS), 2, ROWS + GATED),
    ("gated", ("compare",), 1, ROWS + GATED),
    ("forbidden file", ("data fetch", *LOOKS), 2, f"{ROWS}the hub refuses access (403); ask for"),
    ("forbidden file", ("compare",), 1, f"{ROWS}the hub refuses access (403); ask for"),
    ("no such file", ("data fetch", *LOOKS), 2, f"{ROWS}the hub has no such file at this revision"),
    ("no such file", ("compare",), 1, f"{ROWS}the hub has no such file at this revision"),
    ("revision gone", LOOKS, 2, ROWS + GONE),
    ("revision gone", STARTS, 2, f"model org/tiny, config.json at 0123456789: {GONE}"),
    ("429 twice", ALL, 0, ""),
    (
        "429 always",
        ("data fetch", *LOOKS),
        2,
        "the hub takes no more requests for now (429); wait",
    ),
    ("429 always", ("compare",), 1, f"some minutes, then {AGAIN}"),
    ("500 once", ALL, 0, ""),
    (
        "500 always",
        ALL,
        2,
        f"the hub has an error of its own (500); wait some minutes, then {AGAIN}",
    ),
    ("cut once", ALL, 0, ""),
    ("cut always", ("data fetch", *LOOKS), 2, f"{ROWS}the connection to the hub was cut ("),
    ("cut always", ("compare",), 1, AGAIN),
    ("wrong size", ("data fetch", "show"), 2, f"{ROWS}a file came with another size than the hub"),
    (
        "wrong bytes",
        ("data fetch", *LOOKS),
        2,
        f"{ROWS}test.parquet has other bytes than the hub states (digest ",
    ),
    ("wrong bytes", ("data fetch", "show"), 2, ", then run the same command again"),
    ("wrong bytes", ("compare",), 1, f"{ROWS}test.parquet has other bytes than the hub states"),
    ("wrong weights", ("data fetch",), 2, "model.safetensors has other bytes than the hub states"),
    ("model refused", STARTS, 2, MODEL + NONE),
    ("model gated", STARTS, 2, f"model org/tiny, config.json at 0123456789: {GATED}"),
    ("down", LOOKS, 2, "dataset org/pairs: the hub cannot be reached (ConnectError); check"),
    ("down", STARTS, 2, f"{MODEL}the hub cannot be reached (ConnectError); check the connection"),
]
"""The hub, the commands, their exit status, and what they say."""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Outcome]:
    """Return what became of each command in each case."""
    folder = tmp_path_factory.mktemp("hub")
    path = os.pathsep.join([str(SUPPORT.parent), *sys.path])
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("HF_", "XHARNESS_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "support.hub_stand_in", folder],
        env={**kept, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return {(r["case"], r["command"]): r for r in json.loads(ran.stdout)}


@pytest.mark.parametrize(
    ("case", "command", "status", "said"),
    [(case, command, *rest) for case, commands, *rest in CASES for command in commands],
)
def test_every_fault_is_a_sentence(
    outcomes: dict[tuple[str, str], Outcome], case: str, command: str, status: int, said: str
) -> None:
    """The table: exit 0, 1 for a failed phase or 2, what is wrong, where, and what to do."""
    outcome = outcomes[case, command]

    assert outcome["status"] == status, outcome["err"]
    assert said in " ".join(outcome["err"].split())
    assert "Traceback" not in outcome["err"]


def test_offline_makes_no_request(outcomes: dict[tuple[str, str], Outcome]) -> None:
    """Neither after everything was fetched nor with nothing here is anything asked of the hub."""
    asked = {key: o["requests"] for key, o in outcomes.items() if key[0].startswith("offline")}

    assert len(asked) == 11
    assert set(asked.values()) == {0}


def test_how_much_is_to_come_is_said_before_it_comes(
    outcomes: dict[tuple[str, str], Outcome],
) -> None:
    """--check-only fetches nothing and exits 1; a fetch says the same, and fetches it once."""
    before, fetched = (
        outcomes["nothing here", name] for name in ("data fetch --check-only", "data fetch")
    )
    after, again = (outcomes["fetched", name] for name in ("data fetch --check-only", "data fetch"))
    lacking = json.loads(before["out"])["lacking"]

    assert [o["status"] for o in (before, fetched, after, again)] == [1, 0, 0, 0]
    # The two languages have equal bytes, which the cache keeps once.
    assert [o["files"] for o in (before, fetched, after, again)] == [0, 2, 0, 0]
    assert [(one["kind"], one["name"].partition("@")[0]) for one in lacking] == [
        ("model", "org/tiny"),
        ("rows", "org/pairs"),
        ("rows", "org/pairs"),
    ]
    # Weights of ten bytes and a tokenizer of two; config.json was read to plan.
    assert lacking[0]["bytes"] == 12
    assert lacking[1]["bytes"] == lacking[2]["bytes"] > 12
    assert json.loads(fetched["out"])["fetched"] == lacking
    assert json.loads(after["out"]) == {"schema": 1, "fetched": [], "lacking": []}
    assert {one["bytes"] for one in json.loads(again["out"])["fetched"]} == {0}
    assert "to come: 4 files, 0.0 MB; 0 of 3 models and splits are on this" in fetched["err"]
    assert "to come: 0 files, 0.0 MB; 3 of 3 models and splits are on this" in again["err"]


def test_a_hub_that_is_down_is_asked_once(outcomes: dict[tuple[str, str], Outcome]) -> None:
    """A check of many splits ends at the first sentence, not after one for every split."""
    assert outcomes["down", "data check"]["err"].count("cannot be reached") == 1


def test_rows_of_the_hub_are_those_of_a_folder(outcomes: dict[tuple[str, str], Outcome]) -> None:
    """What `show` reads from the server is what lies in the folder that it serves."""
    found = json.loads(outcomes["well", "show"]["out"])["examples"]

    assert found["de"] == found["sw"]
    assert found["de"][0]["target"] == "three"
    assert found == json.loads(outcomes["offline, fetched", "show"]["out"])["examples"]
