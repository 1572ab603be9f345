"""What is suspicious about the numbers of a comparison, read from the phases behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xharness.analysis.used_phases import UsedPhase
from xharness.execution import diagnostics
from xharness.execution.diagnostics import Diagnostic
from xharness.keys import Key
from xharness.planning.contrasts import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDiagnostic:
    """What is suspicious about a phase, and which numbers that concerns."""

    diagnostic: Diagnostic
    key: Key
    """Of the phase."""
    rows: tuple[Entry, ...]
    """Rows of the leaderboard with a number behind which the phase stands."""
    seeds: tuple[int, ...]


def collect(phases: Iterable[UsedPhase]) -> tuple[PlanDiagnostic, ...]:
    """Return what is suspicious about some phases.

    Raises:
        CorruptArtifactError: If a stored file was changed.
    """
    return tuple(
        PlanDiagnostic(
            diagnostic=one, key=used.artifact.key, rows=tuple(used.rows), seeds=tuple(used.seeds)
        )
        for used in phases
        for one in diagnostics.read(used.artifact)
    )
