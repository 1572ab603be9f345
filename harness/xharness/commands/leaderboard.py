"""The results of comparisons that were run, read from the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from xharness.analysis import (
    best_arm,
    diagnostics,
    leakage,
    numerics,
    overlap,
    results,
    translation_quality,
)
from xharness.analysis.best_arm import BestArm
from xharness.analysis.caveats import Caveats
from xharness.analysis.diagnostics import PlanDiagnostic
from xharness.analysis.results import Result, Summary
from xharness.analysis.translation_quality import Translated
from xharness.analysis.used_phases import used_phases
from xharness.commands import plans
from xharness.languages import Language, table
from xharness.metrics import Metric
from xharness.planning import plan as planning
from xharness.planning.contrasts import TargetEntry
from xharness.planning.plan import Plan
from xharness.report import document
from xharness.report.diagnostics import diagnostic_lines
from xharness.report.grid import Grid, grid
from xharness.report.leaderboard import leaderboard as drawn_leaderboard
from xharness.report.outcome import rule_lines, source_lines, subtitle
from xharness.report.overlap import overlap_lines
from xharness.report.screen import Found, screen
from xharness.report.table import titled
from xharness.report.translation_quality import translation_lines
from xharness.report.view import View
from xharness.store.overlaps import Overlap
from xharness.store.store import Store
from xharness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A plan with what the store has of its answers."""

    plan: Plan
    digest: str
    """What the store calls the plan."""
    results: tuple[Result, ...]
    summaries: tuple[Summary, ...]
    diagnostics: tuple[PlanDiagnostic, ...]
    caveats: Caveats
    """Same-data supervision, and contrasts between rows that were computed differently."""
    languages: Mapping[str, Language] = field(default_factory=table)
    """Every language that is described."""
    further: Mapping[str, tuple[Result, ...]] = field(default_factory=dict)
    """Results under the plan's other selection rules, by rule."""
    best_arms: tuple[BestArm, ...] = ()
    """Of strategies with several arms."""
    translations: tuple[Translated, ...] = ()
    """What was translated for them."""
    overlaps: tuple[Overlap, ...] = ()
    """What test sets share with rows that were trained on, where `data overlap` has counted it."""
    afterwards: str = ""
    """What to say where rows are compared otherwise than the plan declares."""
    failed: tuple[TargetEntry, ...] = ()
    """Rows that lack a score because a phase just failed."""

    @property
    def title(self) -> str:
        """Suite and model."""
        return f"{self.plan.suite}: {self.plan.model}"

    @property
    def names(self) -> dict[str, Any]:
        """Suite and model, as every document begins."""
        return {"suite": self.plan.suite, "model": self.plan.model}


def board(
    store: Store,
    digest: str | None,
    tasks: Mapping[str, Task],
    against: str | None = None,
    known: Mapping[str, Language] | None = None,
) -> Board:
    """Return the results of a published plan.

    Args:
        store: Where plans and results are.
        digest: See `plans.named`.
        tasks: For the metrics behind intervals; a target without a task gets none.
        against: What rows are compared with; None as the plan declares.
        known: Every language that is described; None for the table's.

    Raises:
        StoreError: If there is no such plan.
        StudyError: If the plan does not have the strategy of `against`.
    """
    name, plan = plans.named(store, digest)
    declared = dict.fromkeys(other.strategy for other in plan.opponents().values())
    if against is None or against in declared:
        return of_plan(plan, name, store, tasks, known)
    afterwards = (
        f"Compared with {against} afterwards; the plan declares contrasts against "
        f"{', '.join(declared) or 'nothing'}."
    )
    compared = of_plan(planning.against(plan, against), name, store, tasks, known)
    return replace(compared, afterwards=afterwards)


def of_plan(
    plan: Plan,
    digest: str,
    store: Store,
    tasks: Mapping[str, Task],
    known: Mapping[str, Language] | None = None,
) -> Board:
    """Return the results of a plan; every leaderboard is made here.

    Args:
        plan: What was compared.
        digest: What the store calls it.
        store: Where results are.
        tasks: For the metrics behind intervals; a target without a task gets none.
        known: Every language that is described; None for the table's.
    """
    scores = results.collect(plan, store)
    summaries = results.summarise(plan, scores, store, metrics(plan, tasks), known)
    used = used_phases(plan, store)
    return Board(
        plan=plan,
        digest=digest,
        results=scores,
        summaries=summaries,
        diagnostics=(
            *diagnostics.collapsed_runs(plan, scores, store, tasks),
            *diagnostics.collect(used),
        ),
        translations=translation_quality.collect(plan, used),
        overlaps=overlap.collect(used, store),
        caveats=Caveats(leaks=leakage.find(plan, tasks), numerics=numerics.collect(plan, used)),
        languages=table() if known is None else known,
        further={
            rule: results.collect(planning.under(plan, rule), store) for rule in plan.rules[1:]
        },
        best_arms=best_arm.collect(plan, summaries, store),
    )


