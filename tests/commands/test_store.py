"""What people see of a store: what is in it, whether it is whole, what can go, what is missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support.fake_comparison import Compared, compared
from support.printing import sentences
from xharness import Train
from xharness.commands import store
from xharness.errors import StoreError
from xharness.keys import key
from xharness.planning import plan
from xharness.store.locks import hold
from xharness.store.store import Store


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison with one seed."""
    return compared(tmp_path_factory.mktemp("finished") / "store", targets=("colours",), seeds=(1,))


@pytest.fixture
def done(finished: Compared, tmp_path: Path) -> Compared:
    """Return the comparison in a store of its own."""
    shutil.copytree(finished.store.root, tmp_path / "store")
    return Compared(
        plan=finished.plan,
        store=Store(tmp_path / "store"),
        registry=finished.registry,
        runner=finished.runner,
    )


def plan_file(comparison: Compared) -> Path:
    return comparison.store.root / "plans" / f"{plan.digest(plan.text(comparison.plan))}.json"


def test_every_phase_is_listed(done: Compared) -> None:
    """The list has each finished phase once, with kind, name, size and time."""
    rows = store.listing(done.store).document["phases"]

    assert {row["key"] for row in rows} == {key(p) for p in done.plan.phases}
    assert {row["kind"] for row in rows} == {"pretrain", "train", "predict", "score"}
    assert [row["finished"] for row in rows] == sorted(row["finished"] for row in rows)
    assert all(row["KB"] > 0 for row in rows)


def test_a_sound_store_is_verified(done: Compared) -> None:
    """When every file is as it was written, the check says how many phases it read."""
    verified = store.verified(done.store)

    assert verified.problems == ()
    assert verified.view.document == {"phases": len(done.plan.phases), "problems": []}
    assert f"{len(done.plan.phases)} phases, every file as it was written" in sentences(
        verified.view
    )


def test_damage_is_found_and_named(done: Compared) -> None:
    """A changed file is a problem that people and programs see."""
    path = next(done.store.root.glob("phases/*/*/score.json"))
    path.write_text("{}", "utf-8")
    verified = store.verified(done.store)

    assert len(verified.problems) == 1
    assert str(path) in verified.problems[0]
    assert verified.view.document["problems"] == list(verified.problems)


def test_what_plans_need_stays(done: Compared) -> None:
    """With all plans kept, only what belongs to none can go; without --yes nothing does."""
    other = compared(done.store.root, targets=("tags",), seeds=(1,))
    plan_file(other).unlink()
    before = done.store.keys()
    needed = {key(p) for p in done.plan.phases}
    looked = store.collected(done.store, None, really=False)

    assert done.store.keys() == before
    assert looked.document["removed"] is False
    assert {e["key"] for e in looked.document["entries"]} == set(before) - needed
    assert "would be removed (add --yes)" in sentences(looked)
    store.collected(done.store, None, really=True)
    assert set(done.store.keys()) == needed


def test_old_plans_can_go(done: Compared) -> None:
    """Of two plans the later one is kept, with what it shares with the earlier."""
    other = compared(done.store.root, targets=("tags",), seeds=(1,))
    os.utime(plan_file(done), ns=(1, 1))
    store.collected(done.store, 1, really=True)

    assert set(done.store.keys()) == {key(p) for p in other.plan.phases}


def test_all_can_go(done: Compared) -> None:
    """Keeping no plan empties the store, and says how much that was."""
    view = store.collected(done.store, 0, really=True)

    assert done.store.keys() == []
    assert len(view.document["entries"]) == len(done.plan.phases)
    assert "removed what count MB" in sentences(view)
    again = store.collected(done.store, 0, really=True)
    assert "nothing to remove" in sentences(again)


def test_what_dead_processes_left_can_go(done: Compared) -> None:
    """Half-built phases and scratch that nothing wants are found."""
    for name in ("building/aa.1", "scratch/bb"):
        (done.store.root / name).mkdir(parents=True)
        (done.store.root / name / "half").write_text("x", "utf-8")
    entries = store.collected(done.store, None, really=True).document["entries"]

    assert [(e["what"], e["key"], e["bytes"]) for e in entries] == [
        ("building", "aa", 1),
        ("scratch", "bb", 1),
    ]


def test_translations_of_unwanted_phases_can_go(done: Compared) -> None:
    """What a phase of no plan has added to the memory goes, unless somebody translates now."""
    memory = done.store.root / "memory" / "translations" / "00"
    wanted = key(done.plan.phases[0])
    memory.mkdir(parents=True)
    for name in (wanted, "cc"):
        (memory / f"{name}.jsonl").write_text("12", "utf-8")
    with hold(memory / "lock"):
        held = store.collected(done.store, None, really=True).document["entries"]
    looked = store.collected(done.store, None, really=False)
    entries = store.collected(done.store, None, really=True).document["entries"]

    assert held == []
    assert "remembered translations 1" in sentences(looked)
    assert [(e["what"], e["key"], e["bytes"]) for e in entries] == [
        ("remembered translations", "cc", 2)
    ]
    assert [path.stem for path in memory.glob("*.jsonl")] == [wanted]


def test_without_plans_nothing_is_removed_by_accident(done: Compared) -> None:
    """A store that does not say what is needed is left alone unless everything is to go."""
    shutil.rmtree(done.store.root / "plans")
    with pytest.raises(StoreError, match="nothing says what is needed; --keep 0 removes all"):
        store.collected(done.store, None, really=True)

    assert done.store.keys() != []


def test_nothing_is_missing(done: Compared) -> None:
    """A plan whose phases are all there says so."""
    assert "all is in the store" in sentences(store.missing(done.plan, done.store))


def test_why_a_phase_is_missing(done: Compared, tmp_path: Path) -> None:
    """Of a plan with another seed, the first missing phase differs in the seed alone."""
    other = compared(tmp_path / "other", targets=("colours",), seeds=(2,))
    rows = store.missing(other.plan, done.store).document["not in the store"]
    stored = next(p for p in done.plan.phases if isinstance(p, Train))

    assert {row["phase"] for row in rows} == {"train colours seed 2", "train first seed 2"}
    assert rows[0]["differs"] == "seed: 2 against 1"
    assert rows[0]["nearest"] == key(stored)[:10]


def test_why_in_an_empty_store(done: Compared, tmp_path: Path) -> None:
    """Where no phase of the kind is stored there is none to compare with."""
    rows = store.missing(done.plan, Store(tmp_path / "none")).document["not in the store"]

    assert [(row["phase"], row["nearest"]) for row in rows] == [("pretrain fake-model", "-")]
    assert rows[0]["differs"] == "no phase of this kind is stored"
