"""How good the machine translations behind a comparison are, and what was lost in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from xharness.analysis.used_phases import UsedPhase
from xharness.phases import translation_name
from xharness.planning.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """BLEU and chrF of a translator against human translations into one language."""

    pairs: int
    bleu: float
    chrf: float
    signatures: tuple[str, str]
    """sacrebleu's, of BLEU and of chrF."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """Rows of one task in one language, as they were translated."""

    key: str
    """Of the phase."""
    what: str
    """The phase, as a person reads it."""
    translator: str
    """Empty where an older version did not write it down."""
    strategies: tuple[str, ...]
    """Those that are trained on the rows."""
    into: str
    asked: int
    translated: int
    quality: Quality | None
    """None where it is not measured."""


def collect(plan: Plan, phases: Iterable[UsedPhase]) -> tuple[Translated, ...]:
    """Return the translations among some phases; without counts where their runner wrote none.

    Args:
        plan: Knows the translators.
        phases: Behind its answers.

    Raises:
        CorruptArtifactError: If a stored file was changed.
    """
    translators = {t.key: t.translator for t in plan.translations}
    return tuple(
        _translated(used, translators.get(used.artifact.key, ""))
        for used in phases
        if used.artifact.manifest["kind"] == "Translate" and "counts.json" in used.artifact.files()
    )


def _translated(used: UsedPhase, translator: str) -> Translated:
    """Return one translation."""
    counts = used.artifact.json("counts.json")
    phase = used.artifact.json("phase.json")
    return Translated(
        key=used.artifact.key,
        what=translation_name(phase["task"], phase["language"], phase["into"], phase["part"]),
        translator=translator,
        strategies=tuple(dict.fromkeys(row.strategy for row in used.rows)),
        into=phase["into"],
        asked=counts.get("asked", 0),
        translated=counts.get("translated", 0),
        quality=_quality(counts.get("quality")),
    )


def _quality(quality: Any) -> Quality | None:
    """Return what counts.json says of the quality, where it has numbers."""
    if not isinstance(quality, dict) or not {"texts", "bleu", "chrf"} <= quality.keys():
        return None
    bleu, chrf = quality["bleu"], quality["chrf"]
    return Quality(
        pairs=quality["texts"],
        bleu=bleu["score"],
        chrf=chrf["score"],
        signatures=(bleu["signature"], chrf["signature"]),
    )
