"""Names of data and models become digests of what is really there."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from xharness import ModelSource, Pretrain, Slice, Source, Task
from xharness.data import hub
from xharness.errors import DataError, HubError, ModelError, OfflineError
from xharness.phases import Model
from xharness.planning import resolve
from xharness.planning.resolve import Lock, Resolver
from xharness.testing import FAKE_MODEL, fake_task

COMMIT = "0123456789" * 4


def task(**source: Any) -> Task:
    """Return a task with one source."""
    made = Source(**{"path": "org/data", "columns": ("text",), "licence": "CC0-1.0", **source})
    return replace(fake_task(languages=("en", "sw")), sources=(made,))


def resolver(**more: Any) -> Resolver:
    return Resolver(**{"lock": Lock(), **more})


def test_generated_rows_have_a_version() -> None:
    """A generator is named by its path and version."""
    found = resolver().data(fake_task(), ("en",), "test")

    assert found == "generated:fake/fake@1"


def test_a_pinned_revision_needs_no_hub() -> None:
    """A source with a commit is that commit, also offline."""
    found = resolver(offline=True).data(task(revision=COMMIT), ("en",), "test")

    assert found == f"hub:{COMMIT}"


def test_an_open_revision_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A branch is resolved to a commit, remembered, and the same in every later plan."""
    asked: list[tuple[str, str]] = []

    def commit(kind: str, path: str) -> str:
        asked.append((kind, path))
        return COMMIT

    monkeypatch.setattr(hub, "commit", commit)
    made = resolver()
    found = [made.data(task(), ("en",), split) for split in ("train", "test")]

    assert found == [f"hub:{COMMIT}"] * 2
    assert asked == [("dataset", "org/data")]
    assert made.lock.new == {"dataset:org/data": COMMIT}
    locked = resolver(lock=Lock(known=made.lock.new), offline=True)
    assert locked.data(task(), ("en",), "test") == f"hub:{COMMIT}"


def test_offline_asks_nobody() -> None:
    """A revision that is not locked yet cannot be had offline; the message says what to do."""
    with pytest.raises(OfflineError, match="run once without --offline, or give a folder"):
        resolver(offline=True).data(task(), ("en",), "test")


@pytest.mark.parametrize("kind", ["dataset", "model"])
def test_a_silent_hub_is_explained(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Whatever the hub's client raises, the user is told the name and what to check."""
    import huggingface_hub

    def fail(_path: str) -> None:
        raise ConnectionError("no route")

    api = SimpleNamespace(dataset_info=fail, model_info=fail)
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: api)
    with pytest.raises(HubError, match=r"org/x: the hub cannot be reached \(ConnectionError\)"):
        hub.commit(kind, "org/x")


def test_the_hub_says_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit of the main branch is what the hub's client says."""
    import huggingface_hub

    api = SimpleNamespace(dataset_info=lambda _: SimpleNamespace(sha=COMMIT))
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: api)

    assert hub.commit("dataset", "org/x") == COMMIT


def own(folder: Path, **texts: str) -> Task:
    """Write a task's own files and return it."""
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return task(files={"test": "{language}.csv", "train": "en.csv"}, folder=str(folder))


def test_own_files_are_named_by_their_bytes(tmp_path: Path) -> None:
    """Equal files have one digest wherever they lie; other bytes or another order have another."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    made = own(here, en="text\na\n", sw="text\nb\n")
    shutil.copytree(here, there)
    moved = own(there)
    found = resolver().data(made, ("en", "sw"), "test")

    assert found.startswith("sha256:")
    assert resolver().data(moved, ("en", "sw"), "test") == found
    assert resolver().data(made, ("sw", "en"), "test") != found
    assert resolver().data(made, ("en",), "test") == resolver().data(made, ("en",), "train")
    (there / "sw.csv").write_text("text\nc\n", "utf-8")
    assert resolver().data(moved, ("en", "sw"), "test") != found


def test_files_are_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of known size and time is not read again; one that changed is."""
    made = own(tmp_path, en="text\na\n")
    first = resolver()
    found = first.data(made, ("en",), "test")
    hashed: list[object] = []
    real = resolve.hashlib.file_digest
    monkeypatch.setattr(
        resolve.hashlib, "file_digest", lambda f, name: hashed.append(f) or real(f, name)
    )
    again = resolver(lock=Lock(known=first.lock.new))

    assert again.data(made, ("en",), "test") == found
    assert hashed == []
    os.utime(tmp_path / "en.csv", ns=(1, 1))
    assert again.data(made, ("en",), "test") == found
    assert len(hashed) == 1


