"""Reads and checks tasks.yaml and --config files: which settings they may have, of which types.

Types are pydantic's business, because it reports every problem of a file at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from xharness.errors import StudyError, nearest
from xharness.recipes import recipe_problems


def _name(value: object) -> object:
    """Refuse what YAML made of an unquoted no, yes, on or off."""
    if isinstance(value, bool):
        word = "no" if value is False else "yes"
        raise ValueError(  # noqa: TRY004 - what pydantic turns into a problem of the file
            f"YAML reads an unquoted {word} as {value}; quote it: {word!r}"
        )
    return value


Name = Annotated[str, BeforeValidator(_name)]
Count = Annotated[int, Field(ge=1)]


def _which(value: object) -> object:
    """Return a number of seeds as the list of them: 3 is [1, 2, 3]; leave anything else alone."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return list(range(1, value + 1))
    return value


Seeds = Annotated[list[int], BeforeValidator(_which)]
"""A number of seeds, or a list of them."""


Block = TypeVar("Block", bound=BaseModel)


class _Strict(BaseModel):
    """No unknown fields, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PoolingBlock(_Strict):
    """How a sentence's vector is made, for retrieval."""

    layer: int | dict[int, int] = -1
    method: Literal["mean", "cls"] = "mean"


class RecipeBlock(_Strict):
    """One recipe."""

    source: str
    all: dict[Name, Any]
    tasks: dict[Name, dict[Name, Any]] = {}
    mixture: dict[Name, Any] = {}
    """For trainings on several tasks at once, instead of those of any of them."""
    selection: str = "last"


class SuiteBlock(_Strict):
    """One suite of tasks.yaml."""

    title: str
    model: Name
    strategies: list[Name]
    intermediates: list[Name]
    """Arms: a name, or several joined by "+"."""
    targets: list[Name]
    seeds: Seeds
    recipe: Name
    languages: list[Name] | None = None
    limit_train: Count | None = None
    limit_eval: Count | None = None
    pooling: PoolingBlock = PoolingBlock()
    text: Name = ""
    multitask: list[Name] = []
    translator: Name = ""


class Defaults(_Strict):
    """All of tasks.yaml."""

    default_suite: Name
    suites: dict[Name, SuiteBlock]
    recipes: dict[Name, RecipeBlock]


class Config(_Strict):
    """All of a --config file."""

    suite: Name | None = None
    model: Name | None = None
    strategies: list[Name] | None = None
    intermediates: list[Name] | None = None
    targets: list[Name] | None = None
    languages: list[Name] | None = None
    seeds: Seeds | None = None
    limit_train: Count | None = None
    limit_eval: Count | None = None
    match: Name | None = None
    precision: Name | None = None
    set: dict[Name, str | int | float | bool] = {}
    against: Name | None = None
    selection: list[Name] | None = None
    suites: dict[Name, SuiteBlock] = {}
    recipes: dict[Name, RecipeBlock] = {}


def read(path: Path, block: type[Block]) -> Block:
    """Return a YAML file as a checked block.

    Raises:
        StudyError: With every problem of the file.
    """
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except OSError as wrong:
        raise StudyError(str(path), [f"cannot be read: {wrong.strerror}"]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise StudyError(str(path), [f"is not YAML: {' '.join(str(wrong).split())}"]) from None
    problems: list[str] = []
    try:
        checked = block.model_validate(content or {})
    except ValidationError as wrong:
        problems = [_worded(problem, block) for problem in wrong.errors()]
        checked = None
    raw = content.get("recipes") if isinstance(content, dict) else None
    for name, recipe in (raw if isinstance(raw, dict) else {}).items():
        if isinstance(recipe, dict):
            problems += _recipe_block_problems(f"recipes.{name}", recipe)
    if problems or checked is None:
        raise StudyError(str(path), problems)
    return checked


def _recipe_block_problems(where: str, recipe: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the fields inside one recipe of a file."""
    blocks = {f"{where}.all": recipe.get("all")}
    tasks = recipe.get("tasks")
    if isinstance(tasks, dict):
        blocks.update({f"{where}.tasks.{task}": fields for task, fields in tasks.items()})
    return [
        problem
        for place, fields in blocks.items()
        if isinstance(fields, dict)
        for problem in recipe_problems(place, fields)
    ]


def _worded(problem: Any, block: type[BaseModel]) -> str:
    """Return one pydantic problem as "where: what is wrong, what would be right"."""
    where = ".".join(str(part) for part in problem["loc"]) or "the file"
    value = problem.get("input")
    if problem["type"] == "extra_forbidden":
        return (
            f"{where}: unknown setting; {nearest(str(problem['loc'][-1]), _known(block, problem))}"
        )
    if problem["type"] == "missing":
        return f"{where}: missing"
    if problem["type"] == "value_error":
        return f"{where}: {problem['ctx']['error']}"
    if problem["type"] in {"model_type", "dict_type"}:
        return f"{where}: {value!r} is wrong; names with their values would be right, as in a: 1"
    return f"{where}: {value!r} is wrong; {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _known(block: type[BaseModel], problem: Any) -> list[str]:
    """Return the settings that may stand where a problem is."""
    for part in problem["loc"][:-1]:
        field = block.model_fields.get(str(part))
        inner = [t for t in _types(field.annotation if field else None) if _is_block(t)]
        block = inner[0] if inner else block
    return list(block.model_fields)


def _types(annotation: Any) -> Iterator[Any]:
    """Yield a type and those inside it, as a block inside a mapping."""
    yield annotation
    for inner in get_args(annotation):
        yield from _types(inner)


def _is_block(value: Any) -> bool:
    """Return whether a type is a block of settings."""
    return isinstance(value, type) and issubclass(value, BaseModel)
