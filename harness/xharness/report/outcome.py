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
    parts = [plan.title, *_origin(plan), f"recipe {plan.recipe}", f"checkpoint: {plan.selection}"]
    parts += _limits(plan)
    if plan.match:
        parts.append(f"equal {plan.match}")
    parts.append(_seeds(plan))
    return "; ".join([*parts, *_left_out(plan)])


def compared(plan: Plan) -> str:
    """Return what the first line says of a comparison, beside suite and model.

    That is what the suite is, the seeds, the intermediate tasks if all rows that have any have the
    same, and whatever makes the comparison smaller than the suite.
    """
    arms = {a.intermediates for a in plan.answers} - {"", "-"}
    after = [f"after {arm}" for arm in arms] if len(arms) == 1 else []
    parts = [plan.title, _seeds(plan), *after, *_origin(plan), *_limits(plan), *_left_out(plan)]
    return "; ".join(parts)


def _origin(plan: Plan) -> list[str]:
    """Return where rows are from that are not the hub's."""
    return [f"rows: {plan.origin}"] if plan.origin else []


def _limits(plan: Plan) -> list[str]:
    """Return how many rows are read at most."""
    limits = {"training rows": plan.limit_train, "items per language": plan.limit_eval}
    return [f"at most {n:,} {rows}" for rows, n in limits.items() if n is not None]


def _seeds(plan: Plan) -> str:
    """Return "one seed", "seeds 1, 2, 3", or "seeds 1 to 5" where many follow each other."""
    first, last, several = plan.seeds[0], plan.seeds[-1], len(plan.seeds)
    if several == 1:
        return "one seed"
    if several > 3 and plan.seeds == tuple(range(first, last + 1)):
        return f"seeds {first} to {last}"
    return f"seeds {', '.join(str(seed) for seed in plan.seeds)}"


def _left_out(plan: Plan) -> list[str]:
    """Return which targets and languages of the suite are not compared."""
    return [line.partition(": left out")[0] + " left out" for line in plan.left_out]


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
