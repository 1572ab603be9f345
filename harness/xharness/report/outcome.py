"""Lines above and below the leaderboard: what was compared, and what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from xharness.phases import describe
from xharness.report.table import safe
from xharness.report.wording import count

if TYPE_CHECKING:
    from xharness.execution.events import Outcome
    from xharness.planning.plan import Plan


def subtitle(plan: Plan) -> str:
    """Return suite, origin of the rows, limits, recipe and seeds in one line."""
    parts = [plan.title, f"recipe {plan.recipe}", f"checkpoint: {plan.selection}"]
    if plan.origin:
        parts.insert(1, f"rows: {plan.origin}")
    if plan.limit_train is not None:
        parts.append(f"at most {plan.limit_train:,} training rows")
    if plan.limit_eval is not None:
        parts.append(f"at most {plan.limit_eval:,} items per language")
    if plan.match:
        parts.append(f"equal {plan.match}")
    seeds = ", ".join(str(seed) for seed in plan.seeds)
    parts.append("one seed" if len(plan.seeds) == 1 else f"seeds {seeds}")
    parts += [line.partition(": left out")[0] + " left out" for line in plan.left_out]
    return "; ".join(parts)


SAME_CHECKPOINTS = (
    "All rules test the same checkpoints: each training kept one; --set recipe.keep=4 keeps four, "
    "and trains again."
)
"""Why several selection rules give the same result."""


def rule_lines(plan: Plan) -> list[str]:
    """Return which selection rule a table shows, and where the others are; empty if one was run."""
    shown, *others = plan.rules
    if not others:
        return []
    from xharness.planning.plan import same_checkpoints

    line = f"Checkpoints chosen by {shown}; leaderboard --audit shows {', '.join(others)} too."
    return [line, *([SAME_CHECKPOINTS] if same_checkpoints(plan) else [])]


def source_lines(plan: Plan) -> list[str]:
    """Return whose rows replace an intermediate task's, and which data sets are of equal size."""
    lines = [
        f"{s.strategy}: {s.task} in {', '.join(s.languages)}, machine-translated by {s.translator}."
        if s.translator
        else f"{s.strategy}: {s.rows} in place of {s.task}, real rows in {', '.join(s.languages)}."
        for s in plan.sourced
    ]
    lines += [
        f"Equal data: {', '.join(h.tasks)} give {h.rows:,} training rows each, as many as "
        f"{h.smallest} has."
        for h in plan.held
    ]
    return list(dict.fromkeys(lines))


def failures(outcome: Outcome) -> RenderableType:
    """Return which phases failed and why, and how many were not run because of them."""
    lines = [
        Text(f"failed: {safe(describe(e.phase))} ({e.key[:10]})\n  {_indented(e.cause)}")
        for e in outcome.failed
    ]
    if outcome.skipped:
        lines.append(
            Text(f"not run, because they need one of these: {count(len(outcome.skipped), 'phase')}")
        )
    lines.append(Text("What finished is kept; the same command tries the rest again."))
    return Group(*lines)


def _indented(text: str) -> str:
    """Return lines of a message below its heading, each made safe to print."""
    return "\n  ".join(safe(line) for line in text.splitlines())
