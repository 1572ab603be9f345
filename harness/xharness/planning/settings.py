"""tasks.yaml, a --config file and flags, read and type-checked: what the user asked for.

Types are pydantic's business, because it reports every problem of a file at once; names of
tasks, models and strategies are checked later, in `request`, against what plugins offer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from xharness import errors
from xharness.errors import StudyError
from xharness.phases import BUDGETS
from xharness.planning.overrides import read_wishes
from xharness.recipes import (
    CONTINUED,
    SELECTIONS,
    RecipeBook,
    book_problems,
    recipe_problems,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What the command line says; None is "not said"."""

    suite: str | None = None
    model: str | None = None
    strategies: str | None = None
    intermediate: str | None = None
    targets: str | None = None
    languages: str | None = None
    seeds: str | None = None
    limit_train: int | None = None
    limit_eval: int | None = None
    match: str | None = None
    set: tuple[str, ...] = ()
    config: Path | None = None
    against: str | None = None
    selection: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user asked for, types checked, names not yet."""

    origin: str
    """Where to send the user when a name is wrong."""
    suite: str
    suite_by_default: bool
    title: str
    model: str
    strategies: tuple[str, ...]
    intermediates: tuple[tuple[str, ...], ...]
    targets: tuple[str, ...]
    languages: tuple[str, ...] | None
    seeds: tuple[int, ...]
    limit_train: int | None
    limit_eval: int | None
    recipes: RecipeBook
    match: str = "updates"
    text: str = ""
    multitask: tuple[str, ...] = ()
    against: str | None = None
    translator: str = ""
    selection: tuple[str, ...] = ()
    """Rules; empty for the recipe's own."""


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


Block = TypeVar("Block", bound=BaseModel)


class _Strict(BaseModel):
    """No unknown fields, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _PoolingBlock(_Strict):
    layer: int | dict[int, int] = -1
    method: Literal["mean", "cls"] = "mean"


class _RecipeBlock(_Strict):
    source: str
    all: dict[Name, Any]
    tasks: dict[Name, dict[Name, Any]] = {}
    selection: str = "last"


class SuiteBlock(_Strict):
    """One suite of tasks.yaml."""

    title: str
    model: Name
    strategies: list[Name]
    intermediates: list[list[Name]]
    targets: list[Name]
    seeds: list[int]
    recipe: Name
    languages: list[Name] | None = None
    limit_train: Count | None = None
    limit_eval: Count | None = None
    pooling: _PoolingBlock = _PoolingBlock()
    text: Name = ""
    multitask: list[Name] = []
    translator: Name = ""


class _Defaults(_Strict):
    default_suite: Name
    suites: dict[Name, SuiteBlock]
    recipes: dict[Name, _RecipeBlock]


class _Config(_Strict):
    suite: Name | None = None
    model: Name | None = None
    strategies: list[Name] | None = None
    intermediates: list[list[Name]] | None = None
    targets: list[Name] | None = None
    languages: list[Name] | None = None
    seeds: list[int] | None = None
    limit_train: Count | None = None
    limit_eval: Count | None = None
    match: Name | None = None
    set: list[str] = []
    against: Name | None = None
    selection: list[Name] | None = None
    suites: dict[Name, SuiteBlock] = {}
    recipes: dict[Name, _RecipeBlock] = {}


def defaults_path() -> Path:
    """Return tasks.yaml: inside the installed package, or at the root of a checkout."""
    inside = Path(str(resources.files("xharness") / "tasks.yaml"))
    return inside if inside.exists() else Path(__file__).resolve().parents[3] / "tasks.yaml"


def suites(path: Path | None = None) -> Mapping[str, SuiteBlock]:
    """Return the suites of tasks.yaml, by name."""
    return _read(path or defaults_path(), _Defaults).suites


def load(flags: Flags, defaults: Path | None = None) -> Settings:
    """Return flags over --config over the suite's block of tasks.yaml.

    Args:
        flags: What the command line says.
        defaults: Another tasks.yaml than the package's own.

    Raises:
        StudyError: If a file cannot be read or a value is of the wrong type; all problems of
            a file at once.
    """
    file = defaults or defaults_path()
    base = _read(file, _Defaults)
    config = _read(flags.config, _Config) if flags.config else _Config()
    known = {**base.suites, **config.suites}
    recipes = {**base.recipes, **config.recipes}
    problems: list[str] = []
    suite = flags.suite or config.suite or base.default_suite
    if suite not in known:
        raise StudyError(_origin(flags), [errors.unknown("suite", "suite", suite, known)])
    block = known[suite]
    book = _book(block, recipes, [*config.set, *flags.set], problems)
    seeds = _seeds(flags.seeds, config.seeds or block.seeds, problems)
    match = flags.match or config.match or BUDGETS[0]
    if match not in BUDGETS:
        problems.append(errors.unknown("match", "budget", match, BUDGETS))
    selection = _selection(flags.selection, config.selection, problems)
    if problems or book is None:
        raise StudyError(_origin(flags), problems)
    languages = _listed(flags.languages) or config.languages or block.languages
    return Settings(
        origin=_origin(flags),
        suite=suite,
        suite_by_default=flags.suite is None and config.suite is None,
        title=block.title,
        model=flags.model or config.model or block.model,
        strategies=tuple(_listed(flags.strategies) or config.strategies or block.strategies),
        intermediates=_intermediates(flags.intermediate, config.intermediates, block),
        targets=tuple(_listed(flags.targets) or config.targets or block.targets),
        languages=None if languages is None else tuple(languages),
        seeds=seeds,
        limit_train=flags.limit_train or config.limit_train or block.limit_train,
        limit_eval=flags.limit_eval or config.limit_eval or block.limit_eval,
        recipes=book,
        match=match,
        text=block.text,
        multitask=tuple(block.multitask),
        against=flags.against or config.against,
        translator=block.translator,
        selection=selection,
    )


def _origin(flags: Flags) -> str:
    """Return where the user should look: the config file when there is one."""
    return f"{flags.config} and command line" if flags.config else "command line"


def _listed(text: str | None) -> list[str] | None:
    """Return "a,b" as a list; None stays None."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def _intermediates(
    flag: str | None, config: list[list[str]] | None, block: SuiteBlock
) -> tuple[tuple[str, ...], ...]:
    """Return the arms: "a,b" is two, "a+b" one of both."""
    if flag is not None:
        return tuple(tuple(arm.split("+")) for arm in _listed(flag) or [])
    return tuple(tuple(arm) for arm in (block.intermediates if config is None else config))


