"""tasks.yaml, a config file and flags, put together into one request, or every problem at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xharness import errors
from xharness.models import ModelSource
from xharness.planning.precision import AUTO
from xharness.recipes import MIXTURE
from xharness.strategies import Arm, Strategy, arms, joins_arms, parameters
from xharness.tasks import Role, Task
from xharness.translators import Translator
from xharness.tuning import OfferedTuning

if TYPE_CHECKING:
    from xharness.planning.settings import Settings
    from xharness.recipes import RecipeBook


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenStrategy:
    """A strategy with its parameters, as the user wrote it."""

    label: str
    """What tables call it: the name, and the parameters that were given."""
    strategy: Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A comparison, fully decided; nothing of it depends on what is in the store."""

    suite: str
    title: str
    """What the suite is, for the head of the leaderboard."""
    model: ModelSource
    strategies: tuple[ChosenStrategy, ...]
    """The baseline first."""
    arms: tuple[Arm, ...]
    targets: tuple[Task, ...]
    languages: Mapping[str, tuple[str, ...]]
    """Per target, in the task's order."""
    seeds: tuple[int, ...]
    limit_train: int | None
    limit_eval: int | None
    recipes: RecipeBook
    sample_seed: int = 0
    match: str = "updates"
    """What trainings on several streams have as many of as those on one; see `Train.budget`."""
    text: str = ""
    """The masked-LM task of the suite; empty where it names none."""
    joined: tuple[str, ...] = ()
    """Tasks of a strategy that joins all arms, as multitask does; empty without such a strategy."""
    against: str = "none"
    """Label of the strategy that every other one is compared with."""
    translators: Mapping[str, Translator] = field(default_factory=dict)
    """Every offered translator, by name."""
    tunings: Mapping[str, OfferedTuning] = field(default_factory=dict)
    """Every offered tuning method, by name."""
    translator: str = ""
    """The suite's own; empty where it names none."""
    precision: str = AUTO
    """See `planning.precision`."""
    selection: tuple[str, ...] = ()
    """Rules by which the tested checkpoint is chosen; empty for the recipe's own."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The selection rules; tables show the first one."""
        return self.selection or (self.recipes.selection,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What the loaded plugins offer, by name."""

    tasks: Mapping[str, Task]
    models: Mapping[str, ModelSource]
    strategies: Mapping[str, Strategy]
    translators: Mapping[str, Translator] = field(default_factory=dict)
    tunings: Mapping[str, OfferedTuning] = field(default_factory=dict)
    complete: bool = False
    """Whether no plugin is disabled or left out, so that an unknown name is known to be wrong."""


BASELINE = "none"
"""The strategy that every other one is compared with unless said otherwise, always included."""


def build(settings: Settings, offers: Offers) -> Request:
    """Return the request that the settings describe.

    Args:
        settings: Flags over config file over suite; types are right already.
        offers: Tasks, models and strategies by name.

    Raises:
        StudyError: If a name is unknown or a combination makes no sense; carries all problems.
    """
    problems: list[str] = []
    targets = _targets(settings, offers, problems)
    request_arms = _arms(settings, offers, problems)
    chosen = _strategies(settings, offers, problems)
    against = settings.against or BASELINE
    if against not in (labels := [c.label for c in chosen]):
        problems.append(errors.unknown("against", "compared strategy", against, labels))
    languages = _languages(settings.languages, targets, problems)
    problems += _recipe_tasks(settings.recipes, offers)
    joined = _joined(settings, chosen, offers, problems)
    model = _model(settings, offers, problems)
    if problems or model is None:
        raise settings.wrong(problems)
    if any(c.strategy.uses_intermediates for c in chosen) and not request_arms:
        raise settings.wrong(["intermediates: missing; name at least one intermediate task"])
    return Request(
        suite=settings.suite,
        title=settings.title,
        model=model,
        strategies=chosen,
        arms=request_arms,
        targets=targets,
        languages=languages,
        seeds=settings.seeds,
        limit_train=settings.limit_train,
        limit_eval=settings.limit_eval,
        recipes=settings.recipes,
        match=settings.match,
        text=settings.text,
        joined=joined,
        against=against,
        translators=offers.translators,
        tunings=offers.tunings,
        translator=settings.translator,
        precision=settings.precision,
        selection=settings.selection,
    )


def _recipe_tasks(book: RecipeBook, offers: Offers) -> list[str]:
    """Return a line for each task that a recipe has fields for and that does not exist."""
    known = {*offers.tasks, MIXTURE}
    # A recipe of a file may be for a task whose plugin is left out now.
    filed = [n for n in book.by_task if n not in known] if offers.complete else []
    return [
        *(
            errors.unknown(f"set: recipe.{n}", "task", n, offers.tasks)
            for n in book.overrides_by_task
            if n not in known
        ),
        *(errors.unknown(f"recipe: {book.name}.tasks", "task", n, offers.tasks) for n in filed),
    ]


def _tasks(
    where: str, role: Role, names: Sequence[str], offers: Offers, problems: list[str]
) -> tuple[Task, ...]:
    """Return the named tasks of one role."""
    known = [t.name for t in offers.tasks.values() if t.role is role]
    problems += [
        errors.unknown(where, f"{role.value} task", n, known) for n in names if n not in known
    ]
    problems += [f"{where}: {n!r} is named twice" for n in _repeated(names)]
    return tuple(offers.tasks[n] for n in names if n in known)


def _targets(settings: Settings, offers: Offers, problems: list[str]) -> tuple[Task, ...]:
    """Return the targets; a target's training task must be there too."""
    targets = _tasks("targets", Role.TARGET, settings.targets, offers, problems)
    problems += [
        f"targets: {t.name} is trained on {t.trains_on!r}, which no plugin offers"
        for t in targets
        if t.trains_on is not None and t.trains_on not in offers.tasks
    ]
    if not settings.targets:
        problems.append("targets: empty; name at least one target task")
    return targets


def _arms(settings: Settings, offers: Offers, problems: list[str]) -> tuple[Arm, ...]:
    """Return the arms; each is a list of different intermediate tasks."""
    for names in settings.intermediates:
        _tasks("intermediates", Role.INTERMEDIATE, names, offers, problems)
    named = arms(settings.intermediates)
    problems += [f"intermediates: {n!r} is named twice" for n in _repeated([a.name for a in named])]
    return named


def _joined(
    settings: Settings, chosen: Sequence[ChosenStrategy], offers: Offers, problems: list[str]
) -> tuple[str, ...]:
    """Return the tasks of all arms, or the suite's list where the arms have only one."""
    joining = [c.label for c in chosen if joins_arms(c.strategy)]
    if not joining:
        return ()
    own = tuple(dict.fromkeys(n for arm in settings.intermediates for n in arm))
    if len(own) > 1:
        return own
    _tasks("multitask", Role.INTERMEDIATE, settings.multitask, offers, problems)
    if len(settings.multitask) < 2:
        problems.append(
            f"strategies: {joining[0]} trains on several tasks at once, and there is "
            f"{own[0] if own else 'none'}; write --intermediates a,b, or "
            f"multitask: [a, b] into the suite {settings.suite}"
        )
    return settings.multitask


def _strategies(
    settings: Settings, offers: Offers, problems: list[str]
) -> tuple[ChosenStrategy, ...]:
    """Return the strategies in the order given, after the baseline."""
    labels = [BASELINE, *(s for s in settings.strategies if s != BASELINE)]
    problems += [f"strategies: {n!r} is named twice" for n in _repeated(labels)]
    chosen = [_strategy(label, offers.strategies, problems) for label in labels]
    return tuple(c for c in chosen if c is not None)


def _strategy(
    label: str, known: Mapping[str, Strategy], problems: list[str]
) -> ChosenStrategy | None:
    """Return one strategy from "name" or "name:parameter=value:parameter=value"."""
    name, *given = label.split(":")
    if given and f"{name}:{given[0]}" in known:  # of two plugins, so qualified with the package
        name, *given = f"{name}:{given[0]}", *given[1:]
    if name not in known:
        problems.append(errors.unknown("strategies", "strategy", name, known))
        return None
    strategy: Any = known[name]
    settable = parameters(strategy)
    changes: dict[str, Any] = {}
    for part in given:
        field, equals, text = part.partition("=")
        if not equals or field not in settable:
            problems.append(
                f"strategies: {name} has no parameter {field!r}; {errors.nearest(field, settable)}"
            )
            continue
        try:
            changes[field] = parse(text, settable[field])
        except ValueError as wrong:
            problems.append(f"strategies: {name}:{field}: {wrong}")
    try:
        return ChosenStrategy(label=label, strategy=dataclasses.replace(strategy, **changes))
    except ValueError as wrong:
        problems.append(f"strategies: {name}:{wrong}")
    except Exception as wrong:  # noqa: BLE001 - the class is the plugin's own
        problems.append(f"strategies: {name}: {type(wrong).__name__}: {wrong}")
    return None


def parse(text: str, like: object) -> Any:
    """Return `text` as a value of the type of `like`: bool, int, float, str or tuple of str.

    Raises:
        ValueError: If it cannot be read as one; says what would be right.
    """
    if isinstance(like, bool):
        if text not in {"true", "false"}:
            raise ValueError(f"{text!r} is neither true nor false")
        return text == "true"
    if isinstance(like, tuple):
        return tuple(text.split("+"))
    if isinstance(like, (int, float)):
        try:
            return type(like)(text)
        except ValueError:
            noun = "a whole number" if isinstance(like, int) else "a number"
            raise ValueError(f"{text!r} is not {noun}, such as {like}") from None
    return text


def _languages(
    wanted: Sequence[str] | None, targets: Sequence[Task], problems: list[str]
) -> dict[str, tuple[str, ...]]:
    """Return each target's languages, in the task's order."""
    if wanted is None:
        return {t.name: t.languages for t in targets}
    known = {language for t in targets for language in t.languages}
    problems += [
        errors.unknown("languages", "language of these targets", n, known)
        for n in wanted
        if n not in known
    ]
    by_target = {t.name: tuple(n for n in t.languages if n in wanted) for t in targets}
    problems += [
        f"languages: {name} has none of {', '.join(wanted)}; leave it out with --targets"
        for name, languages in by_target.items()
        if not languages
    ]
    return by_target


def _model(settings: Settings, offers: Offers, problems: list[str]) -> ModelSource | None:
    """Return the model: offered by a plugin, a folder, or a repository on the hub."""
    name = settings.model
    model = offers.models.get(name) or ModelSource(name=name, path=name)
    if model.path == name and "/" not in name and name not in offers.models:
        problems.append(
            errors.unknown("model", "model", name, offers.models)
            + " (a folder or a hub id has a slash: ./my-model, org/model)"
        )
        return None
    if model.suites and settings.suite not in model.suites:
        problems.append(
            f"model: {name} knows only the languages of {', '.join(model.suites)}; "
            f"use --suite {model.suites[0]}, or a multilingual model"
        )
    elif settings.suite_by_default and settings.suite not in model.suites:
        problems.append(
            f"model: {name} is a real model, but without --suite the targets are those of "
            f"{settings.suite!r} ({settings.title}); add --suite xtreme, "
            f"or --suite {settings.suite} if you mean it"
        )
    return model


def _repeated(names: Sequence[str]) -> list[str]:
    """Return the names that occur more than once, each once."""
    return sorted({n for n in names if list(names).count(n) > 1})
