"""Plans that were run before, read back from the store and shown again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from rich.console import Group

from xharness.analysis import (
    best_arm,
    findings,
    gaps,
    language_groups,
    leakage,
    results,
    translation_quality,
)
from xharness.analysis.best_arm import BestArm
from xharness.analysis.findings import Finding
from xharness.analysis.leakage import Leaks
from xharness.analysis.results import Result, Summary
from xharness.analysis.translation_quality import Translated
from xharness.errors import StoreError, nearest
from xharness.languages import By, Language, table
from xharness.phases import BY
from xharness.planning import plan as planning
from xharness.planning.plan import Plan
from xharness.report import document
from xharness.report import leaderboard as summary
from xharness.report.best_arm import best_arms
from xharness.report.groups import by_group
from xharness.report.harm import harm_lines
from xharness.report.languages import by_language
from xharness.report.outcome import rule_lines, source_lines, subtitle
from xharness.report.translations import translation_lines
from xharness.report.view import View
from xharness.store.store import Store
from xharness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A published plan with what the store has of its answers."""

    digest: str
    """What the store calls the plan."""
    plan: Plan
    results: tuple[Result, ...]
    summaries: tuple[Summary, ...]
    findings: tuple[Finding, ...]
    leaks: Leaks
    """Same-data supervision."""
    languages: Mapping[str, Language] = field(default_factory=table)
    """Every language that is described."""
    further: Mapping[str, tuple[Result, ...]] = field(default_factory=dict)
    """Results under the plan's other selection rules, by rule."""
    best_arms: tuple[BestArm, ...] = ()
    """Of strategies with several arms."""
    translations: tuple[Translated, ...] = ()
    """What was translated for them."""
    afterwards: str = ""
    """What to say where rows are compared otherwise than the plan declares."""


def plan(store: Store, digest: str | None) -> Plan:
    """Return a published plan; see `named`."""
    return named(store, digest)[1]


def named(store: Store, digest: str | None) -> tuple[str, Plan]:
    """Return a published plan with its digest.

    Args:
        store: Where plans are.
        digest: The plan's, or the beginning of it; None is the latest.

    Raises:
        StoreError: If there is no such plan, or several.
    """
    plans = store.plans()
    if not plans:
        raise StoreError(f"{store.root}: holds no plan yet; run xharness compare first")
    matching = [name for name in plans if digest is None or name.startswith(digest)]
    if not matching or (digest is not None and len(matching) > 1):
        wrong = "no plan is called" if not matching else "several plans begin with"
        raise StoreError(f"{store.root}: {wrong} {digest!r}; {nearest(str(digest), plans)}")
    return matching[-1], planning.read(plans[matching[-1]])


def board(
    store: Store,
    digest: str | None,
    tasks: Mapping[str, Task],
    against: str | None = None,
    known: Mapping[str, Language] | None = None,
) -> Board:
    """Return a plan's results.

    Args:
        store: Where plans and results are.
        digest: See `plan`.
        tasks: For the metrics behind intervals; a target without a task gets none.
        against: What rows are compared with; None as the plan declares.
        known: Every language that is described; None for the table's.

    Raises:
        StoreError: If there is no such plan.
        StudyError: If the plan does not have the strategy of `against`.
    """
    name, asked = named(store, digest)
    declared = dict.fromkeys(other[0] for other in asked.opponents().values())
    afterwards = ""
    if against is not None and against not in declared:
        asked = planning.against(asked, against)
        afterwards = (
            f"Compared with {against} afterwards; the plan declares contrasts against "
            f"{', '.join(declared) or 'nothing'}."
        )
    found = results.collect(asked, store)
    metrics = {t.name: tasks[t.name].metric for t in asked.targets if t.name in tasks}
    summaries = results.summarise(asked, found, store, metrics, known)
    used = findings.used(asked, store)
    return Board(
        digest=name,
        plan=asked,
        results=found,
        summaries=summaries,
        findings=findings.collect(used),
        translations=translation_quality.collect(used),
        leaks=leakage.find(asked, tasks),
        languages=table() if known is None else known,
        further={
            rule: results.collect(planning.under(asked, rule), store) for rule in asked.rules[1:]
        },
        best_arms=best_arm.collect(asked, summaries, store),
        afterwards=afterwards,
    )


