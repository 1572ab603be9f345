"""Results as rows for other tools: one per rule, strategy, arm, target, language and seed."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.errors import StudyError

if TYPE_CHECKING:
    import pyarrow as pa

    from xharness.commands.leaderboard import Board
    from xharness.report.view import View
    from xharness.tasks import Task

COLUMNS: Mapping[str, str] = {
    "suite": "string",
    "model": "string",
    "recipe": "string",
    "selection": "string",
    "strategy": "string",
    "intermediates": "string",
    "target": "string",
    "language": "string",
    "source_language": "bool",
    "seed": "int64",
    "score": "float64",
    "em_f1": "float64",
    "n": "int64",
    "signature": "string",
    "same_data": "bool",
    "best_arm": "bool",
    "limit_train": "int64",
    "limit_eval": "int64",
    "match": "string",
    "origin": "string",
    "key": "string",
    "plan": "string",
}
"""Column to its Arrow type, in order. `source_language`: whether the language is that of the
training rows. `same_data`: whether the arm has the target's training rows; null if the task is not
loaded. `best_arm`: whether this is the strategy's arm that was chosen on development rows; null if
none was chosen, or the strategy has only one arm. `limit_*`: null for no limit."""


class Form(Enum):
    """What results can be written as."""

    MARKDOWN = "md"
    CSV = "csv"
    PARQUET = "parquet"
    LATEX = "latex"
    JSON = "json"


def load_results(store: Path | str, plan: str | None = None) -> pa.Table:
    """Return the results of a comparison as an Arrow table; `.to_pandas()` makes a data frame.

    One row per selection rule, strategy, arm, target, language and seed;
    `COLUMNS` says what the columns are. Nothing is run, and no model is loaded.

    Args:
        store: Folder of finished phases.
        plan: Digest of a plan, or its beginning; None is the latest.

    Raises:
        StoreError: If there is no such plan.
    """
    from xharness.commands import leaderboard
    from xharness.plugin import registry
    from xharness.store.store import Store

    tasks: Mapping[str, Task] = registry.load().tasks
    return table(rows(leaderboard.board(Store(Path(store)), plan, tasks)))


def rows(board: Board) -> list[dict[str, Any]]:
    """Return the results of a plan as rows with the names of `COLUMNS`."""
    from xharness.analysis.best_arm import places  # only here: every command imports this module

    plan = board.plan
    sources = {t.name: t.source_language for t in plan.targets}
    chosen = dict(places(board.best_arms))
    more = {
        "recipe": plan.recipe,
        "match": plan.match,
        "origin": plan.origin,
        "plan": board.digest,
    }
    table = []
    by_rule = {plan.selection: board.results, **board.further}
    for rule, r in ((rule, r) for rule, results in by_rule.items() for r in results):
        place = r.on_target
        facts = {
            **{name: getattr(r, name) for name in COLUMNS if hasattr(r, name)},
            **more,
            "selection": rule,
            "best_arm": chosen.get(place),
            "source_language": r.language == sources[r.target],
            "same_data": None
            if r.target in board.caveats.leaks.unknown
            else place in board.caveats.leaks.cells,
        }
        table.append({name: facts[name] for name in COLUMNS})
    return table


def table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows as an Arrow table with the types of `COLUMNS`, also if there are no rows."""
    import pyarrow as pa

    types = {name: pa.type_for_alias(kind) for name, kind in COLUMNS.items()}
    return pa.Table.from_pylist(list(rows), schema=pa.schema(list(types.items())))


def text(board: Board, form: Form, *, without_leakage: bool = False) -> str:
    """Return a comparison in one of the forms that are text.

    Args:
        board: A plan and its results.
        form: Rows for CSV and JSON, the summary for Markdown and LaTeX.
        without_leakage: Leave same-data supervision out of the summary's averages.
    """
    from xharness.commands.leaderboard import as_grid
    from xharness.report import markup
    from xharness.report.best_arm import best_arm_lines

    if form is Form.CSV:
        return as_csv(rows(board))
    if form is Form.JSON:
        return (
            json.dumps({"schema": 1, "results": rows(board)}, ensure_ascii=False, indent=1) + "\n"
        )
    grid = as_grid(board, without_leakage=without_leakage)
    grid = replace(grid, notes=(*grid.notes, *best_arm_lines(board.best_arms)))
    return markup.markdown(grid) if form is Form.MARKDOWN else markup.latex(grid, label="xharness")


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as comma-separated values with a line of names; null is an empty field."""
    import csv

    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def written(out: Path) -> View:
    """Return a view that names the file that was written."""
    from xharness.report.view import View

    return View.of_rows("written", [{"file": str(out)}])


def save(board: Board, form: Form, out: Path, *, without_leakage: bool = False) -> None:
    """Write a comparison into a file; an existing file is replaced.

    Raises:
        StudyError: If the file cannot be written.
    """
    try:
        if form is Form.PARQUET:
            from pyarrow import parquet

            parquet.write_table(table(rows(board)), out)
        else:
            out.write_text(text(board, form, without_leakage=without_leakage), "utf-8", newline="")
    except OSError as error:
        problem = f"-o: {out} cannot be written ({error.strerror}); name another file"
        raise StudyError("export", [problem]) from error
