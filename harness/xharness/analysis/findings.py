"""What is suspicious about the numbers of a comparison, read from the phases behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from xharness.execution import diagnostics
from xharness.execution.diagnostics import Note
from xharness.keys import Key
from xharness.planning.plan import Plan
from xharness.store.store import Artifact, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One note, and which numbers it concerns."""

    note: Note
    key: Key
    """Of the phase that the note is about."""
    rows: tuple[tuple[str, str], ...]
    """Strategies and arms with a number behind which the phase stands."""
    seeds: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A finished phase, and which numbers it stands behind."""

    artifact: Artifact
    rows: dict[tuple[str, str], None] = field(default_factory=dict)
    """Strategies and arms."""
    seeds: dict[int, None] = field(default_factory=dict)


_BEHIND = {"Predict", "Train", "Translate"}
"""Kinds of phases, beside the score itself, that say something about its number."""


def used(plan: Plan, store: Store) -> tuple[Used, ...]:
    """Return all phases behind the answers that the store has.

    They are the scores, the predictions scored, and the trainings and translations before them.

    Raises:
        CorruptArtifactError: If a manifest was changed.
    """
    found: dict[Key, Used] = {}
    parents: dict[Key, tuple[Artifact, ...]] = {}
    for answer in plan.answers:
        for artifact in _behind(answer.key, store, parents):
            use = found.setdefault(artifact.key, Used(artifact=artifact))
            use.rows[answer.strategy, answer.intermediates] = None
            use.seeds[answer.seed] = None
    return tuple(found.values())


def collect(phases: Iterable[Used]) -> tuple[Finding, ...]:
    """Return the notes of some phases.

    Raises:
        CorruptArtifactError: If a stored file was changed.
    """
    return tuple(
        Finding(note=note, key=use.artifact.key, rows=tuple(use.rows), seeds=tuple(use.seeds))
        for use in phases
        for note in diagnostics.read(use.artifact)
    )


def _behind(
    name: Key, store: Store, parents: dict[Key, tuple[Artifact, ...]]
) -> Iterator[Artifact]:
    """Yield a score, its predictions and what was trained and translated before, each once.

    Args:
        name: The score.
        store: Where they are.
        parents: What is known of others already; added to.
    """
    first = store.find(name)
    waiting, seen = ([first] if first else []), {name}
    while waiting:
        artifact = waiting.pop()
        yield artifact
        if artifact.key not in parents:
            made_from = (store.find(Key(parent)) for parent in artifact.manifest["inputs"])
            # Other scores are of checkpoints that were only tried.
            parents[artifact.key] = tuple(
                p for p in made_from if p and p.manifest["kind"] in _BEHIND
            )
        for parent in parents[artifact.key]:
            if parent.key not in seen:
                seen.add(parent.key)
                waiting.append(parent)
