"""How good the machine translations behind a comparison are, and how many rows they lost."""

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
    """Number of texts compared."""
    bleu: float
    chrf: float
    signatures: tuple[str, str]
    """sacrebleu's signatures of BLEU and of chrF."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """One translation phase: the rows of one task, translated into one language."""

    key: str
    """Key of the phase."""
    what: str
    """The phase in words."""
    translator: str
    """Name of the translator; empty in a plan of an older version, which did not record it."""
    strategies: tuple[str, ...]
    """Strategies that are trained on the rows."""
    into: str
    """Language of the translations."""
    asked: int
    """Number of rows to translate."""
    translated: int
    """Number of rows that were translated."""
    quality: Quality | None
    """None where it was not measured."""


def collect(plan: Plan, phases: Iterable[UsedPhase]) -> tuple[Translated, ...]:
    """Return the translations among some phases; without counts where their runner wrote none.

    Args:
        plan: Holds the translators' names.
        phases: The phases behind its scores.

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
    """Return one translation from what its phase stored."""
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
    """Return the quality that counts.json holds; None if it has no numbers."""
    if not isinstance(quality, dict) or not {"texts", "bleu", "chrf"} <= quality.keys():
        return None
    bleu, chrf = quality["bleu"], quality["chrf"]
    return Quality(
        pairs=quality["texts"],
        bleu=bleu["score"],
        chrf=chrf["score"],
        signatures=(bleu["signature"], chrf["signature"]),
    )
