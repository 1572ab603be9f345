"""What --set asks for, read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xharness import errors
from xharness.recipes import POOLINGS, SELECTIONS, read_field, recipe_problems

KNOWN = "recipe, recipe.FIELD, recipe.TASK.FIELD, pooling.layer, pooling.method"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What --set asks for; None is "not said"."""

    recipe: str | None = None
    """Name of a recipe."""
    layer: int | None = None
    method: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Of every training's recipe."""
    by_task: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Of the recipe of one task's trainings."""
    problems: tuple[str, ...] = ()
    """Everything that is wrong, one line each."""


def read_overrides(sets: Sequence[str]) -> Overrides:
    """Return what --set asks for; of two values for one field the later one.

    Args:
        sets: Each "where=value", as the user wrote it.
    """
    plain: dict[str, str] = {}
    fields: dict[str, Any] = {}
    by_task: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for given in sets:
        where, equals, text = given.partition("=")
        parts = where.split(".")
        if not equals:
            problems.append(f"set: {given!r} is not field=value, such as recipe.epochs=3")
        elif where == "selection":
            rule = text if text in SELECTIONS else "|".join(SELECTIONS)
            problems.append(f"set: selection is a flag of its own; write --selection {rule}")
        elif where in {"recipe", "pooling.layer", "pooling.method"}:
            plain[where] = text
        elif parts[0] == "recipe" and len(parts) == 2:
            fields[parts[1]] = read_field(parts[1], text)
        elif parts[0] == "recipe" and len(parts) == 3:
            by_task.setdefault(parts[1], {})[parts[2]] = read_field(parts[2], text)
        else:
            problems.append(f"set: no setting is called {where!r}; known: {KNOWN}")
    problems += recipe_problems("set: recipe", fields)
    for task, wanted in by_task.items():
        problems += recipe_problems(f"set: recipe.{task}", wanted)
    layer, method = plain.get("pooling.layer"), plain.get("pooling.method")
    if layer is not None and not layer.removeprefix("-").isdecimal():
        problems.append(f"set: pooling.layer: {layer!r} is wrong; write a whole number")
        layer = None
    if method is not None and method not in POOLINGS:
        problems.append(errors.unknown("set: pooling.method", "method", method, POOLINGS))
    return Overrides(
        recipe=plain.get("recipe"),
        layer=None if layer is None else int(layer),
        method=method,
        fields=fields,
        by_task=by_task,
        problems=tuple(problems),
    )
