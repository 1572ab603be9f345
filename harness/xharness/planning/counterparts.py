"""Data sets of one family in several languages: which stands for which, and equal numbers of rows.

A family is a task and every task that declares itself its counterpart (`Task.counterpart_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from xharness.errors import StudyError, unknown
from xharness.phases import Stream, Translate
from xharness.recipes import RecipeBook
from xharness.tasks import Role, Task

_WHERE = "strategies: source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What a row of the leaderboard is trained on before any target."""

    strategy: str
    arm: tuple[str, ...]
    streams: tuple[Stream, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """An intermediate task that a row of the leaderboard has in other languages than its own."""

    strategy: str
    intermediates: str
    """Arm."""
    task: str
    """As it is named in the arm."""
    rows: str
    """The task whose rows these are: a counterpart, or the same one, translated."""
    languages: tuple[str, ...]
    translator: str = ""
    """Empty for rows that were written in the language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Data sets of one family that a plan takes equally many rows of."""

    family: str
    tasks: tuple[str, ...]
    rows: int
    smallest: str
    """The one that has no more."""
    cut: tuple[str, ...]
    """Those that have more, and so get a limit; the others' trainings are as in any plan."""


def family(task: Task) -> str:
    """Return the name of the task that the data sets of a family are counterparts of."""
    return task.counterpart_of or task.name


def find(
    arm: Sequence[Task], language: str, named: Sequence[str], tasks: Mapping[str, Task]
) -> tuple[Task, ...]:
    """Return each task's counterpart with training rows in a language.

    Args:
        arm: Intermediate tasks.
        language: Code.
        named: Which to take where there are several; empty for the only one.
        tasks: Every loaded task.

    Raises:
        StudyError: If a task has none, or it is not clear which; all problems at once.
    """
    known = [t.name for t in tasks.values() if _relatives(t, tasks)]
    problems = [unknown("task", "counterpart", n, known) for n in named if n not in known]
    found: list[Task] = []
    for task in arm:
        others = _relatives(task, tasks)
        fitting = [t for t in others if t.source_language == language]
        chosen = [t for t in fitting if not named or t.name in named]
        if len(chosen) == 1:
            found.append(chosen[0])
        elif not fitting:
            problems.append(_none(task, language, others, tasks))
        else:
            names = ", ".join(t.name for t in fitting)
            problems.append(
                f"task: {task.name} in {language} may be {names}; write "
                f"source:language={language}:task={fitting[0].name}"
            )
    if problems:
        raise StudyError(_WHERE, list(dict.fromkeys(problems)))
    return tuple(found)


def _relatives(task: Task, tasks: Mapping[str, Task]) -> list[Task]:
    """Return the other data sets of a task's family that can be trained on."""
    return [
        t
        for t in tasks.values()
        if t.name != task.name
        and family(t) == family(task)
        and t.kind is task.kind
        and t.role is Role.INTERMEDIATE
    ]


def _none(task: Task, language: str, others: Sequence[Task], tasks: Mapping[str, Task]) -> str:
    """Return why a task has no counterpart in a language, and in which it has one."""
    if not others:
        families = dict.fromkeys(family(t) for t in tasks.values() if t.counterpart_of)
        return (
            f"{task.name}: has no counterpart in another language; those with one are "
            f"{', '.join(families) or 'none'}; translated rows are "
            "source:language=CODE:translator=NAME"
        )
    there = ", ".join(f"{t.source_language} ({t.name})" for t in others)
    if not language:
        return f"language: missing; {task.name} has counterparts in {there}"
    if language == task.source_language:
        return f"language: {task.name} is in {language} itself, as in `english`; others: {there}"
    return (
        f"language: {task.name} has no counterpart in {language!r}; there are {there}; translated "
        f"rows are source:language={language}:translator=NAME"
    )


def sourced(chain: Chain, tasks: Mapping[str, Task]) -> Iterator[Sourced]:
    """Yield the tasks of a row's arm that it is trained on in other languages than their own."""
    streams = [s for s in chain.streams if s.share is None]
    for name in chain.arm:
        task = tasks[name]
        own = [s for s in streams if s.task == name]
        if not own:
            own = [s for s in streams if family(tasks[s.task]) == family(task)]
        languages = tuple(dict.fromkeys(n for s in own for n in s.languages))
        if own and task.source_language not in languages:
            made = own[0].translated
            yield Sourced(
                strategy=chain.strategy,
                intermediates="+".join(chain.arm),
                task=name,
                rows=own[0].task,
                languages=languages,
                translator="" if made is None else _translator(made),
            )


def _translator(made: Translate) -> str:
    """Return what a translation's translator is called."""
    start = getattr(made.translator, "start", made.translator)
    return str(getattr(start, "name", "") or getattr(start, "model", "") or "a translator")


def held(
    chains: Sequence[Chain],
    found: Iterable[Sourced],
    tasks: Mapping[str, Task],
    limit: int | None,
    count: Callable[[Task], int],
) -> Iterator[Held]:
    """Yield the families that have to be held to the rows of their smallest data set.

    These are the families of which some row is trained on a counterpart. Nothing is held that a
    limit makes equal already.

    Args:
        chains: Of every row of the plan.
        found: Which of them have other data sets than their arm names.
        tasks: Every loaded task.
        limit: Of training rows, for all tasks.
        count: How many training rows a task has.
    """
    used = dict.fromkeys(s.task for chain in chains for s in chain.streams if s.share is None)
    for name in dict.fromkeys(family(tasks[s.rows]) for s in found if s.rows != s.task):
        counts = {n: count(tasks[n]) for n in used if family(tasks[n]) == name}
        smallest = min(counts, key=lambda n: counts[n])
        rows = counts[smallest]
        cut = tuple(n for n, there in counts.items() if there > rows)
        if cut and (limit is None or rows < limit):
            yield Held(family=name, tasks=tuple(counts), rows=rows, smallest=smallest, cut=cut)


def book(recipes: RecipeBook, task: Task) -> RecipeBook:
    """Return a book in which a counterpart has the recipe of its family, but for its own fields."""
    if task.counterpart_of is None:
        return recipes
    name, like = task.name, task.counterpart_of
    fields, wishes = recipes.by_task, recipes.wishes_by_task
    return replace(
        recipes,
        by_task={**fields, name: {**fields.get(like, {}), **fields.get(name, {})}},
        wishes_by_task={**wishes, name: {**wishes.get(like, {}), **wishes.get(name, {})}},
    )
