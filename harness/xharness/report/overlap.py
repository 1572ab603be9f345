"""Lines about text that test sets share with rows that were trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xharness.report.wording import count

if TYPE_CHECKING:
    from xharness.store.overlaps import Overlap

_NAMED = 3
"""Pairs of data sets that are named on the first screen."""


def overlap_lines(found: Sequence[Overlap], most: int | None = _NAMED) -> list[str]:
    """Return one line that says how many test items have text from rows that were trained on.

    For example "Test items whose text is in training rows: xquad in squad_v1: 0 whole, 12 with 13
    words in a row, of 1,190 (most in en)".

    Args:
        found: What was counted; nothing for no line.
        most: Pairs of data sets at most, those with the most items first; None for all.
    """
    if not found:
        return []
    pairs: dict[tuple[str, str], list[Overlap]] = {}
    for one in found:
        name = f"{one.task} (translated)" if one.translated else one.task
        pairs.setdefault((one.target, name), []).append(one)
    some = {pair: several for pair, several in pairs.items() if any(map(_any, several))}
    if not some:
        pair = count(len(pairs), "pair")
        return [f"No test item has text from rows that were trained on, in {pair} of data sets."]
    order = sorted(some, key=lambda pair: -sum(map(_any, some[pair])))
    shown = [f"{t} in {name}: {_counts(some[t, name])}" for t, name in order[:most]]
    if len(order) > len(shown):
        shown.append(f"{len(order) - len(shown)} more in `xharness data overlap`")
    return [f"Test items with text from rows that were trained on: {'; '.join(shown)}."]


def _any(one: Overlap) -> int:
    """Return how many items share anything."""
    return max(one.whole, one.runs)


def _counts(several: Sequence[Overlap]) -> str:
    """Return what the languages of a test set share, together, and where most of it is."""
    items, whole, runs = (
        sum(getattr(one, name) for one in several) for name in ("items", "whole", "runs")
    )
    units = " or ".join(dict.fromkeys(one.run for one in several if one.runs))
    parts = [f"{whole:,} whole"] if whole else []
    parts += [f"{runs:,} with {units} in a row"] if runs else []
    languages = list(dict.fromkeys(one.language for one in several))
    where = max(several, key=_any).language
    most = f" (most in {where})" if len(languages) > 1 else ""
    return f"{', '.join(parts)}, of {items:,}{most}"
