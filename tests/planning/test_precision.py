"""Precision: decided with the plan, locked in the store, and in every key."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from support.plans import MODEL, TASKS, request
from support.program import Command, on_fakes
from xharness.phases import Predict, Train
from xharness.planning import planner
from xharness.planning.precision import is_small
from xharness.planning.resolve import Lock, ResolvedModel, Resolver

LARGE = replace(MODEL, width=768, depth=12)


def precisions(model: ResolvedModel, resolver: Resolver, **more: Any) -> set[str]:
    """Return what the trainings and predictions of a plan compute in."""
    plan = planner.build(request(**more), TASKS, resolver, model)
    return {p.precision for p in plan.phases if isinstance(p, Train | Predict)} | {plan.precision}


def hardware(name: str, lock: Lock) -> Resolver:
    """Return a resolver on hardware that multiplies one precision."""
    return Resolver(lock=lock, native=lambda: name)


def test_what_is_native_is_locked_for_the_next_machine() -> None:
    """The second machine computes as the first one did, though its hardware has another."""
    first = Lock()

    assert precisions(LARGE, hardware("bf16", first)) == {"bf16"}
    assert precisions(LARGE, hardware("float32", Lock(known=first.new))) == {"bf16"}
    assert precisions(LARGE, hardware("float32", Lock())) == {"float32"}


def test_small_encoders_compute_in_float32_everywhere() -> None:
    """Nothing is asked of the hardware, and nothing is locked."""
    lock = Lock()

    assert precisions(MODEL, hardware("bf16", lock)) == {"float32"}
    assert lock.new == {}


def test_what_the_user_says_counts() -> None:
    """Also for a small encoder, and whatever is locked."""
    lock = Lock(known={"precision": "bf16"})

    assert precisions(MODEL, hardware("bf16", lock), precision="fp16") == {"fp16"}
    assert precisions(LARGE, hardware("bf16", lock), precision="float32") == {"float32"}


@pytest.mark.parametrize(
    ("width", "depth", "small"),
    # 12 width^2 depth: 0.39, 0.97, 1.57, 10.6 and 85 million.
    [(128, 2, True), (200, 2, True), (256, 2, False), (384, 6, False), (768, 12, False)],
)
def test_small_is_less_than_a_million_weights(width: int, depth: int, small: bool) -> None:
    """The lab's encoder is small; MiniLM and XLM-R are not."""
    assert is_small(width, depth) is small


def test_another_precision_is_another_row(xharness: Command) -> None:
    """A store with rows in float32 has none in bf16: nothing stands under a wrong name."""
    xharness("compare", *on_fakes(), "--targets", "match", "--json")
    again = xharness("compare", *on_fakes(), "--targets", "match", "--json").json
    other = xharness(
        "plan", *on_fakes(), "--targets", "match", "--precision", "bf16", "--json"
    ).json

    assert again["phases"]["run"] == 0
    assert other["stored"] < other["planned"]


def test_an_unknown_precision_is_refused(xharness: Command) -> None:
    """With those that there are."""
    ran = xharness("plan", *on_fakes(), "--precision", "float8")

    assert ran.status == 2
    assert "no precision is called 'float8'" in ran.err
