"""How much the choice of checkpoints matters: one comparison under several selection rules.

Rules differ only in which kept checkpoint they test (Keung et al. 2020, Don't Use English Dev). The
rules are those of one plan, and those of other plans in its store that asked for more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from xharness.analysis import results
from xharness.analysis.results import Result
from xharness.planning import plan as planning
from xharness.planning.checkpoints import TARGET_DEV
from xharness.planning.contrasts import Entry, TargetEntry
from xharness.planning.plan import Plan
from xharness.store.store import Store

ORACLE = TARGET_DEV
"""The rule that reads the target language's own development set; others are compared with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRow:
    """The means of one cell under every rule."""

    strategy: str
    intermediates: str
    target: str
    means: Mapping[str, float | None]
    """Rule to percent, the mean over seeds and all languages of the target; None if a language
    lacks a score under this rule."""
    spread: float | None
    """Points between the highest and the lowest mean; None with fewer than two."""
    oracle_gap: Mapping[str, float | None]
    """Rule to the points by which `ORACLE` is ahead of it; empty if `ORACLE` was not run."""
    most: tuple[str, float] | None
    """The language whose score depends most on the rule, and by how many points; None if no
    score depends on it."""
    languages: int
    """Number of languages of the target."""
    signature: str
    """Signature of the metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """Two rows of a target whose order depends on the rule."""

    target: str
    ours: Entry
    theirs: Entry
    differences: Mapping[str, float]
    """Rule to the points by which `ours` is ahead of `theirs`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """How the leaderboard depends on the selection rule."""

    rules: tuple[str, ...]
    seeds: tuple[int, ...]
    """Seeds that were run under every rule."""
    rows: tuple[AuditedRow, ...]
    flips: tuple[Flip, ...]
    same_checkpoints: bool
    """Whether all rules test the same checkpoints, as they do if trainings keep only one."""


def collect(plan: Plan, others: Sequence[Plan], store: Store) -> Audit:
    """Return a comparison under its own rules and under those of other plans.

    Args:
        plan: The comparison.
        others: Plans of the same store, the latest last. Plans that differ in more than the rule
            are ignored; of several plans with the same rule the latest counts.
        store: Holds the scores.
    """
    own = {rule: planning.under(plan, rule) for rule in plan.rules}
    more = {
        rule: planning.under(other, rule)
        for other in others
        if _comparable(plan, other)
        for rule in other.rules
        if rule not in own
    }
    plans = {**own, **more}
    seeds = tuple(s for s in plan.seeds if all(s in p.seeds for p in plans.values()))
    by_rule = {
        rule: [r for r in results.collect(p, store) if r.seed in seeds] for rule, p in plans.items()
    }
    means = {rule: _means(scored, len(seeds)) for rule, scored in by_rule.items()}
    rows = tuple(_audited(plan, means))
    return Audit(
        rules=tuple(plans),
        seeds=seeds,
        rows=rows,
        flips=tuple(flips(rows)),
        same_checkpoints=not more and planning.same_checkpoints(plan),
    )


def _comparable(plan: Plan, other: Plan) -> bool:
    """Return whether two plans have equal settings but for the selection rule and their rows."""
    return all(
        getattr(plan, name) == getattr(other, name)
        for name in (
            *("suite", "model", "recipe", "settings", "limit_train", "limit_eval", "match"),
            "origin",
        )
    ) and bool({*plan.seeds} & {*other.seeds})


Means = Mapping[tuple[TargetEntry, str], float]
"""(cell, language) to percent."""


def _means(scored: Sequence[Result], seeds: int) -> Means:
    """Return the mean over seeds, for every cell and language that has all of them."""
    scores: dict[tuple[TargetEntry, str], list[float]] = {}
    for r in scored:
        place = (r.on_target, r.language)
        scores.setdefault(place, []).append(r.score)
    return {place: fmean(values) for place, values in scores.items() if len(values) == seeds}


def _audited(plan: Plan, means: Mapping[str, Means]) -> Iterator[AuditedRow]:
    """Yield every cell of a plan with its mean under each rule."""
    targets = {t.name: t for t in plan.targets}
    for row in dict.fromkeys(a.on_target for a in plan.answers):
        target = targets[row.target]
        by_rule = {
            rule: [scores.get((row, language)) for language in target.languages]
            for rule, scores in means.items()
        }
        whole = {
            rule: fmean(v for v in values if v is not None) if None not in values else None
            for rule, values in by_rule.items()
        }
        there = [mean for mean in whole.values() if mean is not None]
        yield AuditedRow(
            **row._asdict(),
            means=whole,
            spread=max(there) - min(there) if len(there) > 1 else None,
            oracle_gap=oracle_gaps(whole),
            most=moved_most(target.languages, list(by_rule.values())),
            languages=len(target.languages),
            signature=target.signature,
        )


def oracle_gaps(means: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return rule to the points by which `ORACLE` is ahead of it; empty without `ORACLE`."""
    oracle = means.get(ORACLE)
    if oracle is None:
        return {}
    return {
        rule: None if mean is None else oracle - mean
        for rule, mean in means.items()
        if rule != ORACLE
    }


def moved_most(
    languages: Sequence[str], by_rule: Sequence[Sequence[float | None]]
) -> tuple[str, float] | None:
    """Return the language whose score depends most on the rule, and the spread of its scores.

    It is None if no language's score depends on the rule.

    Args:
        languages: Codes.
        by_rule: [rule][language] scores in percent, None where one is missing.
    """
    spreads = {}
    for language, *values in zip(languages, *by_rule, strict=True):
        there = [v for v in values if v is not None]
        if len(set(there)) > 1:
            spreads[language] = max(there) - min(there)
    return max(spreads.items(), key=lambda spread: spread[1], default=None)


def flips(rows: Sequence[AuditedRow]) -> Iterator[Flip]:
    """Yield every pair of rows on a target whose order is not the same under all rules."""
    for ours, theirs in combinations(rows, 2):
        if ours.target != theirs.target:
            continue
        differences = {
            rule: mean - other
            for rule, mean in ours.means.items()
            if mean is not None and (other := theirs.means.get(rule)) is not None
        }
        signs = {d > 0 for d in differences.values() if d}
        if len(signs) > 1:
            yield Flip(
                target=ours.target,
                ours=TargetEntry.of(ours).entry,
                theirs=TargetEntry.of(theirs).entry,
                differences=differences,
            )