def test_a_missing_own_file_is_named(tmp_path: Path) -> None:
    """A file that is not there, and a split that no file is named for, say so."""
    made = own(tmp_path, en="text\n")

    with pytest.raises(DataError, match=r"sw\.csv: cannot be read: No such file"):
        resolver().data(made, ("sw",), "test")
    with pytest.raises(DataError, match=r"org/data: names no file for split 'dev'"):
        resolver().data(made, ("en",), "dev")


CARD = """---
license: mit
configs:
- config_name: en
  data_files:
  - {split: test, path: en/test-*.parquet}
- config_name: sw
  data_files:
  - {split: test, path: [sw/a.parquet, sw/b.parquet]}
- config_name: ur
  data_files:
  - {split: test, path: ur/test-*.parquet}
---
# Data
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder laid out like the hub, with one data set."""
    folder = tmp_path / "org" / "data"
    for name in ("en/test-0.parquet", "en/test-1.parquet", "sw/a.parquet", "sw/b.parquet"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, "utf-8")
    (folder / "README.md").write_text(CARD, "utf-8")
    return tmp_path


HUB = task(config="{language}", revision=COMMIT)


def test_a_data_root_is_read_instead_of_the_hub(root: Path) -> None:
    """Files of the config and split in the card decide; others of the folder do not."""
    made = resolver(data_root=root, offline=True)
    found = {n: made.data(HUB, (n,), "test") for n in ("en", "sw")}
    (root / "org/data/sw/b.parquet").write_text("changed", "utf-8")
    after = {n: resolver(data_root=root).data(HUB, (n,), "test") for n in ("en", "sw")}

    assert all(digest.startswith("sha256:") for digest in found.values())
    assert found["en"] == after["en"]
    assert found["sw"] != after["sw"]


def test_a_folder_without_a_card_is_taken_whole(root: Path) -> None:
    """Without a list of files every data file counts, and nothing else."""
    (root / "org/data/README.md").unlink()
    found = resolver(data_root=root).data(HUB, ("en",), "test")
    (root / "org/data/notes.txt").write_text("x", "utf-8")

    assert resolver(data_root=root).data(HUB, ("sw",), "test") == found
    (root / "org/data/more.csv").write_text("x", "utf-8")
    assert resolver(data_root=root).data(HUB, ("sw",), "test") != found


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (shutil.rmtree, "data: no such folder; is the data root right"),
        (lambda d: shutil.rmtree(d / "en"), r"no file matches en/test-\*.parquet"),
        (
            lambda d: (d / "README.md").write_text(
                CARD.replace("config_name: en", "config_name: x")
            ),
            "README.md names no files for config 'en', split 'test'",
        ),
        (
            lambda d: (d / "README.md").write_text("---\nconfigs: [{\n---\n"),
            "README.md: its configs cannot be read",
        ),
        (
            lambda d: (d / "README.md").write_text(
                "---\nconfigs: [{config_name: en, data_files: a.csv}]\n---\n"
            ),
            "should be YAML with config_name, and data_files with split and path",
        ),
        (lambda d: [p.unlink() for p in d.rglob("*.*")], "no data in it"),
    ],
)
def test_a_data_root_that_lacks_something(root: Path, change: Any, problem: str) -> None:
    """Whatever a folder lacks is named with its path."""
    change(root / "org" / "data")
    with pytest.raises(DataError, match=problem):
        resolver(data_root=root).data(HUB, ("en",), "test")


