"""Which recipe a training gets, and what is said about one that is wrong."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import yaml

from xharness.errors import StudyError
from xharness.phases import Pooling, Recipe
from xharness.recipes import (
    RecipeBook,
    book_problems,
    by_size,
    read_field,
    recipe_problems,
)

FIELDS = {"learning_rate": 1e-3, "batch": 8, "epochs": 2}


def book(**more: Any) -> RecipeBook:
    return RecipeBook(**{"name": "mine", "source": "nowhere", "fields": FIELDS, **more})


def test_a_recipe_is_its_fields() -> None:
    """Numbers that a file gives as whole ones become what the recipe's field is."""
    assert book().recipe("nli", width=8) == Recipe(learning_rate=1e-3, batch=8, epochs=2.0)
    assert isinstance(book().recipe("nli", width=8).epochs, float)


def test_the_more_special_override_wins() -> None:
    """Recipe, then its task's block, then --set for all, then --set for the task."""
    layers: list[dict[str, Any]] = [
        {},
        {"by_task": {"nli": {"batch": 16}}},
        {"overrides": {"batch": 32}},
        {"overrides_by_task": {"nli": {"batch": 64}}},
    ]
    together: dict[str, Any] = {}
    found = []
    for layer in layers:
        together |= layer
        made = book(**together)
        found.append([made.recipe(task, width=8).batch for task in ("nli", "other")])

    assert found == [[8, 8], [16, 8], [32, 32], [64, 32]]


@pytest.mark.parametrize(
    ("width", "rate"), [(128, 2e-4), (384, 2e-4), (385, 3e-5), (768, 3e-5), (4096, 2e-5)]
)
def test_a_rate_for_every_width(width: int, rate: float) -> None:
    """The rate is that of the smallest width that is enough, and of the largest beyond it."""
    rates = {768: 3e-5, 384: 2e-4, 1024: 2e-5}
    made = book(fields={**FIELDS, "learning_rate": rates})

    assert made.recipe("nli", width=width).learning_rate == by_size(rates, width) == rate


@pytest.mark.parametrize("where", ["overrides", "overrides_by_task"])
def test_steps_that_are_set_replace_epochs(where: str) -> None:
    """Whoever asks for steps does not also get the recipe's epochs."""
    override: Any = {"steps": 5} if where == "overrides" else {"nli": {"steps": 5}}
    found = book(**{where: override}).recipe("nli", width=8)

    assert (found.steps, found.epochs) == (5, None)


def test_the_layer_fits_the_depth() -> None:
    """A layer by depth is taken where the depth is named, and is the last one elsewhere."""
    made = book(layer={12: 8, 24: 14}, pooling="cls")

    assert made.retrieval(depth=12) == Pooling(layer=8, method="cls")
    assert made.retrieval(depth=6) == Pooling(layer=-1, method="cls")
    assert book(layer=3).retrieval(depth=12) == Pooling(layer=3)


@pytest.mark.parametrize("field", dataclasses.fields(Recipe), ids=lambda f: f.name)
def test_every_field_is_checked_and_its_default_is_right(field: dataclasses.Field[Any]) -> None:
    """No field of a recipe is unknown to the check, and what it has by itself passes."""
    default = field.default
    value = 1 if default in (None, dataclasses.MISSING) else default

    assert recipe_problems("all", {field.name: value}) == []
    assert len(recipe_problems("all", {field.name: [value]})) == 1


@pytest.mark.parametrize(
    ("text", "cure"),
    [("1e-5", "1.0e-05"), ("1.25e-5", "1.25e-05"), ("3E-4", "0.0003"), ("0.1", "0.1")],
)
def test_a_number_that_is_text_to_yaml_gets_its_cure(text: str, cure: str) -> None:
    """PyYAML reads 1e-5 as text; what is written instead is read as exactly that number."""
    found = recipe_problems("all", {"learning_rate": text})

    assert found == [f"all.learning_rate: {text!r} is text to YAML; write {cure}"]
    assert yaml.safe_load(cure) == float(text)


@pytest.mark.parametrize(
    ("field", "value", "cure"),
    [
        ("learning_rate", 0, "write a number above 0, such as 3.0e-5"),
        ("learning_rate", True, "write a number above 0"),
        ("learning_rate", float("nan"), "write a number above 0"),
        ("learning_rate", "nan", "write a number above 0"),
        ("learning_rate", "fast", "write a number above 0"),
        ("learning_rate", None, "write a number above 0"),
        ("batch", 2.5, "write a whole number from 1, such as 32"),
        ("batch", "32", "write a whole number from 1"),
        ("batch", "1e2", "write a whole number from 1"),
        ("batch", 0, "write a whole number from 1"),
        ("epochs", float("inf"), "write a number above 0"),
        ("schedule", False, "write linear or wsd"),
        ("schedule", "cosine", "write linear or wsd"),
        ("warmup", 1.5, "write a fraction from 0 to 1"),
        ("max_length", 4, "write a whole number from 8"),
        ("clip", -1.0, "write a number from 0"),
    ],
)
def test_wrong_values_get_a_cure(field: str, value: object, cure: str) -> None:
    """Each wrong value is shown, with what would be right."""
    (found,) = recipe_problems("all", {field: value})

    assert found.startswith(f"all.{field}: {value!r} is wrong; ")
    assert cure in found


def test_unknown_fields_get_the_nearest_name() -> None:
    """A misspelt field is named with the one that was meant."""
    assert recipe_problems("recipes.mine.all", {"learnign_rate": 1}) == [
        "recipes.mine.all: no recipe field is called 'learnign_rate'; did you mean learning_rate?"
    ]


def test_rates_by_width_are_checked_one_by_one() -> None:
    """Every rate and every width of a table is checked; an empty table is refused."""
    assert recipe_problems("all", {"learning_rate": {768: 3e-5, "big": 2e-5, 1024: "1e-5"}}) == [
        "all.learning_rate: 'big' is not a hidden size",
        "all.learning_rate.1024: '1e-5' is text to YAML; write 1.0e-05",
    ]
    assert recipe_problems("all", {"learning_rate": {}}) == [
        "all.learning_rate: empty; write a number, or one per hidden size"
    ]


def test_what_every_training_needs() -> None:
    """A recipe without rate, batch or length of training is not a recipe."""
    assert book_problems("recipe mine", {"warmup": 0.1}) == [
        "recipe mine: learning_rate: missing",
        "recipe mine: batch: missing",
        "recipe mine: epochs or steps: missing",
    ]
    assert book_problems("recipe mine", FIELDS) == []


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("learning_rate", "1e-5", 1e-5),
        ("batch", "8", 8),
        ("batch", "8.5", "8.5"),
        ("schedule", "wsd", "wsd"),
        ("unknown", "1", "1"),
    ],
)
def test_an_override_is_read_as_its_field(field: str, text: str, value: object) -> None:
    """A --set value is read as its field's type; one that cannot be stays text, to be refused."""
    assert read_field(field, text) == value


def test_errors_carry_every_problem() -> None:
    """A StudyError counts its problems and keeps them for programs."""
    error = StudyError("x.yaml", ["a: wrong", "b: wrong"])

    assert str(error) == "x.yaml: 2 problems\n  a: wrong\n  b: wrong"
    assert error.problems == ("a: wrong", "b: wrong")
