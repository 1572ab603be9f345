"""Answers that may be taken back: unanswerable questions, and sentences without translation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file

from support.engine_tiny import (
    ANSWER,
    CLASSIFY,
    RECIPE,
    RETRIEVE,
    Lab,
    in_both_precisions,
    lines,
    predict,
    train,
    with_rows,
)
from xharness import MiningF1, Pair, SpanQuestion, SquadV2, Task
from xharness.engine.encoder import weights
from xharness.errors import DataError
from xharness.examples import Answer
from xharness.keys import key
from xharness.phases import Checkpoint, Model, Pooling, Score, inputs
from xharness.store.store import Store

pytestmark = pytest.mark.training

COLOURS = ("red", "green", "blue")


def question(number: int) -> dict[str, Any]:
    """Return a row; every second context does not say what is asked for."""
    colour, answerable = COLOURS[number % 3], number % 2 == 0
    begin = f"en thing {number % 12} is "
    example = SpanQuestion(
        context=begin + (colour if answerable else "which"),
        question="what is",
        answers=(Answer(text=colour, start=len(begin)),) * answerable,
    )
    return {"id": str(number), "example": example}


UNSURE = with_rows(
    ANSWER,
    [question(n) for n in range(24)],
    ("id", "example"),
    tuned_on="dev",
    metric=SquadV2(),
)


def pair(number: int, source: str | None, target: str | None, **names: str) -> dict[str, Any]:
    return {"id": f"row-{number}", "example": Pair(source=source, target=target, **names)}


def mining(*pairs: dict[str, Any], **more: Any) -> Task:
    """Return a retrieval task whose pairs are mined."""
    clusters = [row["id"] for row in pairs]
    return with_rows(
        RETRIEVE,
        pairs,
        ("id", "example"),
        tuned_on="dev",
        metric=MiningF1(),
        cluster=lambda _rows: clusters,
        **more,
    )


def lab_of(tmp_path: Path, *tasks: Task) -> Lab:
    weights.forget()
    return Lab(Store(tmp_path / "store"), {t.name: t for t in tasks})


def mined(tmp_path: Path, model: Model, task: Task, split: str = "test") -> Any:
    phase = predict(model, task, split=split, pooling=Pooling(layer=1))
    return lab_of(tmp_path, task).run(phase)


@in_both_precisions
def test_unanswerable_questions_are_learnt_and_left_alone(model: Model, tmp_path: Path) -> None:
    """Half of the questions have no answer; with the threshold tuned on dev, most are right."""
    lab = lab_of(tmp_path, UNSURE)
    phase = train(model, UNSURE, recipe=replace(RECIPE, steps=60))
    lab.run(phase)
    test, dev = (predict(Checkpoint(train=phase), UNSURE, split=s) for s in ("test", "dev"))
    rows = lines(lab.run(test))
    lab.run(dev)
    scored = lab.run(Score(predictions=test, metric=SquadV2().signature, tuned_on=dev))
    score = scored.json("score.json")

    assert all(isinstance(row["prediction"], str) for row in rows)
    assert [row["gold"] for row in rows[:2]] == [["red"], []]
    assert score["score"] >= 80.0
    assert min(r["margin"] for r in rows) < score["threshold"] < max(r["margin"] for r in rows)


def test_an_unanswerable_question_points_at_the_first_token(model: Model, tmp_path: Path) -> None:
    """Without an answer the target is the first position, twice; nothing is made up."""
    from support.engine_tiny import load_tokenizer
    from xharness.engine.kinds import span_qa
    from xharness.engine.kinds.windows import Tokenization

    how = Tokenization(
        tokenizer=load_tokenizer(Path(model.location)), max_length=32, stride=4, labels=()
    )
    windows = span_qa.encode([question(1)["example"]], how, training=True)

    assert [t.tolist() for t in windows.targets] == [[0, 0]]


def test_threshold_of_the_scored_rows_themselves(model: Model, tmp_path: Path) -> None:
    """SQuAD v2's best F1 on dev: the same predictions are tuned on and scored, and read once."""
    phase = predict(model, UNSURE)
    score = Score(predictions=phase, metric=SquadV2().signature, tuned_on=phase)

    assert inputs(score) == (phase,)


def test_a_label_has_no_margin(model: Model, tmp_path: Path) -> None:
    """A threshold for a kind that always answers is refused, and named."""
    task = replace(CLASSIFY, tuned_on="dev")
    lab = lab_of(tmp_path, task)
    phase = train(model, task)
    lab.run(phase)
    with pytest.raises(DataError, match="classify: tuned_on 'dev', but every classification"):
        lab.run(predict(Checkpoint(train=phase), task))