def test_every_source_has_its_part() -> None:
    """A task of several sources has a digest of each."""
    one = task(revision=COMMIT).sources[0]
    both = replace(task(), sources=(one, replace(one, revision="f" * 40)))

    assert resolver().data(both, ("en",), "test") == f"hub:{COMMIT},hub:{'f' * 40}"


def test_a_split_that_a_language_lacks_is_refused() -> None:
    """What a task says of a language without this split is told as a problem of data."""

    def rows(_task: Task, _source: Source, language: str, _split: str) -> Slice:
        raise ValueError(f"{language} has no development rows")

    with pytest.raises(DataError, match="fake: yo dev: yo has no development rows"):
        resolver().data(replace(task(revision=COMMIT), rows=rows), ("yo",), "dev")


def test_a_made_model_is_a_phase() -> None:
    """A model that its plugin makes starts with a Pretrain phase, and has its stated size."""
    found = resolver().model(FAKE_MODEL)

    assert found.start == Pretrain(model="fake-model", version=1)
    assert (found.name, found.width, found.depth) == ("fake-model", 8, 2)


_HEADER = b'{"w":{"dtype":"U8","shape":[7],"data_offsets":[0,7]}}'
WEIGHTS = len(_HEADER).to_bytes(8, "little") + _HEADER + b"seven!!"
"""A safetensors file of one tensor."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a model's folder with little in it."""
    made = tmp_path / "org" / "model"
    made.mkdir(parents=True)
    (made / "config.json").write_text('{"hidden_size": 32, "num_hidden_layers": 2}', "utf-8")
    (made / "model.safetensors").write_bytes(WEIGHTS)
    (made / "tokenizer.json").write_text("{}", "utf-8")
    return made


def source(folder: Path) -> ModelSource:
    return ModelSource(name=str(folder), path=str(folder))


def test_a_folder_is_named_by_its_files(folder: Path, tmp_path: Path) -> None:
    """Equal folders are one model wherever they lie; tables call it by its last two parts."""
    copied = tmp_path / "elsewhere" / "copy"
    shutil.copytree(folder, copied)
    (copied / "notes.md").write_text("x", "utf-8")
    found, copy = (resolver().model(source(f)) for f in (folder, copied))

    assert found.start == replace(copy.start, name=str(folder), location=str(folder))
    assert (found.width, found.depth, found.name) == (32, 2, "org/model")
    assert copy.name == "elsewhere/copy"


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_every_file_of_a_model_counts(folder: Path, name: str) -> None:
    """Other config, weights or tokenizer files are another model."""
    before = resolver().model(source(folder)).start
    path = folder / name
    other = WEIGHTS.replace(b"seven!!", b"SEVEN!!")
    path.write_bytes(other if name == "model.safetensors" else path.read_bytes() + b" ")

    assert resolver().model(source(folder)).start != before


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is no safetensors file of 0 bytes: its header cannot be read"),
        (WEIGHTS[:7], "is no safetensors file of 7 bytes: its header cannot be read"),
        (WEIGHTS[:40], "is cut off: 40 bytes, of which the header alone has 61"),
        (WEIGHTS.replace(b"{", b"!"), "is no safetensors file of 68 bytes: its header cannot"),
        (WEIGHTS[:-1], "has 67 bytes, by its header 68 would be right; fetch it again"),
        (b"version https://git-lfs", "is no safetensors file of 23 bytes: its header"),
    ],
)
def test_weights_that_are_cut_off_are_found_by_their_header(
    folder: Path, content: bytes, problem: str
) -> None:
    """A look at the header is enough, so it is done before anything is planned."""
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=re.escape(f"model.safetensors: {problem}")):
        resolver().model(source(folder))


def test_parts_of_weights_that_are_missing_are_named(folder: Path) -> None:
    """An index names all parts; those that are not in the folder are told."""
    index = folder / "model.safetensors.index.json"
    index.write_text('{"weight_map": {"w": "model.safetensors", "v": "b.safetensors"}}', "utf-8")
    with pytest.raises(ModelError, match=r"names b\.safetensors, which are missing"):
        resolver().model(source(folder))


