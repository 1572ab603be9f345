"""Whether a model predicts the same in every language: agreement on parallel targets.

Predicted labels are compared directly. Answers to questions are in different languages, so for
these it is compared whether they are right. Tagging and retrieval have no parallel items.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean
from typing import Any

from xharness import metrics
from xharness.keys import Key
from xharness.planning.contrasts import Entry
from xharness.planning.plan import Answer, Plan, TargetFacts
from xharness.store.artifacts import Artifact
from xharness.store.store import Store
from xharness.tasks import RANKED, Kind, Task

LABELLED = RANKED
"""Kinds whose predictions can be compared directly, across languages."""
SAME_GOLD = 0.95
"""Share of items that need the same right label in two languages for these to count as parallel.
Translated data sets have nearly 1; unrelated rows at the same positions have far less."""

Predictions = Mapping[str, Hashable]
"""Item to what is compared: the predicted label, or whether the answer is right."""
Rankings = Mapping[str, tuple[Hashable, ...]]
"""Item to its labels or choices, the most likely first; no items if rankings were not stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """How far one row's predictions agree in two languages, averaged over seeds."""

    languages: tuple[str, str]
    n: int
    """Number of items that both languages have."""
    agreement: float
    """Percent of these items with equal predictions."""
    kappa: float | None
    """Mean of Cohen's kappa; None if under some seed every answer in both languages is the same."""
    rank_c: float | None = None
    """Mean of RankC, 0 to 1; None where rankings were not stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """How far the predictions of one row on one parallel target agree between languages."""

    strategy: str
    intermediates: str
    target: str
    compared: str
    """"labels" or "right answers"."""
    pairs: tuple[Pair, ...]
    agreement: float
    """Percent, mean over pairs of languages."""
    kappa: float | None
    """Mean over pairs of languages; None unless all pairs have a kappa."""
    rank_c: float | None
    """Mean over pairs of languages; None unless all pairs have one."""
    everywhere: float | None
    """Percent of the `n` items with the same prediction in all languages; None if n is 0."""
    n: int
    """Number of items that all languages have."""
    seeds: int
    """Number of seeds with predictions in every language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanConsistency:
    """The consistency of every row that has it, and why other targets were left out."""

    rows: tuple[Consistency, ...]
    left_out: Mapping[str, str]
    """Target to the reason."""


def measure(plan: Plan, store: Store, tasks: Mapping[str, Task]) -> PlanConsistency:
    """Return the consistency of every row of a plan on every parallel target.

    Args:
        plan: What was compared.
        store: Holds the predictions and scores.
        tasks: Every loaded task; a target without one is left out.
    """
    rows: list[Consistency] = []
    left_out: dict[str, str] = {}
    for target in plan.targets:
        task = tasks.get(target.name)
        if task is None:
            left_out[target.name] = "no plugin offers the task"
        elif task.kind not in {*LABELLED, Kind.SPAN_QA}:
            left_out[target.name] = f"{task.kind.value} has no parallel items"
        elif reason := _not_parallel(plan, store, target, task):
            left_out[target.name] = reason
        else:
            rows += _of_target(plan, store, target, task)
    return PlanConsistency(rows=tuple(rows), left_out=left_out)


def _of_target(plan: Plan, store: Store, target: TargetFacts, task: Task) -> list[Consistency]:
    """Return the rows of one target that have a seed with predictions in every language."""
    seeds: dict[Entry, list[dict[str, tuple[Predictions, Rankings]]]] = {}
    for (row, _), answers in _cells(plan, target.name).items():
        predicted = {a.language: _predicted(store, a, task) for a in answers}
        there = {language: items for language, items in predicted.items() if items is not None}
        if len(there) == len(target.languages):
            seeds.setdefault(row, []).append(there)
    return [_consistency(row, target, task, answered) for row, answered in seeds.items()]


def _cells(plan: Plan, target: str) -> dict[tuple[Entry, int], list[Answer]]:
    """Return the answers of a target by row and seed."""
    cells: dict[tuple[Entry, int], list[Answer]] = {}
    for answer in plan.answers:
        if answer.target == target:
            cells.setdefault((answer.on_target.entry, answer.seed), []).append(answer)
    return cells


