"""What a comparison reads from the hub: how much is to come, and bringing it onto this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xharness.engine.fetch import Wanted, wanted
from xharness.errors import OfflineError
from xharness.planning.plan import Plan
from xharness.report.view import View
from xharness.report.wording import count
from xharness.tasks import Task

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of a look at the hub."""

    complete: bool
    """Whether everything is on this machine now."""
    view: View


def check(plan: Plan, tasks: Mapping[str, Task], progress: Told, *, offline: bool) -> Fetched:
    """Return what a plan reads from the hub that is not on this machine; fetch nothing.

    Args:
        plan: The plan, with its phases.
        tasks: Every loaded task.
        progress: Told what is looked at next.
        offline: Open no connection, so that the bytes to come are not known.

    Raises:
        HubError: If the hub cannot be asked, or what is here has other bytes than it states.
    """
    needed = wanted(plan.phases, tasks, offline=offline)
    if offline:
        rows = [_row(one, None) for one in needed if _is_lacking(one, progress)]
        lines = [f"{count(len(rows), 'model or split')} of {len(needed):,} not on this machine."]
    else:
        coming = [*_coming(needed, progress)]
        rows = [_row(one, sum(files.values())) for one, files in coming if files]
        lines = [_to_come(coming)]
    if not rows:
        lines = [_nothing_more(needed)]
    return Fetched(complete=not rows, view=_view("to come", rows, lines, {"lacking": rows}))


def fetch(plan: Plan, tasks: Mapping[str, Task], progress: Told, say: Told) -> Fetched:
    """Fetch the models and rows that a plan needs; what is here already is not fetched again.

    Args:
        plan: The plan, with its phases.
        tasks: Every loaded task.
        progress: Told, before each model and split, how many bytes of all have come.
        say: Told how much is to come, before anything is fetched.

    Raises:
        HubError: If the hub does not give something.
        DataError: If rows cannot be read.
    """
    coming = [*_coming(wanted(plan.phases, tasks), progress)]
    if coming:
        say(_to_come(coming))
    total, done = _bytes(_together(coming)), 0
    come: set[str] = set()
    for one, files in coming:
        progress(f"{megabytes(done)} of {megabytes(total)}: {one.kind} {one.name}")
        one.fetch()
        done += sum(size for name, size in files.items() if name not in come)
        come |= files.keys()
    rows = [_row(one, sum(files.values())) for one, files in coming]
    line = _nothing_more([one for one, _ in coming])
    return Fetched(complete=True, view=_view("fetched", rows, [line], {"fetched": rows}))


def megabytes(size: int) -> str:
    """Return "0.3 MB" or "2,241 MB"."""
    return f"{size / 1e6:,.1f} MB" if size < 1e8 else f"{size / 1e6:,.0f} MB"


def _coming(needed: Sequence[Wanted], progress: Told) -> Iterator[tuple[Wanted, Mapping[str, int]]]:
    """Yield what is needed, each with its files that are not on this machine."""
    for one in needed:
        progress(f"looking at {one.kind} {one.name}")
        yield one, one.to_come()


def _is_lacking(one: Wanted, progress: Told) -> bool:
    """Return whether something is not on this machine, without a connection."""
    progress(f"looking for {one.kind} {one.name}")
    try:
        one.fetch()
    except OfflineError:
        return True
    return False


def _together(coming: Sequence[tuple[Wanted, Mapping[str, int]]]) -> dict[str, int]:
    """Return all files to come; splits of one config share theirs."""
    return {name: size for _, files in coming for name, size in files.items()}


def _bytes(files: Mapping[str, int]) -> int:
    """Return the bytes of some files."""
    return sum(files.values())


def _to_come(coming: Sequence[tuple[Wanted, Mapping[str, int]]]) -> str:
    """Return "to come: 3 files, 2.1 MB; 2 of 4 models and splits are on this machine"."""
    files = _together(coming)
    here = sum(not of_one for _, of_one in coming)
    return (
        f"to come: {count(len(files), 'file')}, {megabytes(_bytes(files))}; {here:,} of "
        f"{len(coming):,} models and splits are on this machine"
    )


def _nothing_more(needed: Sequence[Wanted]) -> str:
    """Return what is said where all is here."""
    if needed:
        return "All of it is on this machine now; --offline works."
    return "Nothing comes from the hub: the model and all rows are on this machine."


def _row(one: Wanted, size: int | None) -> dict[str, Any]:
    """Return one line of the table."""
    return {"kind": one.kind, "name": one.name, "bytes": size}


def _view(
    title: str, rows: Sequence[Mapping[str, Any]], lines: Sequence[str], document: Mapping[str, Any]
) -> View:
    """Return a table of models and splits, with lines below."""
    shown = [{**row, "bytes": _shown(row["bytes"])} for row in rows]
    drawn = View.of_rows(title, shown, shown=("kind", "name", "bytes"), notes=lines)
    return View(draw=drawn.draw, document={"fetched": [], "lacking": [], **document})


def _shown(size: int | None) -> str:
    """Return bytes as people read them."""
    return "not known" if size is None else megabytes(size)