@in_both_precisions
def test_mined_pairs_have_names_margins_and_gold(model: Model, tmp_path: Path) -> None:
    """Sentences without translation have no gold; a target alone asks for nothing."""
    task = mining(
        pair(0, "thing 1", "thing 1", source_name="de-1", target_name="en-1"),
        pair(1, "red", None, source_name="de-2"),
        pair(2, None, "blue is green", target_name="en-3"),
        pair(3, "what is", "what is", source_name="de-4", target_name="en-4"),
    )
    found = mined(tmp_path, model, task)
    rows = {row["item"]: row for row in lines(found)}
    vectors = load_file(found.file("embeddings.safetensors"))

    assert found.json("counts.json")["texts"] == 4  # equal texts are embedded once
    assert list(rows) == ["row-0", "row-1", "row-3"]
    assert [row["gold"] for row in rows.values()] == ["en-1", None, "en-4"]
    assert rows["row-0"]["prediction"] == "en-1"
    assert rows["row-3"]["prediction"] == "en-4"
    assert all((r["margin"] is None) == (r["prediction"] is None) for r in rows.values())
    assert (vectors["source"].shape, vectors["target"].shape) == ((3, 32), (3, 32))


def test_a_text_of_two_names_is_never_extracted(model: Model, tmp_path: Path) -> None:
    """Which of two equal sentences is meant cannot be told, so XTREME takes neither."""
    task = mining(
        pair(0, "thing 1", "thing 1", source_name="de-1", target_name="en-1"),
        pair(1, "thing 1", None, source_name="de-2"),
        pair(2, "what is", "what is", source_name="de-4", target_name="en-4"),
    )
    found = mined(tmp_path, model, task)

    assert [row["prediction"] for row in lines(found)] == [None, None, "en-4"]
    assert found.json("counts.json")["ambiguous"] == 1


def test_a_sentence_of_two_gold_pairs_is_one_sentence(model: Model, tmp_path: Path) -> None:
    """Without names equal texts are one, and a pair is written to the row it is right for."""
    task = mining(
        pair(0, "thing 1", "blue green red is"), pair(1, "thing 1", "thing 1"), pair(2, "is", "is")
    )
    found = lines(mined(tmp_path, model, task))

    assert [row["gold"] for row in found] == ["row-0", "row-1", "row-2"]
    assert [row["prediction"] for row in found] == [None, "row-1", "row-2"]


@in_both_precisions
def test_mining_is_scored_with_the_threshold_of_dev(model: Model, tmp_path: Path) -> None:
    """The threshold comes from dev; only pairs of the test that reach it are found."""
    task = mining(*(pair(n, f"thing {n}", f"thing {n}") for n in range(8)), pair(9, "is", "red"))
    lab = lab_of(tmp_path, task)
    test, dev = (predict(model, task, split=s, pooling=Pooling(layer=1)) for s in ("test", "dev"))
    rows = lines(lab.run(test))
    lab.run(dev)
    score = lab.run(Score(predictions=test, metric=MiningF1().signature, tuned_on=dev))
    said = score.json("score.json")
    kept = [r for r in rows if r["margin"] is not None and r["margin"] >= said["threshold"]]

    assert said["scores"]["precision"] == pytest.approx(
        100 * sum(r["prediction"] == r["gold"] for r in kept) / len(kept)
    )
    assert said["scores"]["recall"] >= 800 / 9


def test_sentences_alone_need_a_threshold(model: Model, tmp_path: Path) -> None:
    """Where every sentence must have a translation, one without is named."""
    task = replace(mining(pair(0, "red", None)), tuned_on=None)
    with pytest.raises(DataError, match=r"row 0 \(item row-0\): has only one side"):
        mined(tmp_path, model, task)


def test_predictions_without_margins_are_not_tuned(model: Model, tmp_path: Path) -> None:
    """A threshold on predictions that have no margins is an error, not a score."""
    lab = lab_of(tmp_path, UNSURE)
    phase = predict(model, UNSURE)
    with lab.publishing(phase) as run:
        line = {"item": "a", "cluster": "a", "prediction": "red", "gold": []}
        (run.out / "predictions.jsonl").write_text(json.dumps(line) + "\n", "utf-8")
    score = Score(predictions=phase, metric=SquadV2().signature, tuned_on=phase)
    with pytest.raises(DataError, match=r"no threshold for squad-v2-f1@1 .*'red' has no margin"):
        lab.run(score)

    assert lab.store.find(key(score)) is None