def _consistency(
    row: Entry,
    target: TargetFacts,
    task: Task,
    answered: Sequence[Mapping[str, tuple[Predictions, Rankings]]],
) -> Consistency:
    """Return one row's consistency, from language to predictions and rankings for each seed."""
    from xharness import stats

    seeds = [{name: said for name, (said, _) in by.items()} for by in answered]
    ranked = [{name: ranks for name, (_, ranks) in by.items()} for by in answered]
    pairs = tuple(
        replace(pair, rank_c=_rank_c([(ranks[a], ranks[b]) for ranks in ranked]))
        for a, b in combinations(target.languages, 2)
        if (pair := _pair((a, b), [(said[a], said[b]) for said in seeds]))
    )
    alike_ranked = [p.rank_c for p in pairs if p.rank_c is not None]
    first = [seeds[0][language] for language in target.languages]
    common = [item for item in first[0] if all(item in said for said in first)]
    kappas = [p.kappa for p in pairs if p.kappa is not None]
    alike = [
        stats.agreement([[said[name][item] for item in common] for name in target.languages])
        for said in seeds
    ]
    everywhere = [share for share in alike if share is not None]
    return Consistency(
        **row._asdict(),
        target=target.name,
        compared="labels" if task.kind in LABELLED else "right answers",
        pairs=pairs,
        agreement=fmean(p.agreement for p in pairs),
        kappa=fmean(kappas) if len(kappas) == len(pairs) else None,
        rank_c=fmean(alike_ranked) if alike_ranked and len(alike_ranked) == len(pairs) else None,
        everywhere=fmean(everywhere) if everywhere else None,
        n=len(common),
        seeds=len(seeds),
    )


def _pair(
    languages: tuple[str, str], seeds: Sequence[tuple[Predictions, Predictions]]
) -> Pair | None:
    """Return how far two languages agree; None if they have no item in common."""
    from xharness import stats

    common = [item for item in seeds[0][0] if item in seeds[0][1]]
    if not common:
        return None
    lists = [([a[item] for item in common], [b[item] for item in common]) for a, b in seeds]
    kappas = [k for a, b in lists if (k := stats.kappa(a, b)) is not None]
    return Pair(
        languages=languages,
        n=len(common),
        agreement=fmean(stats.agreement([a, b]) or 0.0 for a, b in lists),
        kappa=fmean(kappas) if len(kappas) == len(lists) else None,
    )


def _rank_c(seeds: Sequence[tuple[Rankings, Rankings]]) -> float | None:
    """Return RankC of two languages, averaged over seeds.

    It is None without rankings, or if the choices differ between the languages.
    """
    from xharness import stats

    correlations: list[float] = []
    for ours, theirs in seeds:
        common = [item for item in ours if item in theirs]
        try:
            value = stats.rank_c([ours[i] for i in common], [theirs[i] for i in common])
        except ValueError:
            return None
        if value is not None:
            correlations.append(value)
    return fmean(correlations) if len(correlations) == len(seeds) else None


def _not_parallel(plan: Plan, store: Store, target: TargetFacts, task: Task) -> str | None:
    """Return why the items of a target's languages do not correspond; None if they do."""
    if len(target.languages) < 2:
        return "has one language"
    golds: dict[str, Mapping[str, str]] = {}
    for answer in plan.answers:
        if answer.target == target.name and answer.language not in golds:
            lines = stored_lines(store, answer)
            if lines is not None:
                golds[answer.language] = {r["item"]: str(r["gold"]) for r in lines}
    if len(golds) < len(target.languages):
        return "some languages have no scores yet"
    pairs = [(a, b, golds[a].keys() & golds[b].keys()) for a, b in combinations(golds, 2)]
    for a, b, common in pairs if task.kind in LABELLED else ():
        if sum(golds[a][item] == golds[b][item] for item in common) < SAME_GOLD * len(common):
            return f"items of {a} and {b} differ in their right labels"
    return None if any(common for *_, common in pairs) else "no item is there in two languages"


def _predicted(store: Store, answer: Answer, task: Task) -> tuple[Predictions, Rankings] | None:
    """Return the predictions and rankings behind a score; None if the store lacks them."""
    score = store.find(answer.key)
    if score is None:
        return None
    if task.kind in LABELLED:
        lines = stored_lines(store, answer)
        if lines is None:
            return None
        ranked = {r["item"]: tuple(r["ranking"]) for r in lines if "ranking" in r}
        return {r["item"]: r["prediction"] for r in lines}, ranked
    stored = score.json("statistics.json")
    pairs = zip(stored["items"], stored["statistics"], strict=True)
    # An answer is right if its item alone scores 100 percent; the rest is rounding of floats.
    return {item: metrics.score(task.metric, row) > 100 - 1e-9 for item, row in pairs}, {}


def stored_lines(store: Store, answer: Answer) -> list[dict[str, Any]] | None:
    """Return the rows of predictions.jsonl behind a score; None if the store lacks them."""
    score = store.find(answer.key)
    predictions: Artifact | None = None
    if score is not None:
        predictions = store.find(Key(score.manifest["inputs"][0]))
    return None if predictions is None else list(predictions.lines("predictions.jsonl"))
