"""Keys: the same for equal work, everywhere and for ever; different for anything else."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xharness import keys
from xharness.keys import added_later, key, not_identity, text
from xharness.phases import (
    Checkpoint,
    Definition,
    Model,
    Phase,
    Pooling,
    Predict,
    Pretrain,
    Recipe,
    Score,
    Stream,
    Texts,
    Train,
    Translate,
)
from xharness.tuning import Tuning

GOLDEN = Path(__file__).parent / "golden" / "keys.json"

MODEL = Model(weights="sha256:00", tokenizer="sha256:11", name="tiny", location="/models/tiny")
RECIPE = Recipe(learning_rate=2e-5, batch=32, epochs=3.0)
STREAM = Stream(task="nli", version=1, data="hub:" + "0" * 40, languages=("en",))
TRAIN = Train(start=MODEL, streams=(STREAM,), recipe=RECIPE, seed=1)
PREDICT = Predict(
    start=Checkpoint(train=TRAIN),
    task="xnli",
    version=1,
    data="sha256:22",
    language="sw",
    split="test",
    limit=200,
)
SCORE = Score(predictions=PREDICT, metric="accuracy@1")
BEST = Checkpoint(
    train=replace(TRAIN, recipe=replace(RECIPE, keep=2)), rule="best", dev=((SCORE,), (SCORE,))
)
DEFINITION = Definition(
    kind="span qa", labels=(), columns=("context", "question"), code="fedcba9876543210"
)
TRANSLATE = Translate(
    task="nli",
    version=1,
    data="hub:" + "0" * 40,
    language="en",
    into="sw",
    translator=Texts(digest="sha256:33"),
    limit=1000,
    sample_seed=7,
    part=(1, 2),
    beams=4,
    precision="bf16",
    definition=DEFINITION,
)
PHASES: dict[str, Phase] = {
    "pretrain": Pretrain(model="lab-tiny", version=1),
    "train": TRAIN,
    "train every field": Train(
        start=Checkpoint(train=TRAIN, rule="kept", index=0),
        streams=(
            STREAM,
            replace(
                STREAM,
                task="qa",
                limit=1000,
                sample_seed=7,
                max_length=256,
                stride=64,
                definition=DEFINITION,
            ),
            replace(STREAM, task="text", languages=("de", "en"), share=0.3, exponent=0.3),
            replace(STREAM, languages=("sw",), part=(1, 2), translated=TRANSLATE),
        ),
        recipe=Recipe(
            learning_rate=1e-3,
            batch=16,
            steps=1000,
            steps_at_least=100,
            schedule="wsd",
            warmup=0.05,
            decay=0.2,
            weight_decay=0.01,
            beta1=0.8,
            beta2=0.98,
            epsilon=1e-6,
            clip=0.0,
            keep=5,
            attention_dropout=0.0,
            head="mlp",
        ),
        seed=2,
        load="weights",
        precision="bf16",
        mixing="capped",
        cap=1000,
        temperature=2.0,
        budget="mean",
    ),
    "train slow embeddings": replace(TRAIN, recipe=replace(RECIPE, embedding_rate=0.1)),
    "train tuned": replace(
        TRAIN,
        tuning=Tuning(
            method="low-rank", version=1, parameters=(("rank", 8),), code="0123456789abcdef"
        ),
    ),
    "translate": TRANSLATE,
    "predict": PREDICT,
    "predict every field": replace(
        PREDICT,
        start=BEST,
        sample_seed=7,
        max_length=512,
        stride=64,
        precision="bf16",
        definition=DEFINITION,
        excluded="0123456789abcdef",
        pooling=Pooling(layer=8, method="cls"),
        ranked=True,
    ),
    "score": SCORE,
    "score tuned": replace(SCORE, tuned_on=replace(PREDICT, split="dev")),
}


@pytest.mark.parametrize("name", PHASES)
def test_keys_are_those_on_disk(name: str) -> None:
    """A changed key throws away every stored artifact; change the golden file on purpose only."""
    assert key(PHASES[name]) == json.loads(GOLDEN.read_text("utf-8"))[name]


def test_golden_file_has_nothing_else() -> None:
    """Every golden key belongs to a phase that is checked."""
    assert set(json.loads(GOLDEN.read_text("utf-8"))) == set(PHASES)


def test_key_is_the_hash_of_readable_text() -> None:
    """What is hashed is sorted JSON with the type's name, so any language can compute a key."""
    phase = Pretrain(model="größe", version=1)

    assert text(phase) == '{"":"Pretrain","model":"größe","seed":0,"version":1}'
    assert key(phase) == hashlib.sha256(text(phase).encode()).hexdigest()


def test_parts_are_named_by_their_keys() -> None:
    """A phase's text holds the keys of what it is made from, so keys form a Merkle tree."""
    assert json.loads(text(SCORE))["predictions"] == {"key": key(PREDICT)}
    assert json.loads(text(TRAIN))["streams"] == [{"key": key(STREAM)}]


