"""Counterparts of a task in other languages: which is meant, and how many rows are taken of each.

Counterparts are a task and every task that declares itself its counterpart
(`Task.counterpart_of`), as OCNLI is the counterpart of MNLI in Chinese.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xharness.errors import StudyError, unknown
from xharness.phases import Stream, translator
from xharness.tasks import Role, Task

_WHERE = "strategies: source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The intermediate trainings of one row of the leaderboard."""

    strategy: str
    arm: tuple[str, ...]
    streams: tuple[Stream, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedOn:
    """The tasks whose rows a row of the leaderboard is trained on before any target."""

    strategy: str
    intermediates: str
    """Arm."""
    tasks: tuple[str, ...]
    """Tasks with labels, except one that only sets the number of updates of a masked-LM training
    and whose rows are not learned from."""
    texts: tuple[str, ...]
    """Tasks whose text is learned from by masked LM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLanguage:
    """An intermediate task whose rows a strategy takes in other languages than the task's own."""

    strategy: str
    intermediates: str
    """Arm."""
    task: str
    """As the arm names it."""
    rows: str
    """The task whose rows these are: a counterpart, or the same one, translated."""
    languages: tuple[str, ...]
    translator: str = ""
    """Empty for rows that were written in the language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualRows:
    """Counterparts that a plan compares, and so cuts to equally many rows."""

    family: str
    """The task that the others are counterparts of."""
    tasks: tuple[str, ...]
    rows: int
    smallest: str
    """The one with the fewest training rows: `rows`."""
    cut: tuple[str, ...]
    """Those that have more, and are limited to `rows`. The rest have exactly as many, and get no
    limit, so that their trainings keep the key they have in other plans."""


def original(task: Task) -> str:
    """Return the name of the task that a task is a counterpart of; its own if it is of none."""
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
    known = [t.name for t in tasks.values() if _others(t, tasks)]
    problems = [unknown("task", "counterpart", n, known) for n in named if n not in known]
    counterparts: list[Task] = []
    for task in arm:
        others = _others(task, tasks)
        fitting = [t for t in others if t.source_language == language]
        chosen = [t for t in fitting if not named or t.name in named]
        if len(chosen) == 1:
            counterparts.append(chosen[0])
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
    return tuple(counterparts)


def _others(task: Task, tasks: Mapping[str, Task]) -> list[Task]:
    """Return the counterparts of a task that can be trained on."""
    return [
        t
        for t in tasks.values()
        if t.name != task.name
        and original(t) == original(task)
        and t.kind is task.kind
        and t.role is Role.INTERMEDIATE
    ]


def _none(task: Task, language: str, others: Sequence[Task], tasks: Mapping[str, Task]) -> str:
    """Return why a task has no counterpart in a language, and in which it has one."""
    if not others:
        with_some = dict.fromkeys(original(t) for t in tasks.values() if t.counterpart_of)
        return (
            f"{task.name}: has no counterpart in another language; those with one are "
            f"{', '.join(with_some) or 'none'}; translated rows are "
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


def trained_on(chain: Chain) -> TrainedOn:
    """Return what a row of the leaderboard is trained on."""
    return TrainedOn(
        strategy=chain.strategy,
        intermediates="+".join(chain.arm) or "-",
        tasks=tuple(dict.fromkeys(s.task for s in chain.streams if s.share is None)),
        texts=tuple(dict.fromkeys(s.task for s in chain.streams if s.share is not None)),
    )


def other_languages(chain: Chain, tasks: Mapping[str, Task]) -> Iterator[OtherLanguage]:
    """Yield the tasks of an arm whose training rows are in other languages than the task's own."""
    streams = [s for s in chain.streams if s.share is None]
    for name in chain.arm:
        task = tasks[name]
        own = [s for s in streams if s.task == name]
        if not own:
            own = [s for s in streams if original(tasks[s.task]) == original(task)]
        languages = tuple(dict.fromkeys(n for s in own for n in s.languages))
        if own and task.source_language not in languages:
            translated = own[0].translated
            yield OtherLanguage(
                strategy=chain.strategy,
                intermediates="+".join(chain.arm),
                task=name,
                rows=own[0].task,
                languages=languages,
                translator="" if translated is None else translator(translated),
            )


def equal_rows(
    chains: Sequence[Chain],
    others: Iterable[OtherLanguage],
    tasks: Mapping[str, Task],
    limit: int | None,
    count: Callable[[Task], int],
) -> Iterator[EqualRows]:
    """Yield the counterparts that are compared, each group cut to its smallest data set.

    A group is compared when some row of the leaderboard is trained on a counterpart in place of
    the task that its arm names. A group whose data sets the limit already makes equal is not cut.

    Args:
        chains: Of every row of the plan.
        others: What of these is in other languages than the arm's tasks.
        tasks: Every loaded task.
        limit: Of training rows, for all tasks.
        count: How many training rows a task has.
    """
    used = dict.fromkeys(s.task for chain in chains for s in chain.streams if s.share is None)
    for name in dict.fromkeys(original(tasks[o.rows]) for o in others if o.rows != o.task):
        counts = {n: count(tasks[n]) for n in used if original(tasks[n]) == name}
        smallest = min(counts, key=lambda n: counts[n])
        rows = counts[smallest]
        cut = tuple(n for n, there in counts.items() if there > rows)
        if cut and (limit is None or rows < limit):
            yield EqualRows(family=name, tasks=tuple(counts), rows=rows, smallest=smallest, cut=cut)
