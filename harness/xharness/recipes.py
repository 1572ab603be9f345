"""Named recipes, and the recipe of each training for its task, model size and `--set` flags."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xharness import errors
from xharness.phases import Pooling, Recipe

SELECTIONS = ("last", "english-dev", "target-dev", "weight-average")
"""Rules that choose, among the kept checkpoints, the one that is tested."""
CONTINUED = ("last", "english-dev", "weight-average")
"""Rules that choose the one from which the next training starts. "target-dev" is not among them:
one intermediate training serves all targets."""
POOLINGS = ("mean", "cls")
"""Ways to make one vector for a sentence from the vectors of its tokens."""


MIXTURE = "mixture"
"""What a training on several tasks at once is called where recipes are set for single tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long the windows of examples are, in tokens, special ones included."""

    max_length: int = 128
    stride: int = 128
    """Tokens from where one window of a context too long for one begins to where the next does."""


LENGTHS = tuple(f.name for f in dataclasses.fields(Lengths))
"""Fields of a recipe that belong to the rows: each task of a mixture has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeBook:
    """A named recipe with its exceptions. A field may be given several times: the last one wins.

    Attributes:
        name: Name of the recipe.
        source: Paper, section or file that the numbers are from.
        fields: `Recipe` fields of every training; `learning_rate` is a number, or hidden size to
            number.
        by_task: Task to the fields that differ for it.
        overrides: Fields from --set recipe.field=value.
        overrides_by_task: Task to fields, from --set recipe.task.field=value.
        selection: Rule that chooses the checkpoint from which the next training starts, and the
            one that is tested unless the user names another rule.
        layer: For retrieval: the layer whose vectors are used, or depth of the encoder to layer.
        pooling: For retrieval: one of `POOLINGS`.
    """

    name: str
    source: str
    fields: Mapping[str, Any]
    by_task: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)
    overrides_by_task: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    selection: str = "last"
    layer: int | Mapping[int, int] = -1
    pooling: str = "mean"

    @property
    def digest(self) -> str:
        """Return 16 hexadecimal digits that are the same for equal recipe books."""
        fields = dataclasses.asdict(self)
        # The fields' former names: plans in stores hold digests that were made with them.
        fields["wishes"] = fields.pop("overrides")
        fields["wishes_by_task"] = fields.pop("overrides_by_task")
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]

    def recipe(self, *names: str, width: int) -> Recipe:
        """Return the recipe of a training.

        Args:
            names: Tasks that it may be named for, or `MIXTURE`; of two that set a field the
                later one counts.
            width: Hidden size of the encoder.
        """
        fields = {n: v for n, v in self._fields(names).items() if n not in LENGTHS}
        rate = fields.get("learning_rate")
        if isinstance(rate, Mapping):
            fields["learning_rate"] = by_size(rate, width)
        fields = {
            name: float(value) if _RULES[name][1] is float else value
            for name, value in fields.items()
        }
        if "steps" in self._overridden(names):
            fields.pop("epochs", None)
        return Recipe(**_read(fields))  # what nothing reads must not be in a key

    def lengths(self, *names: str) -> Lengths:
        """Return how long the windows of a task's examples are.

        Args:
            names: As in `recipe`.
        """
        return Lengths(**{n: v for n, v in self._fields(names).items() if n in LENGTHS})

    def _fields(self, names: Sequence[str]) -> dict[str, Any]:
        """Return every field that is said for a training, the most special word for each."""
        named = [self.by_task.get(name, {}) for name in names]
        return {**self.fields, **_merged(named), **self._overridden(names)}

    def _overridden(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the fields that --set changes for a training."""
        return {
            **self.overrides,
            **_merged([self.overrides_by_task.get(name, {}) for name in names]),
        }

    def retrieval(self, *, depth: int) -> Pooling:
        """Return how a sentence's vector is made, for an encoder of this many blocks."""
        layer = self.layer if isinstance(self.layer, int) else self.layer.get(depth, -1)
        return Pooling(layer=layer, method=self.pooling)


def changed(recipe: Recipe, change: Callable[[Recipe], Recipe]) -> Recipe:
    """Return a recipe as a strategy changes it.

    A change of only the steps takes the epochs' place, and the other way round.

    Args:
        recipe: Without the change.
        change: The strategy's.

    Raises:
        StudyError: If the result is no recipe, or one of its values is wrong; all at once.
    """
    new: object = change(recipe)
    if not isinstance(new, Recipe):
        wrong = f"recipe: {new!r} is what the strategy's change gives; a Recipe would be right"
        raise errors.StudyError("strategies", [wrong])
    given = {n: v for n, v in dataclasses.asdict(new).items() if v is not None}
    problems = [*recipe_problems("recipe", given), *book_problems("recipe", given)]
    if problems:
        raise errors.StudyError("strategies", problems)
    given = {n: float(v) if _RULES[n][1] is float else v for n, v in given.items()}
    if new.steps != recipe.steps and new.epochs == recipe.epochs:
        given.pop("epochs", None)
    elif new.epochs != recipe.epochs and new.steps == recipe.steps:
        given.pop("steps", None)
    return Recipe(**_read(given))


def _read(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a recipe without `decay` where the schedule does not read it."""
    unread = {"decay"} if fields.get("schedule") != "wsd" else set()
    return {name: value for name, value in fields.items() if name not in unread}


def _merged(several: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return several mappings as one; of two values the later one counts."""
    return {name: value for one in several for name, value in one.items()}


def by_size(values: Mapping[int, float], size: int) -> float:
    """Return the value for the smallest listed size of at least `size`, else for the largest."""
    fitting = [s for s in sorted(values) if s >= size]
    return values[fitting[0] if fitting else max(values)]


def _positive(value: Any) -> bool:
    """Return whether a number is above zero and finite."""
    return bool(0 < value < math.inf)


def _fraction(value: Any) -> bool:
    """Return whether a number is between 0 and 1."""
    return bool(0 <= value <= 1)


def _natural(value: Any) -> bool:
    """Return whether a whole number is 1 or more."""
    return bool(value >= 1)


def _not_negative(value: Any) -> bool:
    """Return whether a number is 0 or more and finite."""
    return bool(0 <= value < math.inf)


_RULES: Mapping[str, tuple[Callable[[Any], bool], type, str]] = {
    "learning_rate": (_positive, float, "a number above 0, such as 3.0e-5"),
    "batch": (_natural, int, "a whole number from 1, such as 32"),
    "epochs": (_positive, float, "a number above 0, such as 2"),
    "steps": (_natural, int, "a whole number from 1, such as 1000"),
    "steps_at_least": (_not_negative, int, "a whole number from 0"),
    "schedule": (lambda value: value in {"linear", "wsd"}, str, "linear or wsd"),
    "warmup": (_fraction, float, "a fraction from 0 to 1, such as 0.1"),
    "decay": (_fraction, float, "a fraction from 0 to 1, such as 0.1"),
    "weight_decay": (_not_negative, float, "a number from 0, such as 0.01"),
    "beta1": (_fraction, float, "a fraction from 0 to 1, such as 0.9"),
    "beta2": (_fraction, float, "a fraction from 0 to 1, such as 0.999"),
    "epsilon": (_positive, float, "a number above 0, such as 1.0e-8"),
    "clip": (_not_negative, float, "a number from 0, such as 1.0"),
    "max_length": (lambda value: value >= 8, int, "a whole number from 8, such as 128"),
    "stride": (_natural, int, "a whole number from 1, such as 128"),
    "keep": (_natural, int, "a whole number from 1"),
    "embedding_rate": (_fraction, float, "a fraction from 0 to 1, such as 0.1"),
    "attention_dropout": (_fraction, float, "a fraction from 0 to 1, such as 0.1"),
    "head": (lambda value: value in {"linear", "mlp"}, str, "linear or mlp"),
    "micro_tokens": (_natural, int, "a whole number from 1, such as 4096"),
}
"""Field of `Recipe` to a check of its value, its type, and the allowed values in words."""


def recipe_problems(where: str, fields: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with some fields of a recipe, one line each."""
    known = list(_RULES)
    problems = []
    for name, value in fields.items():
        if name not in known:
            problems.append(
                f"{where}: no recipe field is called {name!r}; {errors.nearest(str(name), known)}"
            )
        elif name == "learning_rate" and isinstance(value, Mapping):
            if not value:
                problems.append(f"{where}.{name}: empty; write a number, or one per hidden size")
            for width, rate in value.items():
                if not isinstance(width, int):
                    problems.append(f"{where}.{name}: {width!r} is not a hidden size")
                problems += _value_problems(f"{where}.{name}.{width}", name, rate)
        else:
            problems += _value_problems(f"{where}.{name}", name, value)
    return problems


def _value_problems(where: str, name: str, value: Any) -> list[str]:
    """Return what is wrong with one value, with the spelling to use if YAML read it as text."""
    allowed, kind, words = _RULES[name]
    if kind is float and isinstance(value, str) and (number := _yaml_number(value)):
        return [f"{where}: {value!r} is text to YAML; write {number}"]
    right_type = isinstance(value, (int, float) if kind is float else kind)
    if isinstance(value, bool) or not right_type or not allowed(value):
        return [f"{where}: {value!r} is wrong; write {words}"]
    return []


def _yaml_number(text: str) -> str | None:
    """Return the spelling that YAML reads as this number; None if the text is no finite number."""
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    digits, exponent, power = repr(number).partition("e")
    return f"{digits if '.' in digits else f'{digits}.0'}{exponent}{power}"


def book_problems(where: str, fields: Mapping[str, Any]) -> list[str]:
    """Return which necessary fields are missing in those that a recipe has for every training."""
    wanted = (("learning_rate",), ("batch",), ("epochs", "steps"))
    return [
        f"{where}: {' or '.join(names)}: missing"
        for names in wanted
        if not fields.keys() & {*names}
    ]


def read_field(name: str, text: str) -> Any:
    """Return a --set value as its field's type; the text itself if it cannot be converted."""
    kind = _RULES[name][1] if name in _RULES else str
    try:
        return kind(text)
    except ValueError:
        return text
