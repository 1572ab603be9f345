"""Other views of a comparison: by language, by group of languages, as a map, by selection rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

from xharness.analysis import gaps, language_groups
from xharness.commands.leaderboard import Board, metrics
from xharness.errors import StoreError, nearest
from xharness.languages import By
from xharness.planning import plan as planning
from xharness.planning.plan import Plan
from xharness.report import document
from xharness.report.language_groups import by_group
from xharness.report.languages import by_language
from xharness.report.view import View
from xharness.store.store import Store
from xharness.tasks import Task


def groups(
    board: Board, store: Store, tasks: Mapping[str, Task], by: By, target: str | None
) -> View:
    """Return the view of language groups, of all targets or of one.

    Args:
        board: The plan with its results.
        store: For the per-example statistics behind intervals.
        tasks: For the metrics behind them.
        by: What languages are grouped by.
        target: The only one that is shown; None for all.

    Raises:
        StoreError: If the plan has no such target.
    """
    plan, known = _plan(board, target), board.languages
    scored = [r for r in board.results if target in {None, r.target}]
    rows = language_groups.by(plan, scored, by, known)
    apart = gaps.measure(plan, scored, store, metrics(plan, tasks), by, known)
    summaries = [s for s in board.summaries if target in {None, s.target}]
    return View(
        draw=lambda width: by_group(
            rows, title=board.title, what=by.value, width=width, caveats=board.caveats, apart=apart
        ),
        document={
            **board.names,
            "by": by.value,
            "groups": [asdict(g) for g in rows],
            "apart": [asdict(gap) for each in apart for gap in each.groups],
            "transfer_gap": [asdict(gap) for each in apart for gap in each.transfer],
            "not_estimable": [f"{f.target}: {reason}" for f in apart for reason in f.reasons],
            "means": document.means(summaries),
        },
    )


def languages(board: Board, target: str) -> View:
    """Return the view of one target with a row for each language.

    Raises:
        StoreError: If the plan has no such target.
    """
    _plan(board, target)
    rows = [r for r in board.results if r.target == target]
    summaries = [s for s in board.summaries if s.target == target]
    return View(
        draw=lambda width: by_language(
            rows, summaries, title=f"{board.title}, {target}", width=width, caveats=board.caveats
        ),
        document={**document.tables(rows, summaries), "means": document.means(summaries)},
    )


def win_map(board: Board, *, without_leakage: bool) -> View:
    """Return who is ahead in every cell, and the counts of wins, ties and losses.

    Args:
        board: The plan with its results.
        without_leakage: Leave same-data supervision out of the counts.
    """
    from xharness.report import winmap

    return View(
        draw=lambda width: winmap.win_map(
            board.summaries,
            title=board.title,
            width=width,
            caveats=board.caveats,
            without_leakage=without_leakage,
            afterwards=board.afterwards,
        ),
        document={
            **board.names,
            "map": winmap.win_rows(board.summaries, board.caveats),
        },
    )


def consistency(board: Board, store: Store, tasks: Mapping[str, Task], target: str | None) -> View:
    """Return how far predictions agree between languages; for one target, every pair of languages.

    Raises:
        StoreError: If the plan has no such target.
    """
    from xharness.analysis.consistency import measure
    from xharness.report.consistency import consistency as drawn

    measured = measure(_plan(board, target), store, tasks)
    return View(
        draw=lambda width: drawn(
            measured,
            title=board.title,
            width=width,
            caveats=board.caveats,
            matrices=target is not None,
        ),
        document={
            **board.names,
            "consistency": [asdict(row) for row in measured.rows],
            "left_out": dict(measured.left_out),
        },
    )


def audit(board: Board, store: Store, target: str | None) -> View:
    """Return the results under all selection rules that were run.

    Raises:
        StoreError: If the plan has no such target.
    """
    from xharness.analysis.selection_audit import collect
    from xharness.report.selection_audit import audit as drawn

    plans = [planning.read(content) for content in store.plans().values()]
    audited = collect(_plan(board, target), plans, store)
    return View(
        draw=lambda width: drawn(audited, title=board.title, width=width, caveats=board.caveats),
        document={
            **board.names,
            "rules": list(audited.rules),
            "same_checkpoints": audited.same_checkpoints,
            "seeds": list(audited.seeds),
            "audit": [asdict(row) for row in audited.rows],
            "flips": [asdict(flip) for flip in audited.flips],
        },
    )


def _plan(board: Board, target: str | None) -> Plan:
    """Return the board's plan, cut to one target if one is asked for.

    Raises:
        StoreError: If the plan has no such target.
    """
    plan = board.plan
    if target is None:
        return plan
    known = [t.name for t in plan.targets]
    if target not in known:
        raise StoreError(f"--target: the plan has no target {target!r}; {nearest(target, known)}")
    return replace(
        plan,
        targets=tuple(t for t in plan.targets if t.name == target),
        answers=tuple(a for a in plan.answers if a.target == target),
        further=tuple(a for a in plan.further if a.target == target),
        dev=tuple(a for a in plan.dev if a.target == target),
    )