def metrics(plan: Plan, tasks: Mapping[str, Task]) -> dict[str, Metric]:
    """Return the metric of every target whose task is loaded."""
    return {t.name: tasks[t.name].metric for t in plan.targets if t.name in tasks}


def as_grid(board: Board, *, without_leakage: bool = False) -> Grid:
    """Return the grid from which terminal, Markdown, LaTeX and HTML are written.

    Args:
        board: The results.
        without_leakage: Leave same-data supervision out of averages.

    Raises:
        DataError: If one target's scores have different signatures.
    """
    return grid(
        board.summaries,
        title=board.title,
        subtitle=subtitle(board.plan),
        failed=board.failed,
        about=[
            *rule_lines(board.plan),
            *source_lines(board.plan),
            *translation_lines(board.translations),
            *overlap_lines(board.overlaps, most=None),
            *diagnostic_lines(board.diagnostics, board.plan),
            *([board.afterwards] if board.afterwards else []),
        ],
        caveats=board.caveats,
        without_leakage=without_leakage,
    )


def leaderboard(
    board: Board, *, without_leakage: bool = False, flags: Sequence[str] | None = None
) -> View:
    """Return the first screen: what was found, and where to look next.

    Args:
        board: The results.
        without_leakage: Leave same-data supervision out of averages.
        flags: What the commands that it names need to find the same comparison; None names none.
    """
    found = Found(
        plan=board.plan,
        summaries=board.summaries,
        diagnostics=board.diagnostics,
        failed=board.failed,
        caveats=board.caveats,
        overlaps=board.overlaps,
        afterwards=board.afterwards,
        without_leakage=without_leakage,
        flags=flags,
    )
    return View(
        draw=lambda width: screen(found, width=width),
        document=_document(board, without_leakage=without_leakage),
    )


def details(board: Board, *, without_leakage: bool = False) -> View:
    """Return the leaderboard with all intervals, ranks, signatures and notes.

    Args:
        board: The results.
        without_leakage: Leave same-data supervision out of averages.
    """
    return View(
        draw=lambda width: drawn_leaderboard(
            as_grid(board, without_leakage=without_leakage),
            width=width,
            best=board.best_arms,
            caveats=board.caveats,
        ),
        document=_document(board, without_leakage=without_leakage),
    )


def diagnosed(board: Board) -> View:
    """Return everything suspicious about the phases behind a comparison, line by line."""
    lines = diagnostic_lines(board.diagnostics, board.plan, most=None)
    return View(
        draw=lambda _: titled(f"{board.title}, diagnostics", lines or ["nothing is suspicious"]),
        document=_document(board, without_leakage=False),
    )


def at(
    board: Board, depth: str, *, without_leakage: bool = False, flags: Sequence[str] | None = None
) -> View:
    """Return the first screen, or what "--details" or "--diagnostics" asks for.

    Args:
        board: The results.
        depth: The flag; empty for the first screen.
        without_leakage: Leave same-data supervision out of averages.
        flags: What the commands that it names need to find the same comparison; None names none.
    """
    if depth == "--details":
        return details(board, without_leakage=without_leakage)
    if depth == "--diagnostics":
        return diagnosed(board)
    return leaderboard(board, without_leakage=without_leakage, flags=flags)


def _document(board: Board, *, without_leakage: bool) -> dict[str, Any]:
    """Return what --json prints of a comparison."""
    left_out = board.caveats.leaks.cells if without_leakage else ()
    return {
        **board.names,
        "rules": list(board.plan.rules),
        **document.other_sources(board.plan),
        **document.tables(board.results, board.summaries),
        "means": document.means(board.summaries),
        "averages": document.averages(board.summaries, left_out),
        "best_arms": document.best_arms(board.best_arms),
        "same_data": document.same_data(board.caveats.leaks),
        "same_text": document.same_text(board.caveats.leaks),
        "numerics": document.numerics(board.caveats.numerics),
        "notes": document.notes(board.diagnostics),
        "translations": [asdict(t) for t in board.translations],
        "overlap": [asdict(o) for o in board.overlaps],
    }
