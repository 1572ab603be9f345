"""Plans that were run before, read back from the store and shown again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xharness import plan as planning
from xharness import report, results
from xharness.errors import StoreError, nearest
from xharness.plan import Plan
from xharness.report import document
from xharness.report.view import View
from xharness.results import Result, Summary
from xharness.store import Store
from xharness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A published plan with what the store has of its answers."""

    plan: Plan
    results: tuple[Result, ...]
    summaries: tuple[Summary, ...]


def board(store: Store, digest: str | None, tasks: Mapping[str, Task]) -> Board:
    """Return a plan's results.

    Args:
        store: Where plans and results are.
        digest: The plan's, or the beginning of it; None is the latest.
        tasks: For the metrics behind intervals; a target without a task gets none.

    Raises:
        StoreError: If there is no such plan.
    """
    plan = find(store, digest)
    found = results.collect(plan, store)
    metrics = {t.name: tasks[t.name].metric for t in plan.targets if t.name in tasks}
    return Board(plan=plan, results=found, summaries=results.summarise(plan, found, store, metrics))


def find(store: Store, digest: str | None) -> Plan:
    """Return a published plan by its digest or the beginning of it; None is the latest.

    Raises:
        StoreError: If there is no such plan.
    """
    plans = store.plans()
    if not plans:
        raise StoreError(f"{store.root}: holds no plan yet; run xharness compare first")
    matching = [name for name in plans if digest is None or name.startswith(digest)]
    if not matching or (digest is not None and len(matching) > 1):
        wrong = "no plan is called" if not matching else "several plans begin with"
        raise StoreError(f"{store.root}: {wrong} {digest!r}; {nearest(str(digest), plans)}")
    return planning.read(plans[matching[-1]])


def listing(store: Store) -> View:
    """Return the plans of a store, latest last."""
    rows = []
    for digest, content in store.plans().items():
        plan = planning.read(content)
        there = sum(store.find(a.key) is not None for a in plan.answers)
        rows.append(
            {
                "plan": digest,
                "suite": plan.suite,
                "model": plan.model,
                "strategies": ", ".join(dict.fromkeys(a.strategy for a in plan.answers)),
                "targets": ", ".join(t.name for t in plan.targets),
                "scores": f"{there} of {len(plan.answers)}",
            }
        )
    return View.of_rows("plans", rows)


def leaderboard(found: Board) -> View:
    """Return the leaderboard."""
    plan = found.plan
    return View(
        draw=lambda width: report.leaderboard(
            found.summaries,
            title=f"{plan.suite}: {plan.model}",
            subtitle=report.subtitle(plan),
            width=width,
        ),
        document={
            "suite": plan.suite,
            "model": plan.model,
            **document.tables(found.results, found.summaries),
        },
    )


def languages(found: Board, target: str) -> View:
    """Return one target language by language.

    Raises:
        StoreError: If the plan has no such target.
    """
    known = [t.name for t in found.plan.targets]
    if target not in known:
        raise StoreError(f"--target: the plan has no target {target!r}; {nearest(target, known)}")
    rows = [r for r in found.results if r.target == target]
    title = f"{found.plan.suite}: {found.plan.model}, {target}"
    return View(
        draw=lambda width: report.by_language(rows, title=title, width=width),
        document=document.tables(rows, [s for s in found.summaries if s.target == target]),
    )
