"""tasks.yaml, a --config file and flags, read and type-checked: what the user asked for.

Names of tasks, models and strategies are checked later, in `request`, against what plugins offer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path

from xharness import errors
from xharness.errors import StudyError
from xharness.phases import BUDGETS
from xharness.planning import precision
from xharness.planning.overrides import read_overrides
from xharness.planning.precision import AUTO
from xharness.planning.tasks_yaml import (
    Config,
    Defaults,
    RecipeBlock,
    SuiteBlock,
    read,
)
from xharness.recipes import CONTINUED, MIXTURE, SELECTIONS, RecipeBook, book_problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What the command line says; None is "not said"."""

    suite: str | None = None
    model: str | None = None
    strategies: str | None = None
    intermediates: str | None = None
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
    precision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user asked for, types checked, names not yet."""

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
    precision: str = AUTO
    selection: tuple[str, ...] = ()
    """Rules; empty for the recipe's own."""
    said_by: Mapping[str, str] = field(default_factory=dict)
    """Settings to where they were said: a file, or the command line."""

    def wrong(self, problems: Sequence[str]) -> StudyError:
        """Return the error for some problems, which names the places where to look.

        Args:
            problems: Each begins with the name of a setting and a colon.
        """
        places = [self.said_by.get(p.partition(":")[0], "command line") for p in problems]
        return StudyError(" and ".join(dict.fromkeys(places)), problems)


def defaults_path() -> Path:
    """Return tasks.yaml: inside the installed package, or at the root of a checkout."""
    inside = Path(str(resources.files("xharness") / "tasks.yaml"))
    return inside if inside.exists() else Path(__file__).resolve().parents[3] / "tasks.yaml"


def suites(path: Path | None = None) -> Mapping[str, SuiteBlock]:
    """Return the suites of tasks.yaml, by name."""
    return read(path or defaults_path(), Defaults).suites


def recipes() -> Mapping[str, RecipeBlock]:
    """Return the recipes of tasks.yaml, by name."""
    return read(defaults_path(), Defaults).recipes


def load(flags: Flags, defaults: Path | None = None, *, said_by: str = "command line") -> Settings:
    """Return flags over --config over the suite's block of tasks.yaml.

    Args:
        flags: What the command line says.
        defaults: Another tasks.yaml than the package's own.
        said_by: Where the user should look for a wrong flag.

    Raises:
        StudyError: If a file cannot be read or a value is of the wrong type; all problems of
            a file at once.
    """
    file = defaults or defaults_path()
    base = read(file, Defaults)
    config = read(flags.config, Config) if flags.config else Config()
    known = {**base.suites, **config.suites}
    recipes = {**base.recipes, **config.recipes}
    problems = _empty(flags)
    suite = flags.suite or config.suite or base.default_suite
    if suite not in known:
        where = said_by if flags.suite else str(flags.config if config.suite else file)
        raise StudyError(where, [errors.unknown("suite", "suite", suite, known)])
    block = known[suite]
    book = _book(block, recipes, [*_sets(config.set), *flags.set], problems)
    wanted = flags.seeds if flags.seeds is not None else config.seeds or block.seeds
    seeds = _seeds(wanted, problems)
    match = flags.match or config.match or BUDGETS[0]
    if match not in BUDGETS:
        problems.append(errors.unknown("match", "budget", match, BUDGETS))
    wanted_precision = flags.precision or config.precision or AUTO
    problems += precision.check(wanted_precision)
    selection = _selection(flags.selection, config.selection, problems)
    if problems or book is None:
        places = [str(flags.config)] if flags.config else []
        raise StudyError(" and ".join([*places, said_by]), problems)
    languages = _listed(flags.languages) or config.languages or block.languages
    return Settings(
        suite=suite,
        suite_by_default=flags.suite is None and config.suite is None,
        title=block.title,
        model=flags.model or config.model or block.model,
        strategies=tuple(_listed(flags.strategies) or config.strategies or block.strategies),
        intermediates=_arms(
            _listed(flags.intermediates), config.intermediates, block.intermediates
        ),
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
        precision=wanted_precision,
        selection=selection,
        said_by=_places(flags, config, said_by, file, recipe=book.name),
    )


