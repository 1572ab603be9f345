"""Scores that were computed again, and those that are not as stored."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from xharness.report.table import Column, heading, safe, table
from xharness.report.view import View
from xharness.report.wording import count

if TYPE_CHECKING:
    from xharness.analysis.rescore import Rescored


def rescored(scores: Rescored) -> View:
    """Return what became of every score."""
    return View(draw=lambda _: _drawn(scores), document=asdict(scores))


def _drawn(scores: Rescored) -> RenderableType:
    """Return what people see."""
    parts: list[RenderableType] = []
    if scores.differences:
        columns = [
            *(Column(name=n) for n in ("key", "task", "language", "score")),
            *(Column(name=n, number=True) for n in ("stored", "recomputed")),
        ]
        rows = [
            [d.key[:10], d.task, d.language, d.score, _number(d.stored), _number(d.recomputed)]
            for d in scores.differences
        ]
        parts += [table(columns, rows, title="scores that differ"), Text()]
    if scores.not_recomputed:
        parts += [heading("not recomputed"), Text()]
        parts += [Text(f"{u.key[:10]}  {safe(u.reason)}") for u in scores.not_recomputed]
        parts += [Text()]
    wrong = len({d.key for d in scores.differences})
    parts.append(
        Text(
            f"{count(scores.scores, 'score')}: {wrong} differ, "
            f"{len(scores.not_recomputed)} not recomputed"
        )
    )
    return Group(*parts)


def _number(value: float | None) -> str:
    """Return a number with all digits that may differ."""
    return "-" if value is None else f"{value:.6f}"
