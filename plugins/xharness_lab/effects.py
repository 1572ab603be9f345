"""What each intermediate task is made to do to a target: the truth that a comparison should find.

Nothing is measured here. `benchmarks/lab_effects.py` compares this with what the harness finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Effect(Enum):
    """What training on an intermediate task first does to a target."""

    HELPS = "helps"
    NOTHING = "cannot help"
    HARMS = "harms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One intermediate task before one target."""

    intermediate: str
    target: str
    effect: Effect
    reason: str


PLANTED = (
    Planted(
        intermediate="lab_nli",
        target="lab_xnli",
        effect=Effect.HELPS,
        reason="the same skill, synonyms against opposites, from 6,000 rows instead of 450",
    ),
    Planted(
        intermediate="lab_paraphrase",
        target="lab_pawsx",
        effect=Effect.HELPS,
        reason="the same skill, who does what to whom, from 4,000 rows instead of 400",
    ),
    Planted(
        intermediate="lab_squad",
        target="lab_xquad",
        effect=Effect.HELPS,
        reason="the same skill, a fact by its synonyms, from 3,000 rows instead of 450",
    ),
    Planted(
        intermediate="lab_supertags",
        target="lab_udpos",
        effect=Effect.HELPS,
        reason="2,000 sentences with categories, where 300 are read twice only",
    ),
    Planted(
        intermediate="lab_nli",
        target="lab_panx",
        effect=Effect.NOTHING,
        reason="no row of lab_nli has a name, and neighbours of a word never decide its label",
    ),
    Planted(
        intermediate="lab_nli",
        target="lab_tatoeba",
        effect=Effect.HARMS,
        reason="vectors are compared as they are, and classification has no use for what they tell",
    ),
)
