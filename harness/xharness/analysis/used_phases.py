"""The phases behind the numbers of a comparison, and which numbers each stands behind."""

from __future__ import annotations

from dataclasses import dataclass, field

from xharness.keys import Key
from xharness.phases import ancestors
from xharness.planning.contrasts import Entry, TargetEntry
from xharness.planning.plan import Plan
from xharness.store.store import Artifact, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedPhase:
    """A finished phase, and which numbers it stands behind."""

    artifact: Artifact
    rows: dict[Entry, None] = field(default_factory=dict)
    """Rows of the leaderboard."""
    places: dict[TargetEntry, None] = field(default_factory=dict)
    """The same rows, each on its target."""
    seeds: dict[int, None] = field(default_factory=dict)


_BEHIND = {"Predict", "Train", "Translate"}
"""Kinds of phases, beside the score itself, that say something about its number."""


def used_phases(plan: Plan, store: Store) -> tuple[UsedPhase, ...]:
    """Return all phases behind the answers that the store has.

    They are the scores, the predictions scored, and the trainings and translations before them.

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
            # Other scores are of checkpoints that were only tried.
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
