"""Reasons to read a row with care: training on the target's own data, and mixed numerics."""

from __future__ import annotations

from dataclasses import dataclass, field

from xharness.analysis.leakage import Leaks
from xharness.analysis.numerics import Numerics


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveats:
    """The rows of a comparison that have to be read with care."""

    leaks: Leaks = field(default_factory=Leaks)
    """Rows with same-data supervision."""
    numerics: Numerics = field(default_factory=Numerics)
    """Rows that are compared with a row of other numerics."""
