"""One target, language by language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from xharness.metrics.metric import one_signature
from xharness.report.caveats import caveat_lines, row_name
from xharness.report.table import Block, heading, name_lines, note, stacked
from xharness.report.wording import bracketed, percent, signed

if TYPE_CHECKING:
    # Lists are printed without results, and start sooner without what results need.
    from xharness.analysis.caveats import Caveats
    from xharness.analysis.results import Result, Summary
    from xharness.planning.contrasts import Entry


def by_language(
    results: Sequence[Result],
    summaries: Sequence[Summary] = (),
    *,
    title: str,
    width: int,
    caveats: Caveats | None = None,
) -> RenderableType:
    """Return one target's table: languages as rows, strategies as columns, means below.

    Languages, strategies and arms stand in the order in which they first appear.

    Args:
        results: Of one target; every seed.
        summaries: Of the same target; without them there are no means.
        title: Names suite, model and target.
        width: Columns of text there are; strategies that do not fit stand in a table below.
        caveats: Which rows are marked.

    Raises:
        DataError: If the scores have different signatures.
    """
    from xharness.planning.request import BASELINE

    if not results:
        return Group(heading(title), Text(), Text("no results yet"))
    signature = one_signature(title, (r.signature for r in results))
    scores: dict[tuple[Entry, str], list[float]] = defaultdict(list)
    for r in results:
        scores[r.on_target.entry, r.language].append(r.score)
    counts = {r.language: r.n for r in results}
    base = {language: fmean(s) for (row, language), s in scores.items() if row.strategy == BASELINE}
    seeds = len({r.seed for r in results})
    target = results[0].target
    below = {s.on_target.entry: s for s in summaries}
    top = _best(scores)
    rows = _below(summaries)
    blank = [Text()] * len(rows)
    columns = [Block(heading=Text("n"), cells=[Text(f"{n:,}") for n in counts.values()] + blank)]
    for row in dict.fromkeys(r.on_target.entry for r in results):
        against = {} if row.strategy == BASELINE else base
        cells = [
            _cell(
                scores.get((row, x), []),
                against.get(x),
                seeds,
                best=(row, x) in top,
            )
            for x in counts
        ]
        summary = below.get(row)
        cells += [Text(value(summary) if summary else "") for value in rows.values()]
        name = row_name(row.on(target), caveats)
        columns.append(Block(heading=name, cells=cells))
    whole = seeds * len(counts) * (len(columns) - 1)
    names = Block(heading=Text("language"), cells=[name_lines(x) for x in (*counts, *rows)])
    tables = stacked(names, columns, width=width)
    notes = _notes(signature, seeds, partly=len(results) < whole) + _about_means(summaries)
    notes += caveat_lines(caveats, target)
    return Group(heading(title), Text(), *tables, *(note(n) for n in notes))


def _below(summaries: Sequence[Summary]) -> dict[str, Callable[[Summary], str]]:
    """Return the rows below the languages: an empty one, means and the transfer gap."""
    if not summaries:
        return {}
    rows: dict[str, Callable[[Summary], str]] = {
        "": lambda _: "",
        "mean": lambda s: _number(s.mean),
        "without the source": lambda s: _number(s.mean_non_english),
    }
    if any(s.xtreme_differs for s in summaries):
        rows["XTREME mean"] = lambda s: _number(s.xtreme.mean if s.xtreme else None)
        rows["XTREME without the source"] = lambda s: _number(
            s.xtreme.mean_non_english if s.xtreme else None
        )
    if any(s.p is not None for s in summaries):
        rows["gain at large"] = _at_large
    rows["transfer gap"] = lambda s: _number(s.gap, signed)
    return rows


def _at_large(summary: Summary) -> str:
    """Return the interval of the gain in languages at large; nothing for the baseline."""
    if summary.delta is None:
        return "-"
    if summary.low_at_large is None or summary.high_at_large is None:
        return "not estimable"
    return bracketed(summary.low_at_large, summary.high_at_large)


def _number(value: float | None, written: Callable[[float], str] = percent) -> str:
    """Return a number, or a dash where there is none."""
    return "-" if value is None else written(value)


def _about_means(summaries: Sequence[Summary]) -> list[str]:
    """Return how the means below the languages are taken."""
    if not summaries:
        return []
    lines = ["Means: over languages that have every seed, unweighted."]
    if any(s.xtreme_differs for s in summaries):
        lines.append("XTREME: of (EM + F1) / 2.")
    if against := next((s.against for s in summaries if s.p is not None), None):
        lines.append(
            f"Gain at large: 95 % interval of the points ahead of {against} in languages like "
            "these, without the source language; language families, seeds and items vary."
        )
    return [*lines, "Transfer gap: the source language minus the mean of the others."]


def _best(scores: Mapping[tuple[Entry, str], Sequence[float]]) -> set[tuple[Entry, str]]:
    """Return the cells with the highest mean of their language, as rounded for the table."""
    shown: dict[str, dict[tuple[Entry, str], float]] = {}
    for place, values in scores.items():
        shown.setdefault(place[1], {})[place] = float(percent(fmean(values)))
    return {
        place
        for means in shown.values()
        for place, mean in means.items()
        if len(means) > 1 and mean == max(means.values())
    }


def _cell(scores: Sequence[float], base: float | None, seeds: int, *, best: bool) -> Text:
    """Return a language's score over seeds, and its difference to `none`."""
    if not scores:
        return Text("-")
    star = "*" if len(scores) < seeds else ""
    ahead = "" if base is None else f" ({signed(fmean(scores) - base)})"
    mean = Text(percent(fmean(scores)), style="bold" if best else "")
    return Text.assemble(mean, f"{star}{ahead}")


def _notes(signature: str, seeds: int, *, partly: bool) -> list[str]:
    """Return what stands below the table."""
    over = "one seed" if seeds == 1 else f"mean over {seeds} seeds"
    lines = [f"{signature}, percent, {over}; n: examples."]
    lines.append("In brackets: points ahead of none (+) or behind (\N{MINUS SIGN}).")
    if partly:
        lines.append("*: some seeds have no score; -: no seed has one.")
    return lines
