"""Cells of a leaderboard, made by hand: one row on one target, tested or not."""

from __future__ import annotations

from typing import Any

from xharness.analysis.results import Summary


def scored(target: str, mean: float | None = 40.0, **changes: Any) -> Summary:
    """Return a cell of `none`, which others are compared with; five seeds, three languages."""
    fields: dict[str, Any] = {"strategy": "none", "intermediates": "-", "seeds": 5, **changes}
    return Summary(
        **{
            "mean_non_english": mean,
            "delta": None,
            "low": None,
            "high": None,
            "languages": 3,
            "n": 900,
            "signature": "accuracy@1",
            "target": target,
            "mean": mean,
            **fields,
        }
    )


def ahead(
    target: str,
    points: float | None,
    *,
    found: bool | None = False,
    needs: float | None = 2.0,
    row: tuple[str, str] = ("english", "mnli"),
    **changes: Any,
) -> Summary:
    """Return a cell that is so many points ahead of `none`.

    Args:
        target: What both were tested on.
        points: None if either lacks a mean.
        found: Whether the difference is significant; None if it could not be tested.
        needs: Points that would have been found.
        row: Strategy and arm.
        changes: Further fields.
    """
    tested = found is not None and points is not None
    fields: dict[str, Any] = {
        "strategy": row[0],
        "intermediates": row[1],
        "against": "none",
        "delta": points,
        "p_holm": (0.01 if found else 0.4) if tested else None,
        "detectable_holm": needs if tested else None,
        **changes,
    }
    return scored(target, None if points is None else 40.0 + points, **fields)
