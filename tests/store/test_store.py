"""The store keeps what was written, once, whole, and says so when it cannot."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from support.store_worker import PRETRAIN, plan, predict, score, train
from xharness.errors import CorruptArtifactError, StoreError
from xharness.keys import Key, key
from xharness.phases import Phase
from xharness.store import maintenance, phase_diff
from xharness.store.artifacts import write_whole
from xharness.store.locks import hold
from xharness.store.store import Artifact, Store

HOLD = (
    "import sys, time; from pathlib import Path; from xharness.store.locks import hold\n"
    "with hold(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def publish(store: Store, phase: Phase, text: str = "one\n") -> Artifact:
    with store.publishing(phase) as building:
        assert building is not None
        (building.out / "model").mkdir()
        (building.out / "model/weights.txt").write_text(text, "utf-8")
        (building.out / "counts.json").write_text('{"rows": 3}', "utf-8")
    found = store.find(key(phase))
    assert found is not None
    return found


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)


def test_published_phase_is_found_with_its_files(store: Store) -> None:
    """What a phase wrote can be read back by name, and its manifest says what it is."""
    found = publish(store, train())

    assert found.files() == ("counts.json", "model/weights.txt", "phase.json")
    assert found.json("counts.json") == {"rows": 3}
    assert found.folder("model") == found.path / "model"
    assert found.manifest["phase"] == "train nli seed 1"
    assert found.manifest["kind"] == "Train"
    assert found.manifest["inputs"] == [key(PRETRAIN)]
    assert os.listdir(store.root / "building") == []  # noqa: PTH208
    assert os.listdir(store.root / "scratch") == []  # noqa: PTH208
    assert os.listdir(store.root / "locks") == []  # noqa: PTH208


def test_a_store_nobody_wrote_to_is_empty_and_not_made(store: Store) -> None:
    """Looking at a store makes no folder."""
    assert store.find(key(PRETRAIN)) is None
    assert store.keys() == []
    assert store.plans() == {}
    assert store.resolved() == {}
    assert maintenance.verify(store) == []
    assert not store.root.exists()


def test_published_phase_is_not_made_again(store: Store) -> None:
    """Publishing what is there already yields nothing to write to."""
    publish(store, PRETRAIN)

    with store.publishing(PRETRAIN) as building:
        assert building is None


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_error_publishes_nothing_and_keeps_scratch(store: Store, error: BaseException) -> None:
    """After an error or an interrupt nothing is published, and scratch is there next time."""

    def fail() -> None:
        with store.publishing(PRETRAIN) as building:
            assert building is not None
            (building.scratch / "state").write_text("step 7", "utf-8")
            raise error

    with pytest.raises(type(error)):
        fail()

    assert store.find(key(PRETRAIN)) is None
    assert list((store.root / "building").iterdir()) == []
    with store.publishing(PRETRAIN) as building:
        assert building is not None
        assert (building.scratch / "state").read_text("utf-8") == "step 7"


def test_flipped_byte_is_named_before_it_is_read(store: Store) -> None:
    """A changed file is refused with its name, its phase, both digests and what to do."""
    found = publish(store, train())
    assert found.file("model/weights.txt").read_text("utf-8") == "one\n"
    flip(found.path / "model/weights.txt")

    with pytest.raises(CorruptArtifactError) as caught:
        found.file("model/weights.txt")
    with pytest.raises(CorruptArtifactError):
        found.folder("model")
    message = str(caught.value)
    assert "model/weights.txt of train nli seed 1: has SHA-256 " in message
    assert found.manifest["files"]["model/weights.txt"]["sha256"] in message
    assert "xharness store verify" in message


@pytest.mark.parametrize("size", [0, 65_535, 65_536, 200_000])
def test_the_manifest_has_the_digest_of_all_bytes(store: Store, size: int) -> None:
    """A small file and a large one, read in other ways, have the SHA-256 of hashlib."""
    text = "".join(chr(32 + i * 7 % 95) for i in range(size))
    found = publish(store, PRETRAIN, text).manifest["files"]["model/weights.txt"]

    assert found == {"sha256": hashlib.sha256(text.encode()).hexdigest(), "bytes": size}


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Where a folder is in the way, nothing half written stays beside it."""
    (tmp_path / "plan.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "plan.json", "{}")

    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]


def test_missing_file_and_unknown_name_are_told_apart(store: Store) -> None:
    """A lost file is damage; a name that was never written is a mistake of the caller."""
    found = publish(store, PRETRAIN)
    (found.path / "counts.json").unlink()

    with pytest.raises(
        CorruptArtifactError, match=r"counts\.json of pretrain tiny: cannot be read"
    ):
        found.file("counts.json")
    with pytest.raises(StoreError, match=r"has no file 'nothing'; it has counts\.json") as caught:
        found.file("nothing")
    assert not isinstance(caught.value, CorruptArtifactError)


