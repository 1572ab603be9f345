"""The phases that the numbers of a comparison rest on."""

from __future__ import annotations

from dataclasses import dataclass, field

from xharness.keys import Key, ancestors
from xharness.planning.contrasts import Entry, TargetEntry
from xharness.planning.plan import Plan
from xharness.store.store import Artifact, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedPhase:
    """A finished phase, and the rows and seeds whose numbers rest on it."""

    artifact: Artifact
    rows: dict[Entry, None] = field(default_factory=dict)
    """Rows of the leaderboard, as an ordered set."""
    places: dict[TargetEntry, None] = field(default_factory=dict)
    """Cells of the leaderboard, as an ordered set."""
    seeds: dict[int, None] = field(default_factory=dict)
    """Seeds, as an ordered set."""


_BEHIND = {"Predict", "Train", "Translate"}
"""Kinds of phases that are followed back from a score; see the comment in `used_phases`."""


def used_phases(plan: Plan, store: Store) -> tuple[UsedPhase, ...]:
    """Return the stored phases that a plan's scores rest on, each once.

    These are the scores, their predictions, and the trainings and translations before them.

    Raises:
        CorruptArtifactError: If a manifest was changed.
    """
    artifacts: dict[Key, Artifact | None] = {}
    parents: dict[Key, tuple[Key, ...]] = {}

    def finished(name: Key) -> Artifact | None:
        if name not in artifacts:
            artifacts[name] = store.find(name)
        return artifacts[name]

    def behind(name: Key) -> tuple[Key, ...]:
        artifact = finished(name)
        if artifact is not None and name not in parents:
            # Scores before a training are dev scores, also of checkpoints that were not chosen.
            parents[name] = tuple(
                parent
                for parent in map(Key, artifact.manifest["inputs"])
                if (read := finished(parent)) and read.manifest["kind"] in _BEHIND
            )
        return parents.get(name, ())

    used: dict[Key, UsedPhase] = {}
    for answer in plan.answers:
        for name in ancestors([answer.key], behind):
            if (artifact := finished(name)) is not None:
                phase = used.setdefault(name, UsedPhase(artifact=artifact))
                phase.rows[answer.on_target.entry] = None
                phase.places[answer.on_target] = None
                phase.seeds[answer.seed] = None
    return tuple(used.values())
