"""Comparisons in Python: run one or read it from a store, as Arrow tables or a leaderboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from xharness.commands import compare as running
from xharness.commands import export, leaderboard, plans, session
from xharness.commands.leaderboard import Board
from xharness.errors import PhaseFailedError, StudyError, unknown
from xharness.phases import describe
from xharness.report import document, markup
from xharness.store.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

Names = str | Sequence[str]
"""One name, or several; "a,b" is two as well."""


class ComparisonSettings(TypedDict, total=False):
    """The settings of a comparison; each has the name of a flag of `xharness compare`."""

    suite: str
    model: str
    strategies: Names
    intermediates: Names
    targets: Names
    languages: Names
    seeds: int | Sequence[int]
    limit_train: int
    limit_eval: int
    match: str
    against: str
    selection: Names
    precision: str
    set: Mapping[str, Any]
    config: str | PathLike[str]
    store: str | PathLike[str]
    data_root: str | PathLike[str]
    plugins: Sequence[str | PathLike[str]]
    offline: bool
    device: str
    workers: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison that was run: its numbers, and its leaderboard.

    A notebook shows it as a table, `print` as the terminal does.
    """

    board: Board

    @property
    def plan(self) -> str:
        """Digest of its plan."""
        return self.board.digest

    @property
    def results(self) -> pa.Table:
        """One row per selection rule, strategy, arm, target, language and seed."""
        return export.table(export.rows(self.board))

    @property
    def summary(self) -> pa.Table:
        """One row per strategy, arm and target, with intervals and corrected p values."""
        import pyarrow as pa

        rows = document.tables(self.board.results, self.board.summaries)["summary"]
        return pa.Table.from_pylist(rows)

    def leaderboard(
        self, *, width: int = 100, details: bool = False, without_leakage: bool = False
    ) -> str:
        """Return what was found, as the terminal shows it.

        Args:
            width: Columns of text; targets that do not fit stand in a table below.
            details: Return every interval, rank and signature instead.
            without_leakage: Leave same-data supervision out of averages.
        """
        from xharness.report.view import as_text

        depth = "--details" if details else ""
        return as_text(leaderboard.at(self.board, depth, without_leakage=without_leakage), width)

    def export(self, out: str | PathLike[str], *, without_leakage: bool = False) -> None:
        """Write the comparison into a file.

        Args:
            out: The file; its ending decides the format: .md, .tex, .csv, .json or .parquet.
            without_leakage: Leave same-data supervision out of the averages of .md and .tex.

        Raises:
            StudyError: If the ending is none of these, or the file cannot be written.
        """
        path = Path(out)
        forms = {f".{form.value}": form for form in export.Form} | {".tex": export.Form.LATEX}
        if path.suffix not in forms:
            raise StudyError("export", [unknown("out", "form", path.suffix, forms)])
        export.save(self.board, forms[path.suffix], path, without_leakage=without_leakage)

    def __str__(self) -> str:
        """Return what was found as text."""
        return self.leaderboard()

    def _repr_html_(self) -> str:
        """Return the leaderboard as a notebook shows it."""
        return markup.html(leaderboard.as_grid(self.board))


@dataclass(frozen=True, slots=True)
class OpenStore:
    """A store with the comparisons that were run into it."""

    store: Store
    plugins: tuple[Path, ...] = ()

    def plans(self) -> list[dict[str, Any]]:
        """Return the plans of the store, latest last, as `xharness leaderboard --plans` does."""
        rows: list[dict[str, Any]] = plans.listing(self.store).document["plans"]
        return rows

    def latest(self) -> Comparison:
        """Return the comparison that was run last.

        Raises:
            StoreError: If there is none.
        """
        return self.comparison("latest")

    def comparison(self, plan: str) -> Comparison:
        """Return a comparison by its plan's digest, or the beginning of it.

        Raises:
            StoreError: If there is no such plan, or several.
        """
        registry = session.loaded(self.plugins, _warn)
        board = leaderboard.board(self.store, plan, registry.tasks, None, registry.languages)
        return Comparison(board)


def open_store(
    path: str | PathLike[str] = "store", *, plugins: Sequence[str | PathLike[str]] = ()
) -> OpenStore:
    """Return a store; nothing is run, and no model is loaded.

    Args:
        path: Folder of finished phases.
        plugins: Python files with hooks, as for --plugin.
    """
    return OpenStore(Store(Path(path)), tuple(map(Path, plugins)))


def compare(**settings: Unpack[ComparisonSettings]) -> Comparison:
    """Run the phases that the store lacks, with a progress bar, and return the comparison.

    Settings have the names of the flags of `xharness compare`. Where a flag takes a comma-separated
    list, give a list; `set` takes a mapping. Phases run one after the other in this process unless
    `workers` is given; a script with workers needs `if __name__ == "__main__":`.

    Raises:
        StudyError: If a name is unknown or a combination makes no sense; all problems at once.
        PhaseFailedError: If a phase failed; what finished is kept, and the same call tries again.
        XHarnessError: For any other error that the command would print.
    """
    from xharness.report.progress import Amount, follow_here

    known = ComparisonSettings.__annotations__
    if wrong := [unknown("compare", "setting", n, known) for n in settings if n not in known]:
        raise StudyError("compare", wrong)
    given: dict[str, Any] = dict(settings)
    options = running.RunOptions(
        device=given.pop("device", "auto"), executor="local", workers=given.pop("workers", 1)
    )
    flags = {name: _flag(name, value) for name, value in {"store": "store", **given}.items()}
    shared = replace(session.shared_flags(flags), said_by="compare")
    planned = session.planned(shared, _warn, options.device)
    compared = running.compare(
        planned, shared.paths, options, complain=_warn, follow=follow_here(Amount())
    )
    if compared.outcome.failed:
        first = compared.outcome.failed[0]
        raise PhaseFailedError(describe(first.phase), first.key, first.cause)
    return Comparison(compared.board)


def _flag(name: str, value: Any) -> Any:
    """Return one setting in the form that the command line gives it."""
    if name == "set":
        return [f"{key}={change}" for key, change in value.items()]
    if name == "plugins":
        return [Path(path) for path in value]
    if name in {"config", "store", "data_root"}:
        return Path(value)
    if name == "seeds":
        return str(value) if isinstance(value, int) else "".join(f"{seed}," for seed in value)
    if isinstance(value, str | int):
        return value
    return ",".join(value)


def _warn(text: str) -> None:
    """Raise a Python warning with a text that the command would print on standard error."""
    import warnings

    warnings.warn(text, stacklevel=3)
