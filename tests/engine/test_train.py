"""Training: what is learnt, that it is the same every time, and what ends it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import torch

from support.engine_tiny import (
    ANSWER,
    CHOOSE,
    CLASSIFY,
    RECIPE,
    RETRIEVE,
    TAG,
    Lab,
    assert_same_weights,
    in_both_precisions,
    lines,
    loaded,
    predict,
    score,
    train,
    weights,
    with_rows,
    without_dropout,
)
from xharness.engine.encoder.network import Head, Network
from xharness.engine.kinds.windows import Batch
from xharness.errors import DataError, ModelError, TrainingError
from xharness.examples import Answer, MultipleChoice, SpanQuestion
from xharness.keys import key
from xharness.phases import Checkpoint, Model
from xharness.tasks import Task

pytestmark = pytest.mark.training


@in_both_precisions
@pytest.mark.parametrize("task", [CLASSIFY, TAG, ANSWER], ids=lambda t: t.name)
def test_every_kind_learns_its_rows(model: Model, lab: Lab, task: Task) -> None:
    """The colour stands in the text: after 60 updates four of five test rows are right."""
    phase = train(model, task, recipe=replace(RECIPE, steps=60))
    lab.run(phase)
    predicted = lab.run(predict(Checkpoint(train=phase), task))

    assert score(task, predicted) >= 80.0


def choice(number: int) -> dict[str, Any]:
    """Return a row of four choices, of which the English one is right."""
    words = ["red", "which thing is green", "blue", "what is"]
    words[number % 4] += " english"
    example = MultipleChoice(
        context="en thing", question="is", choices=tuple(words), answer=number % 4
    )
    return {"id": str(number), "example": example}


@in_both_precisions
def test_multiple_choice_is_learnt(model: Model, lab: Lab) -> None:
    """One choice of four has the telling word: after 60 updates four of five rows are right."""
    task = with_rows(CHOOSE, [choice(n) for n in range(24)], ("id", "example"))
    lab = replace(lab, tasks={"choose": task})
    phase = train(model, task, recipe=replace(RECIPE, steps=60))
    lab.run(phase)
    predicted = lab.run(predict(Checkpoint(train=phase), task))

    assert [line["gold"] for line in lines(predicted)][:5] == [0, 1, 2, 3, 0]
    assert score(task, predicted) >= 80.0


@pytest.mark.parametrize(
    ("answer", "choices", "problem"),
    [
        (3, ("a", "b"), "answer 3 is not the position of one of its 2 choices"),
        (None, ("a", "b"), "has no answer; right would be 0 to 1"),
        (0, ("a",), "has 1 choices"),
    ],
)
def test_question_without_a_right_choice_is_refused(
    model: Model, lab: Lab, answer: int | None, choices: tuple[str, ...], problem: str
) -> None:
    """An answer that is no choice, or none, stops the phase and names the row."""
    example = MultipleChoice(context="en", question="is", choices=choices, answer=answer)
    task = with_rows(CHOOSE, [{"id": "q", "example": example}], ("id", "example"), cluster=None)
    with pytest.raises(DataError, match=rf"row 0 \(item q\): {problem}"):
        replace(lab, tasks={"choose": task}).run(train(model, task))


@in_both_precisions
def test_artifact_holds_curve_counts_and_profile(model: Model, lab: Lab, precision: str) -> None:
    """24 rows in batches of 8 for two epochs are six updates, each with loss and rate."""
    recipe = replace(RECIPE, steps=None, epochs=2.0, warmup=0.0)
    trained = lab.run(train(model, CLASSIFY, recipe=recipe))
    curve = lines(trained, "curve.jsonl")
    counts = trained.json("counts.json")

    assert [c["update"] for c in curve] == list(range(6))
    assert [c["learning_rate"] for c in curve] == pytest.approx(
        [3e-3 * n / 6 for n in range(6, 0, -1)]
    )
    assert counts["updates"] == 6
    assert counts["streams"][0]["used"] == 24
    assert trained.json("profile.json")["threads"] == 1
    assert trained.json("profile.json")["precision"] == precision


@in_both_precisions
def test_same_phase_gives_the_same_bytes(model: Model, lab: Lab) -> None:
    """Two trainings in two stores end with equal files; another seed does not."""
    phase = train(model, CLASSIFY, TAG)
    first, again = lab.run(phase), lab.elsewhere().run(phase)
    other = lab.run(replace(phase, seed=2))

    assert weights(first) == weights(again)
    assert weights(first) != weights(other)


@in_both_precisions
@pytest.mark.parametrize("stop", [1, 5, 11])
def test_interrupted_training_goes_on_bit_for_bit(model: Model, lab: Lab, stop: int) -> None:
    """Stopped after some of 12 updates and run again, it ends with the bytes of an unbroken one."""
    phase = train(model, CLASSIFY, TAG, recipe=replace(RECIPE, steps=12, keep=3))
    whole = lab.run(phase)
    other = lab.elsewhere()
    with pytest.raises(KeyboardInterrupt):
        other.stopping_after(stop).run(phase)
    resumed = other.run(phase)

    assert [weights(whole, i) for i in range(3)] == [weights(resumed, i) for i in range(3)]
    assert lines(whole, "curve.jsonl") == lines(resumed, "curve.jsonl")


@in_both_precisions
def test_kept_checkpoints_are_evenly_spaced(model: Model, lab: Lab) -> None:
    """At a constant rate, the second of four checkpoints of eight updates is the end of four."""
    constant = replace(RECIPE, schedule="wsd", warmup=0.0, decay=0.0)
    eight = lab.run(train(model, CLASSIFY, recipe=replace(constant, steps=8, keep=4)))
    four = lab.run(train(model, CLASSIFY, recipe=replace(constant, steps=4)))

    assert weights(eight, 1) == weights(four)
    assert len({weights(eight, i) for i in range(4)}) == 4


@in_both_precisions
def test_micro_batches_do_not_change_the_gradient(model: Model, lab: Lab, precision: str) -> None:
    """Without dropout, one window at a time gives the weights of the whole batch, to rounding."""
    still = without_dropout(model, lab.store.root.with_name("still"))
    phase = train(still, TAG)
    small = train(still, TAG, recipe=replace(RECIPE, micro_tokens=1))
    whole, split = loaded(lab.run(phase)), loaded(lab.elsewhere().run(small))

    assert_same_weights(whole, split, precision)


def failing_above(tokens: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a batch of more padded tokens than these run out of memory."""
    real = Network.logits

    def logits(network: Network, head: Head, batch: Batch) -> torch.Tensor:
        if batch.ids.numel() > tokens:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(network, head, batch)

    monkeypatch.setattr(Network, "logits", logits)


