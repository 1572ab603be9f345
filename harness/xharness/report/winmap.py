"""The map: arms as rows, targets as columns, and in each cell who is ahead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from xharness.metrics.metric import one_signature
from xharness.report.caveats import SAME_DATA, caveat_lines, mark
from xharness.report.table import Block, heading, name_lines, note, stacked
from xharness.report.wording import MINUS, count, signed

if TYPE_CHECKING:
    from xharness.analysis.caveats import Caveats
    from xharness.analysis.results import Summary

LETTERS = {"win": "W", "tie": "=", "loss": "L"}
"""Verdict to the letter beside a difference that has an interval."""
STRONG = 5.0
"""Points from which a difference is printed bold; sign and number say the same."""


def verdict(summary: Summary) -> str | None:
    """Return "win" or "loss" for a significant difference, "tie" for another, None without a test.

    Significant means: corrected for all contrasts of the plan. If these were not tested, it means
    that the difference's own interval does not contain zero.
    """
    if summary.low is None or summary.high is None:
        return None
    if summary.significant is not None:
        return "tie" if not summary.significant else "win" if (summary.delta or 0) > 0 else "loss"
    return "win" if summary.low > 0 else "loss" if summary.high < 0 else "tie"


def win_map(
    summaries: Sequence[Summary],
    *,
    title: str,
    width: int,
    caveats: Caveats,
    without_leakage: bool,
    afterwards: str = "",
) -> RenderableType:
    """Return the map of all strategies and arms, with counts at its edges.

    Args:
        summaries: At most one per strategy, arm and target.
        title: Names suite and model.
        width: Columns of text there are; targets that do not fit stand in a table below.
        caveats: Which rows are marked.
        without_leakage: Leave same-data supervision out of the counts.
        afterwards: A note, if rows are compared with another strategy than the plan declares.

    Raises:
        DataError: If one target's scores have different signatures.
    """
    ahead = {s.on_target: s for s in summaries if s.delta is not None}
    title = f"{title}, against {opponent(summaries)}"
    if not ahead:
        return Group(heading(title), Text(), Text("no differences yet"))
    rows = list(dict.fromkeys(place.entry for place in ahead))
    targets = list(dict.fromkeys(s.target for s in summaries))
    counted = {p: s for p, s in ahead.items() if not (without_leakage and p in caveats.leaks.cells)}
    columns = [
        Block(
            heading=name_lines(target),
            cells=[
                *(_cell(ahead.get(r.on(target)), mark(r.on(target), caveats)) for r in rows),
                _tally(s for place, s in counted.items() if place.target == target),
            ],
        )
        for target in targets
    ]
    sides = [_tally(s for place, s in counted.items() if place.entry == row) for row in rows]
    columns.append(Block(heading=Text("in all"), cells=[*sides, _tally(counted.values())]))
    names = [*(name_lines(*row.names) for row in rows), Text("in all")]
    first = Block(heading=Text("strategy"), cells=names)
    tables = stacked(first, columns, width=width, spaced=True)
    notes = [
        *_how_to_read(list(ahead.values())),
        *([afterwards] if afterwards else []),
        *caveat_lines(caveats),
        *([f"Counts leave {SAME_DATA} out."] if without_leakage and caveats.leaks.cells else []),
        *(_about(target, summaries) for target in targets),
    ]
    return Group(heading(title), Text(), *tables, *map(note, notes))


def opponent(summaries: Iterable[Summary]) -> str:
    """Return what rows are compared with."""
    return next((s.against for s in summaries if s.delta is not None and s.against), "none")


def win_rows(summaries: Iterable[Summary], caveats: Caveats) -> list[dict[str, Any]]:
    """Return the cells of the map as rows."""
    return [
        {
            "strategy": s.strategy,
            "intermediates": s.intermediates,
            "target": s.target,
            "delta": s.delta,
            "low": s.low,
            "high": s.high,
            "against": s.against,
            "p_holm": s.p_holm,
            "verdict": verdict(s),
            "same_data": list(caveats.leaks.cells.get(s.on_target, ())),
        }
        for s in summaries
        if s.delta is not None
    ]


def _cell(summary: Summary | None, marks: str) -> Text:
    """Return a difference with its sign, and who is ahead."""
    if summary is None or summary.delta is None:
        return Text("-")
    ahead = verdict(summary)
    letter = f" {LETTERS[ahead]}" if ahead else ""
    colour = "green" if summary.delta > 0 else "red"
    style = "" if ahead == "tie" else f"bold {colour}" if abs(summary.delta) >= STRONG else colour
    return Text.assemble(f"{marks} " if marks else "", (f"{signed(summary.delta)}{letter}", style))


def _tally(summaries: Iterable[Summary]) -> Text:
    """Return the counts of wins, ties and losses, or of signs if an interval is missing."""
    cells = list(summaries)
    verdicts = [verdict(s) for s in cells]
    if verdicts and None not in verdicts:
        return Text(" ".join(f"{verdicts.count(name)}{letter}" for name, letter in LETTERS.items()))
    ways = [signed(s.delta or 0.0)[0] for s in cells]
    return Text(" ".join(f"{ways.count(sign)}{sign}" for sign in f"+±{MINUS}"))


def _how_to_read(shown: Sequence[Summary]) -> list[str]:
    """Return what signs and letters mean."""
    lines = [f"Points ahead of {opponent(shown)} (+) or behind ({MINUS}), over all languages."]
    unsure = [s for s in shown if verdict(s) is None]
    if any(s.significant is not None for s in shown):
        lines.append(
            "W: significantly ahead at 5 %, corrected for all contrasts of the plan (Holm); "
            "L: behind; =: neither. No letter: not tested."
        )
    elif len(unsure) < len(shown):
        lines.append(
            "W: the 95 % interval is above zero; L: below; =: zero is in it. No letter: no "
            "interval. Intervals are not corrected for their number."
        )
    if unsure:
        lines.append(f"No interval, with one seed or too few items: {count(len(unsure), 'cell')}.")
    return lines


def _about(target: str, summaries: Iterable[Summary]) -> str:
    """Return what a column is based on: signature, languages, examples and seeds."""
    mine = [s for s in summaries if s.target == target]
    signature = one_signature(target, (s.signature for s in mine))
    most = max(mine, key=lambda s: s.n)
    return (
        f"{target}: {signature}, {count(most.languages, 'language')}, "
        f"{count(most.n, 'example')} in all, {count(most.seeds, 'seed')}"
    )
