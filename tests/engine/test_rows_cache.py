"""What predictions read is made once, and never for another task, tokenizer or reading."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.engine_tiny import (
    ANSWER,
    CHOOSE,
    CLASSIFY,
    RECIPE,
    RETRIEVE,
    TAG,
    VOCABULARY,
    Lab,
    in_both_precisions,
    lines,
    predict,
    train,
)
from xharness.data.sources import Origin
from xharness.engine.encoder import network_files, rows_cache, weights
from xharness.engine.prediction.predict import rows_of
from xharness.examples import Example
from xharness.phases import Checkpoint, Model, Pooling, Predict
from xharness.store.store import Store
from xharness.tasks import Kind, Row, Task
from xharness.testing import fake_task

pytestmark = pytest.mark.training

POOLING = Pooling(layer=1, method="mean")
ORIGIN = Origin(data_root=None, offline=True, digest="generated:1")


def counting(task: Task) -> tuple[Task, list[Row]]:
    """Return a task as if it were loaded anew, and the rows that it has been asked to read."""
    asked: list[Row] = []
    read: Callable[[Row, str], Example | None] = task.read

    def counted(row: Row, language: str) -> Example | None:
        asked.append(row)
        return read(row, language)

    return replace(task, read=counted), asked


def embeddings(folder: Path, task: Task, *phases: Predict) -> list[bytes]:
    """Return the vectors of predictions that are made one after the other."""
    lab = Lab(Store(folder), {task.name: task})
    return [lab.run(p).file("embeddings.safetensors").read_bytes() for p in phases]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    weights.forget()
    rows_cache.forget()


def test_rows_are_read_once(model: Model, tmp_path: Path) -> None:
    """Two predictions of twelve rows read twelve, those of another language twelve more."""
    task, asked = counting(RETRIEVE)
    first = predict(model, task, pooling=POOLING)
    embeddings(tmp_path, task, first, replace(first, pooling=replace(POOLING, layer=2)))
    assert len(asked) == 12

    embeddings(tmp_path, task, replace(first, language="de"))
    assert len(asked) == 24


@in_both_precisions
@pytest.mark.parametrize("task", [CLASSIFY, TAG, ANSWER, CHOOSE], ids=lambda t: t.name)
def test_what_is_kept_changes_no_prediction(model: Model, tmp_path: Path, task: Task) -> None:
    """A prediction with rows and windows from memory has the bytes of one that made them."""
    lab = Lab(Store(tmp_path / "a"), {task.name: task})
    trained = train(model, task, recipe=replace(RECIPE, keep=2))
    lab.run(trained)
    first, last = (
        predict(Checkpoint(train=trained, rule="kept", index=i), task, max_length=16)
        for i in (0, 1)
    )
    together = [lab.run(p).file("predictions.jsonl").read_bytes() for p in (first, last)]
    rows_cache.forget()
    again = Lab(Store(tmp_path / "b"), {task.name: task})
    again.run(trained)

    assert again.run(last).file("predictions.jsonl").read_bytes() == together[1]


@in_both_precisions
def test_vectors_are_the_same_from_memory(model: Model, tmp_path: Path) -> None:
    """Embeddings of another layer, of rows from memory, are those of rows read for them."""
    first = predict(model, RETRIEVE, pooling=POOLING)
    second = replace(first, pooling=replace(POOLING, layer=2))
    together = embeddings(tmp_path / "a", RETRIEVE, first, second)
    rows_cache.forget()
    alone = embeddings(tmp_path / "b", RETRIEVE, second)

    assert together[1] == alone[0]
    assert together[0] != alone[0]


def test_trained_networks_share_their_windows(model: Model, tmp_path: Path) -> None:
    """A model and what was trained from it, with texts cut short in between, have one tokenizer."""
    lab = Lab(Store(tmp_path), {CLASSIFY.name: CLASSIFY})
    trained = lab.run(train(model, CLASSIFY, max_length=5))
    folders = (Path(model.location), trained.folder("checkpoints/0"))
    found = {network_files.load(folder, "m").tokenizer_digest for folder in folders}
    cached = rows_of(predict(model, CLASSIFY), CLASSIFY, ORIGIN)
    made = [cached.computed_once(network_files.load(f, "m"), "windows", object) for f in folders]

    assert len(found) == 1
    assert made[0] is made[1]


def test_a_task_that_is_loaded_anew_is_read_anew() -> None:
    """A plugin that reads the same rows otherwise has its own examples."""
    other = replace(CLASSIFY, read=lambda row, _: replace(row["example"], label="blue"))
    asked = predict(Model(weights="w", tokenizer="t", name="m", location="x"), CLASSIFY)
    labels = [
        {e.label for e in rows_of(asked, task, ORIGIN).rows.examples}
        for task in (CLASSIFY, other, CLASSIFY)
    ]

    assert labels == [{"red", "green", "blue"}, {"blue"}, {"red", "green", "blue"}]


def test_another_tokenizer_makes_windows_of_its_own(model: Model, tmp_path: Path) -> None:
    """The same weights with words numbered otherwise make the vectors of their own numbers."""
    folder = tmp_path / "other"
    folder.mkdir()
    for path in Path(model.location).iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    tokenizer: dict[str, Any] = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    last = len(VOCABULARY) - 1
    numbers = {w: i if i < 5 else last + 5 - i for w, i in VOCABULARY.items()}
    tokenizer["model"]["vocab"] = numbers
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    other = replace(model, location=str(folder), tokenizer="u")
    first, second = (predict(m, RETRIEVE, pooling=POOLING) for m in (model, other))
    together = embeddings(tmp_path / "a", RETRIEVE, first, second)
    alone = embeddings(tmp_path / "b", counting(RETRIEVE)[0], second)

    assert together[1] == alone[0]
    assert together[0] != alone[0]


def test_other_windows_are_made_anew(model: Model, tmp_path: Path) -> None:
    """Windows of five tokens are not those of 32, nor are windows that move on otherwise."""
    asked = [
        predict(model, RETRIEVE, pooling=POOLING, max_length=length, stride=stride)
        for length, stride in ((32, 4), (5, 4), (5, 1))
    ]
    long, short, _ = embeddings(tmp_path, RETRIEVE, *asked)
    kept = rows_of(asked[0], RETRIEVE, ORIGIN)
    network = network_files.load(Path(model.location), "m")
    assert long != short

    for one in ((32, 4), (5, 4), (5, 1)):
        kept.computed_once(network, one, lambda: pytest.fail("these windows are not there"))


def test_only_so_much_is_kept() -> None:
    """Of two sets that are too large together the first stays, and the other is read each time."""
    rows = rows_cache.MAX_BYTES // 1500
    large = fake_task(Kind.CLASSIFICATION, "large", rows=rows)
    model = Model(weights="w", tokenizer="t", name="m", location="x")
    english, german = (predict(model, large, language) for language in ("en", "de"))
    first, second = (rows_of(p, large, ORIGIN) for p in (english, german))

    assert rows_cache.MAX_BYTES / 2 < first.size < rows_cache.MAX_BYTES
    assert rows_of(english, large, ORIGIN) is first
    assert rows_of(german, large, ORIGIN) is not second


def test_what_a_prediction_counts_is_the_same_from_memory(model: Model, tmp_path: Path) -> None:
    """Rows, words and pieces are counted in every artifact, also of rows from memory."""
    task = counting(RETRIEVE)[0]
    first = predict(model, task, pooling=POOLING)
    lab = Lab(Store(tmp_path), {task.name: task})
    made = [lab.run(p) for p in (first, replace(first, pooling=replace(POOLING, layer=2)))]

    assert made[0].json("counts.json") == made[1].json("counts.json")
    assert made[0].json("counts.json")["used"] == len(lines(made[0])) == 12