def test_everything_a_folder_lacks_is_named(folder: Path) -> None:
    """Weights that can run code are not read; all that is missing is one message."""
    for path in folder.iterdir():
        path.unlink()
    (folder / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ModelError) as caught:
        resolver().model(source(folder))

    assert "missing config.json, *.safetensors (other weight formats can run code" in str(
        caught.value
    )
    assert "tokenizer.json or another tokenizer file" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "config.json: cannot be read"),
        ("[]", "its config is a list, should be an object"),
        ("{}", "its config names no hidden_size and num_hidden_layers"),
        ('{"hidden_size": "8", "num_hidden_layers": 2}', "names no hidden_size"),
    ],
)
def test_a_config_of_another_shape_is_refused(folder: Path, content: str, problem: str) -> None:
    """A config that does not say the model's size is named."""
    (folder / "config.json").write_text(content, "utf-8")
    with pytest.raises(ModelError, match=problem):
        resolver().model(source(folder))


@pytest.mark.parametrize(
    "config",
    [{"dim": 32, "n_layers": 2}, {"d_model": 32, "num_layers": 2}],
    ids=["distilbert", "t5"],
)
def test_sizes_by_other_names(folder: Path, config: dict[str, int]) -> None:
    """DistilBERT and T5 call width and depth something else."""
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    found = resolver().model(source(folder))

    assert (found.width, found.depth) == (32, 2)


@pytest.mark.parametrize("path", ["./nothing", "/nothing/here", "~/nothing", "a/b/c", "name"])
def test_a_path_that_is_no_folder_is_refused(path: str) -> None:
    """What looks like a folder is never looked for on the hub."""
    with pytest.raises(ModelError, match=f"{path}: no such folder; a hub id looks like org/model"):
        resolver().model(ModelSource(name=path, path=path))


def test_a_hub_model_is_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub id is resolved to a commit; its size comes from its config there."""
    monkeypatch.setattr(hub, "commit", lambda *_: COMMIT)
    config = {"hidden_size": 384, "num_hidden_layers": 12}
    monkeypatch.setattr(hub, "config", lambda *_, **__: config)
    made = resolver()
    found = made.model(ModelSource(name="org/m", path="org/m"))

    assert found.start == Model(
        weights=f"hub:{COMMIT}",
        tokenizer=f"hub:{COMMIT}",
        name="org/m",
        location=f"org/m@{COMMIT}",
    )
    assert (found.width, found.depth) == (384, 12)
    assert made.lock.new == {"model:org/m": COMMIT}


def test_a_hub_model_offline_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a lock or without the files, offline, a hub model cannot be had."""
    with pytest.raises(OfflineError, match="not locked in this store yet"):
        resolver(offline=True).model(ModelSource(name="m", path="org/m"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    pinned = ModelSource(name="m", path="xharness-tests/none", revision=COMMIT)
    with pytest.raises(OfflineError, match=r"config\.json at 0123456789: not on this machine"):
        resolver(offline=True).model(pinned)


@pytest.mark.parametrize(
    ("weights", "error", "problem"),
    [
        (None, OfflineError, "model org/m: its weights are not on this machine; run once without"),
        (WEIGHTS[:-1], ModelError, "has 67 bytes, by its header 68 would be right"),
    ],
)
def test_weights_that_a_cache_lacks_are_missed_before_a_training(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    weights: bytes | None,
    error: type[Exception],
    problem: str,
) -> None:
    """Offline a config in the cache is not enough: the weights have to be there, and whole."""
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    folder = tmp_path / "models--org--m" / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"hidden_size": 8, "num_hidden_layers": 2}', "utf-8")
    pinned = ModelSource(name="m", path="org/m", revision=COMMIT)
    if weights is not None:
        (folder / "model.safetensors").write_bytes(weights)
    with pytest.raises(error, match=re.escape(problem)):
        resolver(offline=True).model(pinned)
    (folder / "model.safetensors").write_bytes(WEIGHTS)

    assert resolver(offline=True).model(pinned).width == 8
