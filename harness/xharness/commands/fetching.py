"""What a comparison needs from the hub, brought onto this machine, as a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.console import Group
from rich.text import Text

from xharness.planning.plan import Plan
from xharness.report.table import Column, note, table
from xharness.report.view import View
from xharness.tasks import Task


def everything(plan: Plan, tasks: Mapping[str, Task], progress: Callable[[str], None]) -> View:
    """Fetch the models and rows of a plan and return what they are.

    Args:
        plan: With its phases.
        tasks: Every loaded task.
        progress: Told what is fetched next.

    Raises:
        DataError: If rows cannot be had.
        ModelError: If a model cannot be had.
    """
    from xharness.engine import fetch

    found = fetch.wanted(plan.phases, tasks)
    for one in found:
        progress(f"{one.kind} {one.name}")
        one.fetch()
    rows = [{"kind": one.kind, "name": one.name} for one in found]
    line = "All of it is on this machine now; --offline works."
    if not rows:
        line = "Nothing comes from the hub: the model and all rows are on this machine."
    columns = [Column(name="kind"), Column(name="name")]
    return View(
        draw=lambda _: Group(
            table(columns, [[r["kind"], r["name"]] for r in rows], title="fetched"),
            Text(),
            note(line),
        ),
        document={"fetched": rows},
    )
