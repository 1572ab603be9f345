"""The parts of what --json prints, as plain values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xharness.analysis.best_arm import BestArm
    from xharness.analysis.diagnostics import PlanDiagnostic
    from xharness.analysis.leakage import Leaks
    from xharness.analysis.numerics import Numerics
    from xharness.analysis.results import Result, Summary
    from xharness.planning.contrasts import TargetEntry
    from xharness.planning.plan import Plan

RESULT = (
    "strategy", "intermediates", "target", "language", "seed", "score", "n", "signature", "key",
)  # fmt: skip
SUMMARY = (
    "strategy", "intermediates", "target", "rows", "mean", "mean_non_english", "delta", "low",
    "high", "against", "p", "p_holm", "detectable", "detectable_holm", "seeds_needed",
    "low_at_large", "high_at_large", "near_far", "near_far_low", "near_far_high", "near_far_p",
    "near_far_p_holm", "rank", "rank_low", "rank_high",
)  # fmt: skip


def other_sources(plan: Plan) -> dict[str, Any]:
    """Return whose rows replace an intermediate task's, and which data sets are of equal size."""
    return {
        "sourced": [asdict(s) for s in plan.sourced],
        "held": [asdict(h) for h in plan.held],
    }


def tables(results: Sequence[Result], summaries: Sequence[Summary]) -> dict[str, Any]:
    """Return results and summaries as rows."""
    return {
        "results": [_row(asdict(r), RESULT) for r in results],
        "summary": [{**_row(asdict(s), SUMMARY), "significant": s.significant} for s in summaries],
    }


def means(summaries: Sequence[Summary]) -> list[dict[str, Any]]:
    """Return XTREME's means and the transfer gap, one object per cell."""
    return [
        {
            "strategy": s.strategy,
            "intermediates": s.intermediates,
            "target": s.target,
            "xtreme_mean": s.xtreme and s.xtreme.mean,
            "xtreme_mean_non_english": s.xtreme and s.xtreme.mean_non_english,
            "xtreme_delta": s.xtreme and s.xtreme.delta,
            "transfer_gap": s.gap,
        }
        for s in summaries
    ]


def averages(
    summaries: Sequence[Summary], without: Collection[TargetEntry]
) -> list[dict[str, Any]]:
    """Return the average of each row over targets, without the cells in `without`."""
    from xharness.analysis import averages as over_targets

    return [
        {**row._asdict(), **asdict(average)}
        for row, average in over_targets.averages(summaries, without).items()
    ]


def best_arms(chosen: Sequence[BestArm]) -> list[dict[str, Any]]:
    """Return the arms chosen on development rows, each with its summary on test rows."""
    return [
        {**asdict(best), "test": best.test and _row(asdict(best.test), SUMMARY)} for best in chosen
    ]


def same_data(leaks: Leaks) -> list[dict[str, Any]]:
    """Return the cells with same-data supervision, one object each."""
    return [
        {"strategy": strategy, "intermediates": arm, "target": target, "tasks": list(tasks)}
        for (strategy, arm, target), tasks in leaks.cells.items()
    ]


def same_text(leaks: Leaks) -> list[dict[str, Any]]:
    """Return the cells that are trained on text which the target was made of, as rows."""
    return [
        {"strategy": strategy, "intermediates": arm, "target": target, "made_of": list(texts)}
        for (strategy, arm, target), texts in leaks.texts.items()
    ]


def numerics(found: Numerics) -> dict[str, Any]:
    """Return what rows were computed with, and which contrasts are between different classes."""
    return {
        "classes": list(dict.fromkeys(n for names in found.classes.values() for n in names)),
        "hardware": list(found.hardware),
        "mixed": [
            {"strategy": strategy, "intermediates": arm, "target": target, "classes": list(names)}
            for (strategy, arm, target), names in found.mixed.items()
        ],
    }


def notes(diagnostics: Sequence[PlanDiagnostic]) -> list[dict[str, Any]]:
    """Return what is suspicious as rows, each with the numbers that it concerns."""
    return [
        {
            **asdict(one.diagnostic),
            "key": one.key,
            "strategies": [{"strategy": s, "intermediates": arm} for s, arm in one.rows],
            "seeds": list(one.seeds),
        }
        for one in diagnostics
    ]


def _row(values: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return some of the values, in the order of the names."""
    return {name: values[name] for name in names}