def test_verify_finds_every_damage(store: Store) -> None:
    """Changed, missing and extra files and a lost manifest are all found, in one go."""
    sound, changed, lost, extra, bare = (publish(store, p) for p in plan()[:5])
    changed.file("counts.json")
    flip(changed.path / "counts.json")
    (lost.path / "counts.json").unlink()
    (extra.path / "model/more.txt").write_text("?", "utf-8")
    (bare.path / "manifest.json").unlink()
    seen: list[tuple[int, int]] = []
    found = maintenance.verify(store, lambda done, total: seen.append((done, total)))

    assert len(found) == 4
    assert not any(sound.key in line for line in found)
    assert sum("has SHA-256" in line for line in found) == 1
    assert sum("more.txt: is not in the manifest" in line for line in found) == 1
    assert seen[-1] == (5, 5)


def test_incomplete_folder_is_refused_before_work(store: Store) -> None:
    """A phase's folder without a manifest is reported before hours are spent on it."""
    found = publish(store, PRETRAIN)
    (found.path / "manifest.json").unlink()

    assert store.find(key(PRETRAIN)) is None
    with pytest.raises(StoreError, match="delete the folder"), store.publishing(PRETRAIN):
        pytest.fail("must not get here")


def test_first_publication_stands(store: Store) -> None:
    """If a stopped process wakes after another one has published, its own work is dropped."""
    with store.publishing(PRETRAIN) as mine:
        assert mine is not None
        (mine.out / "data.txt").write_text("late", "utf-8")
        next((store.root / "locks").iterdir()).unlink()
        kept = mine.out.rename(store.root / "aside")
        publish(store, PRETRAIN, "first")
        kept.rename(mine.out)

    found = store.find(key(PRETRAIN))
    assert found is not None
    assert found.file("model/weights.txt").read_text("utf-8") == "first"
    assert maintenance.verify(store) == []


def test_store_where_a_file_is_in_the_way_is_a_sentence(tmp_path: Path) -> None:
    """A store that cannot be written is one sentence with its path and what to do."""
    (tmp_path / "file").write_text("", "utf-8")
    store = Store(tmp_path / "file" / "store")

    assert store.find(key(PRETRAIN)) is None
    with pytest.raises(StoreError, match=r"file/store: .*name another --store"):
        publish(store, PRETRAIN)
    with pytest.raises(StoreError, match="name another --store"):
        store.save_plan("ab", "{}")
    with pytest.raises(StoreError, match="name another --store"):
        store.remember({"a": "b"})


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write to a read-only folder")
def test_read_only_store_is_a_sentence_and_can_be_read(store: Store) -> None:
    """A read-only store still answers; writing to it says that it cannot be written."""
    found = publish(store, PRETRAIN)
    (store.root / "locks").chmod(0o555)

    assert found.json("counts.json") == {"rows": 3}
    with pytest.raises(StoreError, match=r"cannot be written .*make it writable"):
        publish(store, train())


def test_newer_store_is_refused(store: Store) -> None:
    """A store with another layout is not touched."""
    publish(store, PRETRAIN)
    (store.root / "store.json").write_text('{"schema": 2}', "utf-8")

    with pytest.raises(StoreError, match="has schema 2, this xharness reads 1"):
        Store(store.root)


def test_first_resolution_holds(store: Store) -> None:
    """A revision that was locked is never changed, and others are added to it."""
    store.remember({"hub:x": "1"})
    found = store.remember({"hub:x": "9", "hub:y": "2"})

    assert found == {"hub:x": "1", "hub:y": "2"}
    assert store.resolved() == found


def test_two_threads_may_begin_a_store(tmp_path: Path) -> None:
    """Threads that write the same file of a new store at the same moment all succeed."""
    for turn in range(20):
        new, together = Store(tmp_path / str(turn)), Barrier(4)

        def begin(new: Store = new, together: Barrier = together) -> str:
            together.wait()
            return new.save_log(Key("0" * 64), "trace").read_text("utf-8")

        with ThreadPoolExecutor(4) as threads:
            began = [threads.submit(begin) for _ in range(4)]
        assert [b.result() for b in began] == ["trace"] * 4


def test_plans_are_kept_as_first_written(store: Store) -> None:
    """Plans come back as they were last asked for, each as it was first published."""
    store.save_plan("b", "first")
    time.sleep(0.01)
    store.save_plan("a", "second")
    time.sleep(0.01)
    store.save_plan("b", "changed")

    assert list(store.plans().items()) == [("a", "second"), ("b", "first")]


