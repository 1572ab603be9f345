"""Does a model say the same in every language? Agreement on the items of parallel targets.

Labels are compared as they are; answers of question answering differ in words, so there the
comparison is of being right. Sentences of tagging and retrieval are not parallel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from xharness import metrics
from xharness.artifacts import Artifact
from xharness.canonical import Key
from xharness.plan import Answer, Plan, TargetFacts
from xharness.store import Store
from xharness.tasks import Kind, Task

LABELLED = frozenset({Kind.CLASSIFICATION, Kind.MULTIPLE_CHOICE})
"""Kinds whose predictions can be compared as they are."""
SAME_GOLD = 0.95
"""Share of items with one right label in two languages, above which these are parallel: data
sets that are translations have nearly 1, and rows that only stand in the same place far less."""

Said = Mapping[str, Hashable]
"""Item to what is compared: the label, or whether the answer was right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two languages under one row, averaged over seeds."""

    languages: tuple[str, str]
    n: int
    """Items that both have."""
    agreement: float
    """Percent of the items."""
    kappa: float | None
    """Mean of Cohen's kappa; None where some seed says one thing only in both languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """One strategy with one arm on one parallel target."""

    strategy: str
    intermediates: str
    target: str
    compared: str
    """"labels" or "right answers"."""
    pairs: tuple[Pair, ...]
    agreement: float
    """Percent, mean over pairs of languages."""
    kappa: float | None
    """Mean over pairs; None unless all have one."""
    everywhere: float | None
    """Percent of the items that all languages have on which all agree; None without items."""
    n: int
    """Items that all languages have."""
    seeds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What could be measured, and why the rest could not."""

    rows: tuple[Consistency, ...]
    left_out: Mapping[str, str]
    """Target to the reason."""


def agreement(a: Sequence[Hashable], b: Sequence[Hashable]) -> float:
    """Return the share of places in which two sequences are equal, 0 to 1.

    Raises:
        ValueError: If they are empty, or not equally long.
    """
    if not a or len(a) != len(b):
        raise ValueError(f"need two equally long sequences, got {len(a)} and {len(b)} values")
    return sum(x == y for x, y in zip(a, b, strict=True)) / len(a)


def kappa(a: Sequence[Hashable], b: Sequence[Hashable]) -> float | None:
    """Return Cohen's kappa: agreement beyond chance, 1 for equal, 0 for chance.

    Args:
        a: Labels of items.
        b: Labels of the same items, in the same order.

    Returns:
        Kappa; None where both have one and the same label only, as chance then explains all.

    Raises:
        ValueError: If they are empty, or not equally long.

    Source:
        Cohen 1960, A coefficient of agreement for nominal scales, equation 1.
    """
    observed = agreement(a, b)
    left, right = Counter(a), Counter(b)
    chance = sum(times * right[label] for label, times in left.items()) / len(a) ** 2
    return None if chance == 1 else (observed - chance) / (1 - chance)


def unanimous(rows: Sequence[Sequence[Hashable]]) -> float:
    """Return the share of places in which all of several equally long sequences are equal.

    Raises:
        ValueError: If there are no values.
    """
    columns = list(zip(*rows, strict=True))
    if not columns:
        raise ValueError("need at least one value in each sequence")
    return sum(len(set(column)) == 1 for column in columns) / len(columns)


def measure(plan: Plan, store: Store, tasks: Mapping[str, Task]) -> Measured:
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
    return Measured(rows=tuple(rows), left_out=left_out)


def _of_target(plan: Plan, store: Store, target: TargetFacts, task: Task) -> list[Consistency]:
    """Return the rows of one target, those with a complete seed."""
    seeds: dict[tuple[str, str], list[dict[str, Said]]] = {}
    for (strategy, arm, _), answers in _cells(plan, target.name).items():
        said = {a.language: _said(store, a, task) for a in answers}
        there = {language: items for language, items in said.items() if items is not None}
        if len(there) == len(target.languages):
            seeds.setdefault((strategy, arm), []).append(there)
    return [_consistency(row, target, task, found) for row, found in seeds.items()]


def _cells(plan: Plan, target: str) -> dict[tuple[str, str, int], list[Answer]]:
    """Return the answers of a target by strategy, arm and seed."""
    found: dict[tuple[str, str, int], list[Answer]] = {}
    for answer in plan.answers:
        if answer.target == target:
            found.setdefault((answer.strategy, answer.intermediates, answer.seed), []).append(
                answer
            )
    return found


def _consistency(
    row: tuple[str, str], target: TargetFacts, task: Task, seeds: Sequence[Mapping[str, Said]]
) -> Consistency:
    """Return one row's consistency from what it says, seed by seed and language by language."""
    pairs = tuple(
        pair
        for a, b in combinations(target.languages, 2)
        if (pair := _pair((a, b), [(said[a], said[b]) for said in seeds]))
    )
    first = [seeds[0][language] for language in target.languages]
    common = [item for item in first[0] if all(item in said for said in first)]
    kappas = [p.kappa for p in pairs if p.kappa is not None]
    everywhere = [
        unanimous([[said[language][item] for item in common] for language in target.languages])
        for said in (seeds if common else ())
    ]
    return Consistency(
        strategy=row[0],
        intermediates=row[1],
        target=target.name,
        compared="labels" if task.kind in LABELLED else "right answers",
        pairs=pairs,
        agreement=fmean(p.agreement for p in pairs),
        kappa=fmean(kappas) if len(kappas) == len(pairs) else None,
        everywhere=100 * fmean(everywhere) if everywhere else None,
        n=len(common),
        seeds=len(seeds),
    )


