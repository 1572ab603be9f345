"""What must be known to read a row: whose data it has seen, and what computed it."""

from __future__ import annotations

from dataclasses import dataclass, field

from xharness.analysis.leakage import Leaks
from xharness.analysis.numerics import Numerics


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveats:
    """Marks of a comparison's rows."""

    leaks: Leaks = field(default_factory=Leaks)
    """Same-data supervision."""
    numerics: Numerics = field(default_factory=Numerics)
    """Contrasts between rows that were computed differently."""


NO_CAVEATS = Caveats()