def test_gc_removes_only_what_nobody_wants(store: Store) -> None:
    """Unwanted phases, dead buildings and useless scratch go; the rest stays; dry removes none."""
    wanted, unwanted = publish(store, PRETRAIN), publish(store, train())
    for name in (key(train(2)), key(train(3))):
        (store.root / "scratch" / name).mkdir()
        (store.root / "scratch" / name / "state").write_text("1234", "utf-8")
    (store.root / "building" / f"{key(train(4))}.00").mkdir()
    keep = {wanted.key, key(train(2))}
    dry = maintenance.gc(store, keep, dry=True)
    there = store.find(unwanted.key)
    removed = maintenance.gc(store, keep, dry=False)

    assert there is not None
    assert removed == dry
    assert {(r.what, r.key) for r in removed} == {
        ("phase", unwanted.key),
        ("building", key(train(4))),
        ("scratch", key(train(3))),
    }
    assert [r.bytes for r in removed if r.what == "scratch"] == [4]
    assert store.keys() == [wanted.key]
    assert (store.root / "scratch" / key(train(2)) / "state").exists()
    assert maintenance.gc(store, keep, dry=False) == []


def test_gc_leaves_a_living_building_alone(store: Store) -> None:
    """What a process is making now is not removed."""
    with store.publishing(PRETRAIN) as building:
        assert building is not None
        (building.out / "data.txt").write_text("x", "utf-8")
        removed = maintenance.gc(store, (), dry=False)

    assert removed == []
    assert store.find(key(PRETRAIN)) is not None


def test_entries_show_what_is_stored(store: Store) -> None:
    """Every finished phase is listed with its kind, size and time."""
    found = publish(store, PRETRAIN)
    (entry,) = maintenance.entries(store)

    assert (entry.key, entry.kind, entry.phase) == (found.key, "Pretrain", "pretrain tiny")
    assert entry.bytes == sum((found.path / name).stat().st_size for name in found.files())
    assert abs(entry.finished - time.time()) < 60


def test_why_names_the_first_cause(store: Store) -> None:
    """A wanted score is explained by the recipe field of the training that it comes from."""
    for phase in (PRETRAIN, train(), predict(train()), score(predict(train()))):
        publish(store, phase)
    changed = score(predict(train(learning_rate=5e-4)))

    assert maintenance.why_missing(store, changed) == (
        key(score(predict(train()))),
        ["predictions.start.train.recipe.learning_rate: 0.0005 against 0.001"],
    )
    assert maintenance.why_missing(Store(store.root.parent / "empty"), changed) is None


def test_difference_reports_fields_kinds_and_defaults() -> None:
    """A field at its default, another list length and an unknown phase are all named."""
    one, other = score(predict(train())), score(predict(train(seed=2), "sw"))
    (field,) = phase_diff.difference(phase_diff.text(one), phase_diff.text(other), lambda _: None)
    a, b = '{"": "Train", "streams": [1]}', '{"": "Train", "load": "weights", "streams": [1, 2]}'

    assert field.path == "predictions"
    assert field.ours.startswith("phase ")
    assert [phase_diff.in_words(f) for f in phase_diff.difference(a, b, lambda _: None)] == [
        'load: its default against "weights"',
        "streams: [1] against [1, 2]",
    ]
    assert phase_diff.difference(phase_diff.text(one), phase_diff.text(one), lambda _: None) == []


def test_phase_text_holds_all_of_its_key(store: Store) -> None:
    """phase.json spells out the recipe, and refers to other phases by key."""
    found = publish(store, predict(train())).json("phase.json")
    trained = json.loads(phase_diff.text(train()))

    assert found["start"]["train"] == {"key": key(train())}
    assert trained["recipe"]["learning_rate"] == 1e-3
    assert "micro_tokens" not in trained["recipe"]


def test_dead_holder_is_replaced_at_once(tmp_path: Path) -> None:
    """A process killed while it holds a lock holds up the next one for less than two seconds."""
    path = tmp_path / "locks" / "a.lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE) as held:
        assert held.stdout is not None
        held.stdout.readline()
        held.send_signal(signal.SIGKILL)
        held.wait()
        began = time.monotonic()
        with hold(path) as still:
            waited = time.monotonic() - began
            ours = still()

    assert waited < 2
    assert ours


def test_waiting_is_told_who_holds(tmp_path: Path) -> None:
    """Whoever waits learns process and host of the holder, and can give up."""
    path = tmp_path / "a.lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE) as held:
        assert held.stdout is not None
        held.stdout.readline()

        def stop(owner: object) -> None:
            raise InterruptedError(str(owner))

        with pytest.raises(InterruptedError) as caught, hold(path, stop):
            pytest.fail("must not get here")
        held.kill()

    assert str(caught.value) == f"pid {held.pid} on {socket.gethostname()}"


def test_no_two_trainings_are_called_alike() -> None:
    """What differs stands behind: another rate, and half of the rows against all of them."""
    plain = train()
    half = replace(plain, streams=(replace(plain.streams[0], limit=500),))

    assert [*phase_diff.described([plain, train(seed=2)]).values()] == [
        "train nli seed 1",
        "train nli seed 2",
    ]
    assert [*phase_diff.described([plain, half, train(learning_rate=5e-4)]).values()] == [
        "train nli seed 1 (limit null, learning_rate 0.001)",
        "train nli seed 1 (limit 500, learning_rate 0.001)",
        "train nli seed 1 (limit null, learning_rate 0.0005)",
    ]