@in_both_precisions
def test_running_out_of_memory_halves_the_micro_batch(
    model: Model, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 4,096 tokens down to 32 that fit: the same bytes as with 32 from the start."""
    right = lab.run(train(model, CLASSIFY, recipe=replace(RECIPE, micro_tokens=32)))
    failing_above(40, monkeypatch)
    found = lab.elsewhere().run(train(model, CLASSIFY))

    assert found.json("profile.json")["micro_tokens"] == 32
    assert weights(found) == weights(right)


def test_one_window_that_does_not_fit_ends_the_training(
    model: Model, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below one window nothing is left to halve; the message says what would help."""
    failing_above(5, monkeypatch)
    with pytest.raises(TrainingError, match=r"one window of .* smaller max_length"):
        lab.run(train(model, CLASSIFY))


def test_loss_that_is_not_finite_ends_the_training(
    model: Model, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has the update, the loss, and the last finite one."""
    real, calls = Network.logits, [0]

    def logits(network: Network, head: Head, batch: Batch) -> torch.Tensor:
        calls[0] += 1
        return real(network, head, batch) * (float("nan") if calls[0] == 3 else 1.0)

    monkeypatch.setattr(Network, "logits", logits)
    with pytest.raises(TrainingError, match=r"update 3 of 4: the loss is nan, .* was [01]\.\d+"):
        lab.run(train(model, CLASSIFY))


def test_mixture_has_one_head_per_task(model: Model, lab: Lab) -> None:
    """Two streams of two kinds in one training leave two heads, each with its labels."""
    trained = lab.run(train(model, CLASSIFY, TAG))
    heads = json.loads(trained.file("checkpoints/0/heads.json").read_text("utf-8"))

    assert heads == {
        "classify": {"kind": "classification", "labels": ["red", "green", "blue"]},
        "tag": {"kind": "tagging", "labels": ["NOUN", "VERB"]},
    }


@in_both_precisions
def test_heads_are_taken_over_only_when_asked(model: Model, lab: Lab) -> None:
    """With a rate of nearly zero, "weights" keeps the first training's head, "encoder" does not."""
    first = train(model, CLASSIFY, recipe=replace(RECIPE, steps=10))
    lab.run(first)
    still = replace(RECIPE, learning_rate=1e-12, steps=1)
    start = Checkpoint(train=first)
    kept = lab.run(train(start, CLASSIFY, recipe=still, load="weights", seed=2))
    fresh = lab.run(train(start, CLASSIFY, recipe=still, load="encoder", seed=2))
    before = loaded(lab.store.find(key(first))).heads["classify"].linear.weight
    after = [loaded(a).heads["classify"].linear.weight for a in (kept, fresh)]

    assert torch.allclose(before, after[0], atol=1e-6)
    assert not torch.allclose(before, after[1], atol=1e-3)


def test_head_with_other_labels_is_not_taken_over(model: Model, lab: Lab) -> None:
    """A task whose labels changed since the head was trained is refused."""
    first = train(model, CLASSIFY)
    lab.run(first)
    changed = replace(CLASSIFY, labels=("blue", "green", "red"))
    other = replace(lab, tasks={"classify": changed})
    with pytest.raises(ModelError, match="trained with the labels red, green, blue"):
        other.run(train(Checkpoint(train=first), CLASSIFY, load="weights"))


def test_head_of_another_form_is_not_taken_over(model: Model, lab: Lab) -> None:
    """A head that a recipe made as one layer is not what a recipe with an MLP asks for."""
    first = train(model, CLASSIFY)
    lab.run(first)
    deeper = replace(RECIPE, head="mlp")
    with pytest.raises(ModelError, match="head classify: it is linear, the recipe's is mlp"):
        lab.run(train(Checkpoint(train=first), CLASSIFY, recipe=deeper, load="weights"))


@pytest.mark.parametrize("task", [CLASSIFY, TAG, ANSWER], ids=lambda t: t.name)
def test_an_mlp_head_is_trained_kept_and_predicts(model: Model, lab: Lab, task: Task) -> None:
    """Another head is another training, and what it learnt predicts: chance is a third or less."""
    recipe = replace(RECIPE, head="mlp", steps=60)
    phase = train(model, task, recipe=recipe)
    trained = lab.run(phase)
    predicted = lab.run(predict(Checkpoint(train=phase), task))

    assert key(phase) != key(train(model, task, recipe=replace(recipe, head="linear")))
    assert loaded(trained).heads[task.name].form == "mlp"
    assert score(task, predicted) >= 60.0


def test_misplaced_answers_are_named_by_row(model: Model, lab: Lab) -> None:
    """An answer that is not in its context is never trained on; its row is named."""
    wrong = SpanQuestion(
        context="thing is red", question="what", answers=(Answer(text="blue", start=9),)
    )
    task = with_rows(ANSWER, [{"id": "a", "example": wrong}], ("id", "example"))
    with pytest.raises(DataError, match=r"row 0 \(item a\): the answer 'blue' does not stand"):
        replace(lab, tasks={"answer": task}).run(train(model, ANSWER))


def test_retrieval_is_never_trained_on(model: Model, lab: Lab) -> None:
    """A kind without a head is refused as a stream."""
    with pytest.raises(DataError, match="a retrieval task is never trained on"):
        lab.run(train(model, RETRIEVE))
