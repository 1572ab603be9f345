"""The results of a comparison, averaged over groups of languages such as language families."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from xharness import languages
from xharness.analysis.results import Result
from xharness.languages import FEWEST, By, Language
from xharness.planning.contrasts import TargetEntry
from xharness.planning.plan import Plan, TargetFacts
from xharness.planning.request import BASELINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One row's result in one group of a target's languages; the source language is in no group."""

    strategy: str
    intermediates: str
    target: str
    group: str
    languages: tuple[str, ...]
    """Languages of the group that have the scores of all seeds."""
    n: int
    """Examples that one seed is scored on, in all these languages together."""
    mean: float | None
    """Percent: the unweighted mean over seeds and languages; None with fewer than `FEWEST`
    languages, or if a language lacks a score."""
    delta: float | None
    """Points ahead of `none` on the same languages; None for `none` itself."""
    signature: str
    """Signature of the metric."""
    missing: int
    """Number of languages of the group that lack the score of a seed."""


def by(
    plan: Plan,
    results: Sequence[Result],
    what: By,
    known: Mapping[str, Language] | None = None,
) -> tuple[Group, ...]:
    """Return each row's result in each group of languages, the largest group of a target first.

    Languages of which the property is unknown come last, in groups of their own.

    Args:
        plan: What was compared.
        results: The plan's scores that the store has.
        what: The property by which languages are grouped.
        known: Every described language; None for those of the table.
    """
    rows = list(dict.fromkeys(a.on_target.entry for a in plan.answers))
    scores: dict[TargetEntry, dict[str, list[Result]]] = {}
    for result in results:
        scores.setdefault(result.on_target, defaultdict(list))[result.language].append(result)
    whole = {
        place: {name: rs for name, rs in scored.items() if len(rs) == len(plan.seeds)}
        for place, scored in scores.items()
    }
    return tuple(
        _group(whole, place, (target, name, codes))
        for target in plan.targets
        for name, codes in members(target, what, known).items()
        for row in rows
        if (place := row.on(target.name)) in scores
    )


def members(
    target: TargetFacts, what: By, known: Mapping[str, Language] | None = None
) -> Mapping[str, list[str]]:
    """Return group to the target's languages in it, without the source language."""
    groups: dict[str, list[str]] = defaultdict(list)
    for code in target.languages:
        if code != target.source_language:
            name = languages.group(code, what, known, source=target.source_language)
            groups[name].append(code)
    unknown = (languages.UNSAID, languages.ELSEWHERE)
    order = sorted(groups, key=lambda g: (g in unknown, -len(groups[g]), g))
    return {name: groups[name] for name in order}


def _group(
    whole: Mapping[TargetEntry, Mapping[str, Sequence[Result]]],
    place: TargetEntry,
    which: tuple[TargetFacts, str, Sequence[str]],
) -> Group:
    """Return one row's result in one group.

    Args:
        whole: Row on a target to language to results, of the languages with every seed.
        place: The row, on a target.
        which: The target, the name of the group and its languages.
    """
    target, title, codes = which
    scored = whole[place]
    there = tuple(code for code in codes if code in scored)
    baselines = (p for p in whole if p.strategy == BASELINE and p.target == place.target)
    base = next((whole[p] for p in baselines), {})
    mean = delta = None
    if FEWEST <= len(there) == len(codes):
        mean = _mean(scored, there)
        if place.strategy != BASELINE and set(there) <= base.keys():
            delta = mean - _mean(base, there)
    return Group(
        **place._asdict(),
        group=title,
        languages=there,
        n=sum(scored[code][0].n for code in there),
        mean=mean,
        delta=delta,
        signature=target.signature,
        missing=len(codes) - len(there),
    )


def _mean(scored: Mapping[str, Sequence[Result]], codes: Sequence[str]) -> float:
    """Return the mean over seeds and languages."""
    return fmean(r.score for code in codes for r in scored[code])
