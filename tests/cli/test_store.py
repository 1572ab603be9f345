"""`xharness store` and `export`: looking after what was computed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.program import Command, on_fakes

MODEL_FILES = {"config.json", "model.safetensors", "tokenizer.json"}


@pytest.fixture
def filled(compare: Command, xharness: Command) -> Command:
    """Return the program, with a finished comparison in its store."""
    assert compare().status == 0
    return xharness


def keys() -> set[str]:
    """Return what stands in the store's folder."""
    return {path.name for path in Path().glob("store/phases/??/*")}


def test_ls(filled: Command) -> None:
    """Every phase is listed, for people by the first digits of its key."""
    ran = filled("store", "ls")
    rows = filled("store", "ls", "--json").json["phases"]

    assert (ran.status, ran.err) == (0, "")
    assert {row["key"] for row in rows} == keys()
    assert all(key[:10] in ran.out for key in keys())


def test_ls_of_an_empty_store(xharness: Command) -> None:
    """A store that is not there is empty, and is not made by looking."""
    assert xharness("store", "ls", "--json").json == {"schema": 1, "phases": []}
    assert not Path("store").exists()


def test_verify(filled: Command) -> None:
    """A sound store is 0; one flipped byte is 1, and its file is named."""
    sound = filled("store", "verify", "--json")
    damaged = next(Path().glob("store/phases/*/*/predictions.jsonl"))
    content = bytearray(damaged.read_bytes())
    content[5] ^= 1
    damaged.write_bytes(content)
    checked = filled("store", "verify", "--json")

    assert (sound.status, sound.json) == (0, {"schema": 1, "phases": 24, "problems": []})
    assert checked.status == 1
    assert len(checked.json["problems"]) == 1
    assert str(damaged) in checked.json["problems"][0]
    assert filled("store", "verify").status == 1


def test_gc_shows_before_it_removes(filled: Command) -> None:
    """Without --yes nothing goes; with it, what no kept plan needs."""
    before = keys()
    looked = filled("store", "gc", "--keep", "0", "--json").json
    assert keys() == before
    removed = filled("store", "gc", "--keep", "0", "--yes", "--json").json

    assert (looked["removed"], removed["removed"]) == (False, True)
    assert {e["key"] for e in looked["entries"]} == {e["key"] for e in removed["entries"]} == before
    assert keys() == set()


def test_gc_keeps_what_plans_need(filled: Command) -> None:
    """A store whose plans need everything loses nothing."""
    ran = filled("store", "gc", "--yes")

    assert ran.status == 0
    assert "nothing to remove" in ran.out
    assert len(keys()) == 24


def test_gc_keeps_the_plan_that_was_run_last(compare: Command, xharness: Command) -> None:
    """The latest plan is the one that was asked for last, also when it was there before."""
    few = ("--targets", "match", "--strategies", "none")
    first = compare(*few, "--json").json["results"]
    compare()
    compare(*few)
    board = xharness("leaderboard", "--json").json["results"]
    xharness("store", "gc", "--keep", "1", "--yes")

    assert board == first
    assert {r["key"] for r in first} < keys()
    assert len(keys()) == 5


def test_why(filled: Command) -> None:
    """For a comparison that differs in one setting, the field that differs is named."""
    ran = filled("store", "why", *on_fakes(), "--set", "recipe.first.epochs=9", "--json")
    rows = ran.json["not in the store"]

    assert ran.status == 0
    assert [row["phase"] for row in rows] == ["train first seed 1"]
    assert rows[0]["differs"] == "recipe.epochs: 9 against 2"
    assert "all is in the store" in filled("store", "why", *on_fakes()).out


def test_why_without_flags_is_about_the_latest_comparison(
    filled: Command, xharness: Command
) -> None:
    """Of all that it was asked with, files among them."""
    (key,) = [
        p["key"]
        for p in filled("store", "ls", "--json").json["phases"]
        if p["phase"] == "train first seed 1"
    ]
    shutil.rmtree(Path("store") / "phases" / key[:2] / key)
    rows = xharness("store", "why", "--json").json["not in the store"]

    assert [row["phase"] for row in rows] == ["train first seed 1"]


def test_the_list_ends_with_totals(filled: Command) -> None:
    """How many phases, of which kinds, and how much room they take."""
    rows = filled("store", "ls", "--json").json["phases"]
    last = filled("store", "ls").out.splitlines()[-1]

    assert last.startswith(f"{len(rows)} phases, 0.")
    assert last.endswith(" MB: 10 predict, 10 score, 3 train, 1 pretrain.")


def test_export(filled: Command) -> None:
    """A training becomes an ordinary folder; a second export into it is refused."""
    phases = filled("store", "ls", "--json").json["phases"]
    train = next(p["key"] for p in phases if p["kind"] == "train")
    score = next(p["key"] for p in phases if p["kind"] == "score")
    ran = filled("export", "model", train[:12], "-o", "out")
    again = filled("export", "model", train[:12], "-o", "out")
    wrong = filled("export", "model", score[:12], "-o", "other")

    assert (ran.status, ran.out) == (0, "out\n")
    assert {p.name for p in Path("out").iterdir()} >= MODEL_FILES
    assert (again.status, wrong.status) == (2, 2)
    assert not Path("other").exists()


def test_a_deleted_phase_is_made_again(filled: Command, compare: Command) -> None:
    """Whatever is deleted from the store is run again, and nothing else."""
    shutil.rmtree(next(Path().glob("store/phases/*/*/score.json")).parent)
    phases = compare("--json").json["phases"]

    assert phases == {"planned": 24, "kept": 23, "run": 1, "failed": 0}