def translators(store: Store, digest: str | None) -> tuple[str, ...]:
    """Return what a published plan's rows are translated with, sorted; see `named`."""
    content = json.loads(store.plans()[named(store, digest)[0]])
    told = (name.partition(BY)[2] for name in content["names"].values())
    return tuple(sorted({name for name in told if name}))


def listing(store: Store) -> View:
    """Return the plans of a store, latest last."""
    rows = []
    for digest, content in store.plans().items():
        plan = planning.read(content)
        answers = (*plan.answers, *plan.further)
        there = sum(store.find(a.key) is not None for a in answers)
        rows.append(
            {
                "plan": digest,
                "suite": plan.suite,
                "model": plan.model,
                "strategies": ", ".join(dict.fromkeys(a.strategy for a in plan.answers)),
                "targets": ", ".join(t.name for t in plan.targets),
                "scores": f"{there} of {len(answers)}",
            }
        )
    return View.of_rows("plans", rows, room=("model", "scores", "strategies", "suite"))


def leaderboard(found: Board, *, without_leakage: bool = False) -> View:
    """Return the leaderboard, its averages without same-data supervision if so wanted."""
    plan = found.plan
    return View(
        draw=lambda width: Group(
            summary.leaderboard(
                found.summaries,
                title=f"{plan.suite}: {plan.model}",
                subtitle=subtitle(plan),
                width=width,
                harm=[
                    *rule_lines(plan),
                    *source_lines(plan),
                    *translation_lines(found.translations),
                    *harm_lines(found.findings, plan),
                    *([found.afterwards] if found.afterwards else []),
                ],
                leaks=found.leaks,
                without_leakage=without_leakage,
            ),
            best_arms(found.best_arms, width=width, leaks=found.leaks),
        ),
        document={
            "suite": plan.suite,
            "model": plan.model,
            "rules": list(plan.rules),
            **document.other_sources(plan),
            **document.tables(found.results, found.summaries),
            "means": document.means(found.summaries),
            "averages": document.averages(
                found.summaries, found.leaks.cells if without_leakage else ()
            ),
            "best_arms": document.best_arms(found.best_arms),
            "same_data": document.same_data(found.leaks),
            "notes": document.notes(found.findings),
            "translations": [asdict(t) for t in found.translations],
        },
    )


def groups(
    found: Board, store: Store, tasks: Mapping[str, Task], by: By, target: str | None
) -> View:
    """Return the targets, or one of them, group of languages by group of languages.

    Args:
        found: The plan with its results.
        store: For the per-example statistics behind intervals.
        tasks: For the metrics behind them.
        by: What languages are grouped by.
        target: The only one that is shown; None for all.

    Raises:
        StoreError: If the plan has no such target.
    """
    if target is not None:
        _known(found, target)
    plan, known = _only(found.plan, target), found.languages
    scored = [r for r in found.results if target in {None, r.target}]
    rows = language_groups.by(plan, scored, by, known)
    metrics = {t.name: tasks[t.name].metric for t in plan.targets if t.name in tasks}
    apart = gaps.measure(plan, scored, store, metrics, by, known)
    summaries = [s for s in found.summaries if target in {None, s.target}]
    title = f"{found.plan.suite}: {found.plan.model}"
    return View(
        draw=lambda width: by_group(
            rows, title=title, what=by.value, width=width, leaks=found.leaks, apart=apart
        ),
        document={
            "suite": found.plan.suite,
            "model": found.plan.model,
            "by": by.value,
            "groups": [asdict(g) for g in rows],
            "apart": [asdict(gap) for found in apart for gap in found.groups],
            "transfer_gap": [asdict(gap) for found in apart for gap in found.transfer],
            "not_estimable": [f"{f.target}: {reason}" for f in apart for reason in f.reasons],
            "means": document.means(summaries),
        },
    )


