"""A request without what a data root does not have, and what that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from xharness.errors import DataError
from xharness.planning.request import Request
from xharness.planning.resolve import Resolving
from xharness.tasks import Task


def reduced(
    request: Request, tasks: Mapping[str, Task], resolver: Resolving
) -> tuple[Request, tuple[str, ...]]:
    """Return a request with the targets and languages whose files are there.

    Args:
        request: What a suite asks for; targets that a user named are not for leaving out.
        tasks: Every loaded task.
        resolver: Knows the data root.

    Returns:
        The request, and one line per target that lost languages, or all of them.

    Raises:
        DataError: If nothing would be left.
    """
    lines: list[str] = []
    languages: dict[str, tuple[str, ...]] = {}
    for target in request.targets:
        wanted = request.languages[target.name]
        missing = {n: why for n in wanted if (why := _lacking(target, n, tasks, resolver))}
        languages[target.name] = tuple(n for n in wanted if n not in missing)
        if missing:
            reason = next(iter(missing.values()))
            lines.append(f"{target.name}: left out in {', '.join(missing)}: {reason}")
    if not any(languages.values()):
        raise DataError("\n".join(lines))
    kept = tuple(t for t in request.targets if languages[t.name])
    return replace(request, targets=kept, languages=languages), tuple(lines)


def _lacking(target: Task, language: str, tasks: Mapping[str, Task], resolver: Resolving) -> str:
    """Return why a target cannot be compared in a language; empty when it can."""
    reasons = (resolver.lacking(*rows) for rows in _read(target, language, tasks))
    return next((why for why in reasons if why is not None), "")


def _read(
    target: Task, language: str, tasks: Mapping[str, Task]
) -> Iterator[tuple[Task, str, str]]:
    """Yield the (task, language, split) that a target's score rests on."""
    yield target, language, "test"
    if target.tuned_on is not None:
        yield target, language, target.tuned_on
    if target.trains_on is not None:
        source = tasks[target.trains_on]
        yield source, source.source_language, "train"
