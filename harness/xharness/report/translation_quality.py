"""Lines about machine translations: the translator, its quality, and how many rows were lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xharness.report.wording import count, percent

if TYPE_CHECKING:
    # Lists are printed without translations, and start sooner without what these need.
    from xharness.analysis.translation_quality import Quality, Translated

_NAMED = 3
"""Largest number of languages that are named; more are only counted."""


def translation_lines(translations: Sequence[Translated]) -> list[str]:
    """Return one line per translator and strategies that use it.

    For example "translate: lab-mt into 9 languages, BLEU 12.1 (qaf) to 31.2 (qab), chrF 30.0 to
    52.4, on 200 pairs each; 12 of 6,000 rows lost".
    """
    groups: dict[tuple[tuple[str, ...], str], list[Translated]] = {}
    for one in translations:
        groups.setdefault((one.strategies, one.translator), []).append(one)
    return [
        f"{', '.join(strategies)}: {translator or 'translated'} {_into(group)}, "
        f"{_quality(group)}; {_lost(group)}"
        for (strategies, translator), group in groups.items()
    ]


def _into(group: Sequence[Translated]) -> str:
    """Return "into de, sw" or "into 9 languages"."""
    return f"into {_languages([one.into for one in group])}"


def _languages(codes: Sequence[str]) -> str:
    """Return a few languages by name, or how many there are."""
    names = sorted(set(codes))
    return ", ".join(names) if len(names) <= _NAMED else count(len(names), "language")


def _quality(group: Sequence[Translated]) -> str:
    """Return the lowest and highest BLEU and chrF with their languages, or "not measured"."""
    measured = [(one.into, one.quality) for one in group if one.quality is not None]
    if not measured:
        return "quality: not measured"
    without = [one.into for one in group if one.quality is None]
    pairs = sorted({quality.pairs for _, quality in measured})
    each = " each" if len(measured) > 1 else ""
    on = f"{pairs[0]:,} to {pairs[-1]:,}" if len(pairs) > 1 else f"{pairs[0]:,}"
    measures = (
        f"BLEU {_span(measured, 'bleu')}, chrF {_span(measured, 'chrf')}, on {on} pairs{each}"
    )
    return measures + (f", not measured into {_languages(without)}" if without else "")


def _span(measured: Sequence[tuple[str, Quality]], name: str) -> str:
    """Return "31.2", or "12.1 (qaf) to 31.2 (qab)" where languages differ."""
    values = sorted((float(getattr(quality, name)), into) for into, quality in measured)
    (low, worst), (high, best) = values[0], values[-1]
    if percent(low) == percent(high):
        return percent(low)
    return f"{percent(low)} ({worst}) to {percent(high)} ({best})"


def _lost(group: Sequence[Translated]) -> str:
    """Return "12 of 6,000 rows lost"."""
    asked = sum(one.asked for one in group)
    return f"{asked - sum(one.translated for one in group):,} of {count(asked, 'row')} lost"