def _seeds(flag: str | None, otherwise: list[int], problems: list[str]) -> tuple[int, ...]:
    """Return the seeds: "3" is 1, 2, 3; "11,12" is those two."""
    if flag is None:
        found = otherwise
    else:
        parts = _listed(flag) or []
        if not all(p.isdecimal() for p in parts) or not parts:
            problems.append(f"seeds: {flag!r} is neither a count, such as 3, nor a list: 11,12")
            return ()
        found = [int(p) for p in parts] if "," in flag else list(range(1, int(parts[0]) + 1))
    if not found or len(set(found)) < len(found):
        problems.append(f"seeds: {flag or found} gives no seed, or one twice; give 3, or 11,12")
    return tuple(found)


def _selection(flag: str | None, config: list[str] | None, problems: list[str]) -> tuple[str, ...]:
    """Return the selection rules, the first named first; empty where nothing is said."""
    found = config if flag is None else _listed(flag)
    if found is None:
        return ()
    wrong = [n for n in dict.fromkeys(found) if n not in SELECTIONS]
    problems += [errors.unknown("selection", "rule", name, SELECTIONS) for name in wrong]
    if not found or len({*found}) < len(found):
        what = "names no rule" if not found else "names a rule twice"
        problems.append(f"selection: {what}; write {SELECTIONS[1]}, or {','.join(SELECTIONS[:2])}")
    return tuple(found)


def _book(
    block: SuiteBlock,
    recipes: Mapping[str, _RecipeBlock],
    sets: list[str],
    problems: list[str],
) -> RecipeBook | None:
    """Return the suite's recipe with the --set wishes in it."""
    wishes = read_wishes(sets)
    problems += wishes.problems
    name = wishes.recipe or block.recipe
    if name not in recipes:
        problems.append(errors.unknown("set: recipe", "recipe", name, recipes))
        return None
    chosen = recipes[name]
    problems += book_problems(f"recipe {name}", {**chosen.all, **wishes.fields})
    if chosen.selection not in CONTINUED:
        where = f"recipe {name}: selection"
        problems.append(errors.unknown(where, "rule", chosen.selection, CONTINUED))
    return RecipeBook(
        name=name,
        source=chosen.source,
        fields=chosen.all,
        by_task=chosen.tasks,
        wishes=wishes.fields,
        wishes_by_task=wishes.by_task,
        selection=chosen.selection,
        layer=block.pooling.layer if wishes.layer is None else wishes.layer,
        pooling=wishes.method or block.pooling.method,
    )


def _read(path: Path, block: type[Block]) -> Block:
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
        found = block.model_validate(content or {})
    except ValidationError as wrong:
        problems = [_worded(problem) for problem in wrong.errors()]
        found = None
    raw = content.get("recipes") if isinstance(content, dict) else None
    for name, recipe in (raw if isinstance(raw, dict) else {}).items():
        if isinstance(recipe, dict):
            problems += _recipe_block_problems(f"recipes.{name}", recipe)
    if problems or found is None:
        raise StudyError(str(path), problems)
    return found


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


def _worded(problem: Any) -> str:
    """Return one pydantic problem as "where: what is wrong, what would be right"."""
    where = ".".join(str(part) for part in problem["loc"]) or "the file"
    value = problem.get("input")
    if problem["type"] == "extra_forbidden":
        return f"{where}: unknown setting"
    if problem["type"] == "missing":
        return f"{where}: missing"
    if problem["type"] == "value_error":
        return f"{where}: {problem['ctx']['error']}"
    return f"{where}: {value!r} is wrong; {problem['msg'][0].lower()}{problem['msg'][1:]}"
