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
        reason="what all beings are like, of which the target's own rows know a quarter",
    ),
    Planted(
        intermediate="lab_nli",
        target="lab_pawsx",
        effect=Effect.HELPS,
        reason="two in three of its pairs turn on what beings are like",
    ),
    Planted(
        intermediate="lab_paraphrase",
        target="lab_pawsx",
        effect=Effect.HELPS,
        reason="both its skills, from 7,200 rows that speak of every being",
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
    Planted(
        intermediate="lab_nli",
        target="lab_bucc",
        effect=Effect.HARMS,
        reason="the same, among sentences that differ in one word",
    ),
)
