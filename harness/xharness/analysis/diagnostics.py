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
class Finding:
    """One note, and which numbers it concerns."""

    note: Diagnostic
    key: Key
    """Of the phase that the note is about."""
    rows: tuple[Entry, ...]
    """Rows of the leaderboard with a number behind which the phase stands."""
    seeds: tuple[int, ...]


def collect(phases: Iterable[UsedPhase]) -> tuple[Finding, ...]:
    """Return the notes of some phases.

    Raises:
        CorruptArtifactError: If a stored file was changed.
    """
    return tuple(
        Finding(note=note, key=used.artifact.key, rows=tuple(used.rows), seeds=tuple(used.seeds))
        for used in phases
        for note in diagnostics.read(used.artifact)
    )