def _pair(languages: tuple[str, str], seeds: Sequence[tuple[Said, Said]]) -> Pair | None:
    """Return how far two languages agree; None if they have no item in common."""
    common = [item for item in seeds[0][0] if item in seeds[0][1]]
    if not common:
        return None
    lists = [([a[item] for item in common], [b[item] for item in common]) for a, b in seeds]
    kappas = [k for a, b in lists if (k := kappa(a, b)) is not None]
    return Pair(
        languages=languages,
        n=len(common),
        agreement=100 * fmean(agreement(a, b) for a, b in lists),
        kappa=fmean(kappas) if len(kappas) == len(lists) else None,
    )


def _not_parallel(plan: Plan, store: Store, target: TargetFacts, task: Task) -> str | None:
    """Return why the items of a target's languages do not correspond; None if they do."""
    if len(target.languages) < 2:
        return "has one language"
    golds: dict[str, Mapping[str, str]] = {}
    for answer in plan.answers:
        if answer.target == target.name and answer.language not in golds:
            found = _lines(store, answer)
            if found is not None:
                golds[answer.language] = {r["item"]: str(r["gold"]) for r in found}
    if len(golds) < len(target.languages):
        return "some languages have no scores yet"
    pairs = [(a, b, golds[a].keys() & golds[b].keys()) for a, b in combinations(golds, 2)]
    for a, b, common in pairs if task.kind in LABELLED else ():
        if sum(golds[a][item] == golds[b][item] for item in common) < SAME_GOLD * len(common):
            return f"items of {a} and {b} differ in their right labels"
    return None if any(common for *_, common in pairs) else "no item is there in two languages"


def _said(store: Store, answer: Answer, task: Task) -> Said | None:
    """Return what is compared, item by item; None if the store has no such score."""
    score = store.find(answer.key)
    if score is None:
        return None
    if task.kind in LABELLED:
        found = _lines(store, answer)
        return None if found is None else {r["item"]: r["prediction"] for r in found}
    stored = score.json("statistics.json")
    pairs = zip(stored["items"], stored["statistics"], strict=True)
    return {item: metrics.score(task.metric, row) > 100 - 1e-9 for item, row in pairs}


def _lines(store: Store, answer: Answer) -> list[dict[str, str]] | None:
    """Return the predictions behind a score."""
    score = store.find(answer.key)
    predictions: Artifact | None = None
    if score is not None:
        predictions = store.find(Key(score.manifest["inputs"][0]))
    return None if predictions is None else list(predictions.lines("predictions.jsonl"))
