"""Leaves out the targets and languages of a suite that the data root has no files for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xharness.errors import DataError
from xharness.planning.reads import RowsRead, rows_read
from xharness.planning.request import Request
from xharness.planning.resolver_protocol import Resolving
from xharness.planning.unresolved import outline
from xharness.tasks import Task


def reduced(
    request: Request, tasks: Mapping[str, Task], resolver: Resolving
) -> tuple[Request, tuple[str, ...]]:
    """Return a request with the targets and languages whose files are there.

    Args:
        request: Its targets come from a suite. Do not call this for targets that the user named:
            their files must be there.
        tasks: Every loaded task.
        resolver: Knows the data root.

    Returns:
        The reduced request, and one line per target that lost some or all of its languages.

    Raises:
        DataError: If nothing would be left.
    """
    lines: list[str] = []
    languages: dict[str, tuple[str, ...]] = {}
    for target in request.targets:
        wanted = request.languages[target.name]
        read = _read_by_baseline(request, target, tasks)
        missing = {n: why for n in wanted if (why := _lacking(read, n, tasks, resolver))}
        languages[target.name] = tuple(n for n in wanted if n not in missing)
        if missing:
            reason = next(iter(missing.values()))
            lines.append(f"{target.name}: left out in {', '.join(missing)}: {reason}")
    if not any(languages.values()):
        raise DataError("\n".join(lines))
    kept = tuple(t for t in request.targets if languages[t.name])
    return replace(request, targets=kept, languages=languages), tuple(lines)


def _read_by_baseline(request: Request, target: Task, tasks: Mapping[str, Task]) -> list[RowsRead]:
    """Return the rows that the baseline reads for a target, those to train on last.

    Rows that only further strategies or selection rules read are not among them: the user asked
    for those, so the command stops if such rows are missing.
    """
    baseline = replace(
        request, strategies=request.strategies[:1], targets=(target,), selection=("last",)
    )
    read = rows_read(outline(baseline, tasks).phases, tasks)
    # The first missing rows give the reason that is shown: test rows say more than training rows.
    return sorted(read, key=lambda r: r.split == "train")


def _lacking(
    read: Sequence[RowsRead], language: str, tasks: Mapping[str, Task], resolver: Resolving
) -> str:
    """Return why a target cannot be compared in a language; empty when it can."""
    needed = (r for r in read if r.split == "train" or r.language == language)
    reasons = (resolver.lacking(tasks[r.task], r.language, r.split) for r in needed)
    return next((why for why in reasons if why is not None), "")