def languages(found: Board, target: str) -> View:
    """Return one target language by language.

    Raises:
        StoreError: If the plan has no such target.
    """
    _known(found, target)
    rows = [r for r in found.results if r.target == target]
    title = f"{found.plan.suite}: {found.plan.model}, {target}"
    summaries = [s for s in found.summaries if s.target == target]
    return View(
        draw=lambda width: by_language(
            rows, summaries, title=title, width=width, leaks=found.leaks
        ),
        document={**document.tables(rows, summaries), "means": document.means(summaries)},
    )


def win_map(found: Board, *, without_leakage: bool) -> View:
    """Return who is ahead in every cell, counted with or without same-data ones."""
    from xharness.report import winmap

    return View(
        draw=lambda width: winmap.win_map(
            found.summaries,
            title=f"{found.plan.suite}: {found.plan.model}",
            width=width,
            leaks=found.leaks,
            without_leakage=without_leakage,
            afterwards=found.afterwards,
        ),
        document={
            "suite": found.plan.suite,
            "model": found.plan.model,
            "map": winmap.win_rows(found.summaries, found.leaks),
        },
    )


def consistency(found: Board, store: Store, tasks: Mapping[str, Task], target: str | None) -> View:
    """Return how far languages agree, with every pair of them where one target is asked for.

    Raises:
        StoreError: If the plan has no such target.
    """
    if target is not None:
        _known(found, target)
    from xharness.analysis import consistency as agreeing
    from xharness.report.consistency import consistency as drawn

    measured = agreeing.measure(_only(found.plan, target), store, tasks)
    return View(
        draw=lambda width: drawn(
            measured,
            title=f"{found.plan.suite}: {found.plan.model}",
            width=width,
            leaks=found.leaks,
            matrices=target is not None,
        ),
        document={
            "suite": found.plan.suite,
            "model": found.plan.model,
            "consistency": [asdict(row) for row in measured.rows],
            "left_out": dict(measured.left_out),
        },
    )


def audit(found: Board, store: Store, target: str | None) -> View:
    """Return what other selection rules, run before, would have shown.

    Raises:
        StoreError: If the plan has no such target.
    """
    if target is not None:
        _known(found, target)
    from xharness.analysis import selection_audit as auditing
    from xharness.report.audit import audit as drawn

    plans = [planning.read(content) for content in store.plans().values()]
    made = auditing.collect(_only(found.plan, target), plans, store)
    return View(
        draw=lambda width: drawn(
            made,
            title=f"{found.plan.suite}: {found.plan.model}",
            width=width,
            leaks=found.leaks,
        ),
        document={
            "suite": found.plan.suite,
            "model": found.plan.model,
            "rules": list(made.rules),
            "same_checkpoints": made.alike,
            "seeds": list(made.seeds),
            "audit": [asdict(row) for row in made.rows],
            "flips": [asdict(flip) for flip in made.flips],
        },
    )


def _only(plan: Plan, target: str | None) -> Plan:
    """Return a plan with one target only, or as it is."""
    if target is None:
        return plan
    return replace(
        plan,
        targets=tuple(t for t in plan.targets if t.name == target),
        answers=tuple(a for a in plan.answers if a.target == target),
        further=tuple(a for a in plan.further if a.target == target),
        dev=tuple(a for a in plan.dev if a.target == target),
    )


def _known(found: Board, target: str) -> None:
    """Do nothing if the plan has this target.

    Raises:
        StoreError: If it has not.
    """
    known = [t.name for t in found.plan.targets]
    if target not in known:
        raise StoreError(f"--target: the plan has no target {target!r}; {nearest(target, known)}")