def test_same_key_in_every_process() -> None:
    """A key does not depend on the process, its hash seed or what was computed before."""
    code = (
        "from xharness import Pretrain; from xharness.keys import key;"
        "print(key(Pretrain(model='lab-tiny', version=1)))"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]

    assert found == [key(PHASES["pretrain"])] * 2


@pytest.mark.parametrize(
    "same",
    [
        replace(TRAIN, recipe=replace(RECIPE, micro_tokens=1)),
        replace(TRAIN, start=replace(MODEL, name="other", location="/elsewhere")),
    ],
    ids=["micro-batch", "name and place of the model"],
)
def test_what_changes_only_speed_is_not_in_the_key(same: Train) -> None:
    """Finished work stays valid when the micro-batch or the folder of equal weights changes."""
    assert key(same) == key(TRAIN)


@pytest.mark.parametrize(
    "other",
    [
        replace(TRAIN, seed=2),
        replace(TRAIN, code=TRAIN.code + 1),
        replace(TRAIN, recipe=replace(RECIPE, head="mlp")),
        replace(TRAIN, start=replace(MODEL, weights="sha256:ff")),
        replace(TRAIN, start=replace(MODEL, tokenizer="sha256:ff")),
        replace(TRAIN, streams=(replace(STREAM, data="hub:" + "1" * 40),)),
        replace(TRAIN, streams=(STREAM, STREAM)),
        replace(TRAIN, recipe=replace(RECIPE, learning_rate=3e-5)),
        replace(TRAIN, recipe=replace(RECIPE, epochs=None, steps=3)),
    ],
)
def test_what_changes_a_result_changes_the_key(other: Train) -> None:
    """Seed, code, weights, tokenizer, data and every real field of a recipe name other work."""
    assert key(other) != key(TRAIN)
    assert key(replace(SCORE, predictions=replace(PREDICT, start=Checkpoint(train=other)))) != (
        key(SCORE)
    )


class Colour(Enum):
    """An enumeration."""

    RED = "red"


@dataclass(frozen=True)
class Thing:
    """A value with one field of any type."""

    value: Any


@dataclass(frozen=True)
class Grown:
    """`Thing` with a field that only changes speed, and one that came later."""

    value: Any
    workers: int = not_identity(1)
    trick: str = added_later("")


def test_a_field_added_later_leaves_old_keys_alone() -> None:
    """While it has its default, a new field is not part of the text; then it is."""
    assert json.loads(text(Grown(value=1, workers=8))) == {"": "Grown", "value": 1}
    assert json.loads(text(Grown(value=1, trick="x"))) == {"": "Grown", "value": 1, "trick": "x"}


@pytest.mark.parametrize(("a", "b"), [(2, 2.0), (0.0, -0.0), ([1, "a"], (1, "a"))])
def test_equal_values_are_one(a: object, b: object) -> None:
    """Whole numbers, zeros and sequences are the same however they were written."""
    assert text(Thing(a)) == text(Thing(b))


def test_plain_values_keep_their_meaning() -> None:
    """None, truth, text that looks like a number, and enumerations stay apart."""
    values = (None, True, "1", 1, 0.5, Colour.RED, {"b": 1, "a": None})

    assert json.loads(text(Thing(values)))["value"] == [
        *(None, True, "1", 1, 0.5, "red", {"a": None, "b": 1})
    ]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_survives(number: float) -> None:
    """The text of a number reads back as exactly that number."""
    assert json.loads(text(Thing(number)))["value"] == number


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_numbers_that_are_none_are_refused(bad: float) -> None:
    """What is not finite has no canonical form."""
    with pytest.raises(ValueError, match="has no canonical form"):
        text(Thing(bad))


@pytest.mark.parametrize("bad", [{1, 2}, len, object(), b"bytes"])
def test_values_without_a_form_are_refused(bad: object) -> None:
    """Sets, functions, objects and bytes never enter a key by their address or order."""
    with pytest.raises(TypeError, match="has no canonical form"):
        text(Thing(bad))


@dataclass
class Loose:
    """A dataclass that can change."""

    value: list[int] = field(default_factory=list)


@pytest.mark.parametrize("bad", [1, "text", Pretrain, Loose()])
def test_only_frozen_dataclasses_have_keys(bad: object) -> None:
    """A plain value, a class, or a dataclass that can change is nothing to name."""
    with pytest.raises(TypeError):
        key(bad)


def test_more_values_than_are_remembered_have_their_own_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Keys stay apart, and the same, however many values there are."""
    monkeypatch.setattr(keys, "REMEMBERED", 100)
    seeds = range(2_000)
    first = [key(replace(TRAIN, seed=seed)) for seed in seeds]

    assert len(set(first)) == len(seeds)
    assert [key(replace(TRAIN, seed=seed)) for seed in seeds[:5]] == first[:5]