def _empty(flags: Flags) -> list[str]:
    """Return a line for each list of names that a flag leaves empty."""
    return [
        f"{name}: names nothing; leave it out for what the suite says"
        for name in ("strategies", "targets", "languages")
        if getattr(flags, name) is not None and not _listed(getattr(flags, name))
    ]


def _places(
    flags: Flags, config: Config, said_by: str, defaults: Path, *, recipe: str
) -> dict[str, str]:
    """Return where each setting was said: by a flag, else in the file, else in tasks.yaml."""
    names = [f.name for f in fields(Flags) if f.name in Config.model_fields]
    said = {
        name: said_by if getattr(flags, name) else str(flags.config)
        for name in names
        if getattr(flags, name) or getattr(config, name)
    }
    if recipe in config.recipes:
        said["recipe"] = str(flags.config)
    return {**dict.fromkeys([*SuiteBlock.model_fields, *names], defaults.name), **said}


def _listed(text: str | None) -> list[str] | None:
    """Return "a,b" as a list; None stays None."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def _arms(
    flag: list[str] | None, config: list[str] | None, suite: list[str]
) -> tuple[tuple[str, ...], ...]:
    """Return the arms of the flag, else of the file, else of the suite; "a+b" is one arm."""
    names = flag if flag is not None else suite if config is None else config
    return tuple(tuple(arm.split("+")) for arm in names)


def _sets(changes: Mapping[str, object]) -> list[str]:
    """Return the recipe changes of a file in the form that --set has: "recipe.epochs=3"."""
    return [f"{name}={value}" for name, value in changes.items()]


def _seeds(wanted: str | list[int], problems: list[str]) -> tuple[int, ...]:
    """Return the seeds: "3" is 1, 2, 3; "11,12" is those two."""
    if isinstance(wanted, str):
        parts = _listed(wanted) or []
        if not all(p.isdecimal() for p in parts) or not parts:
            problems.append(f"seeds: {wanted!r} is neither a count, such as 3, nor a list: 11,12")
            return ()
        several = [int(p) for p in parts]
        seeds = several if "," in wanted else list(range(1, several[0] + 1))
    else:
        seeds = wanted
    if not seeds or len(set(seeds)) < len(seeds):
        problems.append(f"seeds: {wanted} gives no seed, or one twice; give 3, or 11,12")
    return tuple(seeds)


def _selection(flag: str | None, config: list[str] | None, problems: list[str]) -> tuple[str, ...]:
    """Return the selection rules, the first named first; empty where nothing is said."""
    rules = config if flag is None else _listed(flag)
    if rules is None:
        return ()
    wrong = [n for n in dict.fromkeys(rules) if n not in SELECTIONS]
    problems += [errors.unknown("selection", "rule", name, SELECTIONS) for name in wrong]
    if not rules or len({*rules}) < len(rules):
        what = "names no rule" if not rules else "names a rule twice"
        problems.append(f"selection: {what}; write {SELECTIONS[1]}, or {','.join(SELECTIONS[:2])}")
    return tuple(rules)


def _book(
    block: SuiteBlock,
    recipes: Mapping[str, RecipeBlock],
    sets: list[str],
    problems: list[str],
) -> RecipeBook | None:
    """Return the suite's recipe with what --set changes in it."""
    overrides = read_overrides(sets)
    problems += overrides.problems
    name = overrides.recipe or block.recipe
    if name not in recipes:
        problems.append(errors.unknown("set: recipe", "recipe", name, recipes))
        return None
    chosen = recipes[name]
    problems += book_problems(f"recipe {name}", {**chosen.all, **overrides.fields})
    if chosen.selection not in CONTINUED:
        where = f"recipe {name}: selection"
        problems.append(errors.unknown(where, "rule", chosen.selection, CONTINUED))
    return RecipeBook(
        name=name,
        source=chosen.source,
        fields=chosen.all,
        by_task={**chosen.tasks, MIXTURE: chosen.mixture},
        overrides=overrides.fields,
        overrides_by_task=overrides.by_task,
        selection=chosen.selection,
        layer=block.pooling.layer if overrides.layer is None else overrides.layer,
        pooling=overrides.method or block.pooling.method,
    )
