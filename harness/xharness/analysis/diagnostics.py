"""The diagnostics of a comparison: suspicious facts that its phases recorded."""

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
    """A diagnostic of one phase, and the rows whose numbers rest on that phase."""

    diagnostic: Diagnostic
    key: Key
    """Key of the phase."""
    rows: tuple[Entry, ...]
    """Rows of the leaderboard whose numbers rest on the phase."""
    seeds: tuple[int, ...]
    """Seeds whose numbers rest on the phase."""


def collect(phases: Iterable[UsedPhase]) -> tuple[PlanDiagnostic, ...]:
    """Return the diagnostics of these phases.

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
