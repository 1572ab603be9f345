"""Finds the text that a strategy wants for masked LM, and makes it a stream of its training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xharness import errors
from xharness.errors import DataError, StudyError
from xharness.phases import Phase, Stream, Train
from xharness.planning.request import Request
from xharness.planning.resolver_protocol import Resolving
from xharness.strategies import TextMix
from xharness.tasks import Kind, Task

_WHERE = "strategies"


def stream(
    text: TextMix, request: Request, tasks: Mapping[str, Task], resolver: Resolving
) -> Stream:
    """Return the stream of a text that is mixed into a training.

    Args:
        text: What a strategy asks for.
        request: Says which text its suite has, and which languages its targets.
        tasks: Every loaded task.
        resolver: Turns data into digests.

    Raises:
        StudyError: If there is no such text, or not in these languages.
        DataError: If its data are missing.
    """
    task = _task(text, request, tasks)
    languages = _languages(text, task, request)
    try:
        digest = resolver.data(task, languages, "train")
    except DataError as wrong:
        others = ", ".join(n for n in _known(tasks) if n != task.name) or "none"
        raise DataError(f"{wrong}\nother text can be named, :text=NAME; known: {others}") from wrong
    return Stream(
        task=task.name,
        version=task.version,
        data=digest,
        languages=languages,
        limit=request.limit_train,
        sample_seed=request.sample_seed,
        share=text.share,
        exponent=text.exponent if len(languages) > 1 else None,
    )


def read_by(phases: Iterable[Phase], tasks: Mapping[str, Task]) -> tuple[str, ...]:
    """Return the tasks of running text that some phases are trained on, by name."""
    names = {s.task for phase in phases if isinstance(phase, Train) for s in phase.streams}
    return tuple(sorted(n for n in names if tasks[n].kind is Kind.MASKED_LM))


def _task(text: TextMix, request: Request, tasks: Mapping[str, Task]) -> Task:
    """Return the task whose rows are running text."""
    known = _known(tasks)
    name = text.task or request.text
    if not name:
        problem = (
            f"text: missing, and the suite {request.suite} names none; write :text=NAME behind the "
            f"strategy; known: {', '.join(known) or 'none'}"
        )
        raise StudyError(_WHERE, [problem])
    if name not in known:
        raise StudyError(_WHERE, [errors.unknown("text", "masked-LM task", name, known)])
    return tasks[name]


def _known(tasks: Mapping[str, Task]) -> list[str]:
    """Return the names of the tasks that are running text."""
    return [t.name for t in tasks.values() if t.kind is Kind.MASKED_LM]


def _languages(text: TextMix, task: Task, request: Request) -> tuple[str, ...]:
    """Return the languages of a text that are asked for, in the task's order."""
    if unknown := [n for n in text.languages if n not in task.languages]:
        raise StudyError(
            _WHERE,
            [errors.unknown("languages", f"language of {task.name}", n, task.languages)
             for n in unknown],
        )  # fmt: skip
    wanted = set(text.languages) or {n for each in request.languages.values() for n in each}
    languages = tuple(n for n in task.languages if n in wanted)
    if not languages:
        raise StudyError(
            _WHERE,
            [f"languages: {task.name} has none of {', '.join(sorted(wanted))}, the targets'"],
        )
    return languages
