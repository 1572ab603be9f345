"""XTREME's own test files are predicted as they are: in their order, without right answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support import xtreme_folder
from support.engine_tiny import Lab, lines, predict, train
from xharness.data.xtreme_download import DEV, TEST
from xharness.metrics import MiningF1
from xharness.phases import Checkpoint, Model, Pooling, Predict
from xharness.tasks import Kind, Task
from xharness.testing import fake_task

pytestmark = pytest.mark.training

MINED = replace(
    fake_task(Kind.RETRIEVAL, "bucc", languages=("de",)), metric=MiningF1(), tuned_on="dev"
)
TASKS = {
    "xnli": fake_task(Kind.CLASSIFICATION, "xnli", rows=12),
    "udpos": fake_task(Kind.TAGGING, "udpos", rows=12),
    "mlqa": fake_task(Kind.SPAN_QA, "mlqa", rows=12),
    "tatoeba": fake_task(Kind.RETRIEVAL, "tatoeba", languages=("de",)),
    "bucc": MINED,
}


@pytest.fixture
def at(lab: Lab, tmp_path: Path) -> Lab:
    """Return a lab whose data root is a folder of XTREME's download script."""
    xtreme_folder.write(tmp_path / "download")
    return replace(lab, tasks=TASKS, data_root=tmp_path / "download")


def answered(at: Lab, model: Model, task: Task, split: str = TEST) -> list[dict[str, Any]]:
    """Return the predictions of German rows, after four updates where the task is trained."""
    start: Model | Checkpoint = model
    pooling = Pooling(layer=1) if task.kind is Kind.RETRIEVAL else None
    if pooling is None:
        trained = train(model, task)
        replace(at, data_root=None).run(trained)
        start = Checkpoint(train=trained)
    phase: Predict = predict(start, task, "de", split=split, pooling=pooling)
    return lines(at.run(phase))


def test_each_kind_answers_every_row(at: Lab, model: Model) -> None:
    """Labels, a tag for every word, and stretches of the contexts; nobody knows what is right."""
    labels, tags, answers = (answered(at, model, TASKS[n]) for n in ("xnli", "udpos", "mlqa"))

    assert [row["prediction"] in TASKS["xnli"].labels for row in labels] == [True] * 3
    assert [len(row["prediction"]) for row in tags] == [3, 1]
    assert [row["item"] for row in answers] == ["q-1", "q-2"]
    contexts = [context for _, context, _ in xtreme_folder.QUESTIONS]
    assert all(row["prediction"] in text for row, text in zip(answers, contexts, strict=True))
    assert {row["gold"] for row in (*labels, *tags, *answers)} == {None}


def test_retrieval_names_places_and_sentences(at: Lab, model: Model) -> None:
    """Tatoeba finds places of foreign sentences; BUCC pairs names, and tunes on gold pairs."""
    found = answered(at, model, TASKS["tatoeba"])
    mined, tuning = (answered(at, model, MINED, split) for split in (TEST, DEV))

    assert {row["prediction"] for row in found} <= {"0", "1", "2"}
    assert len(found) == len(mined) == len(tuning) == 3
    assert {row["prediction"] for row in mined} - {None} <= {"en-0", "en-1", "en-2", "en-3"}
    assert any(row["margin"] is not None for row in mined)
    assert {row["gold"] for row in (*found, *mined)} == {None}
    assert {row["item"]: row["gold"] for row in tuning}["de-0/en-2"] == "en-2"
