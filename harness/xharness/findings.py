"""What is suspicious about the numbers of a comparison, read from the phases behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from xharness import harm
from xharness.canonical import Key
from xharness.harm import Note
from xharness.plan import Plan
from xharness.store import Artifact, Store


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
    for answer in plan.answers:
        for artifact in _behind(answer.key, store):
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
        for note in harm.read(use.artifact)
    )


def _behind(name: Key, store: Store) -> Iterator[Artifact]:
    """Yield a score, its predictions and what was trained and translated before, each once."""
    waiting, seen = [name], {name}
    while waiting:
        artifact = store.find(waiting.pop())
        if artifact is None:
            continue
        yield artifact
        for parent in map(Key, artifact.manifest["inputs"]):
            # Other scores are of checkpoints that were only tried.
            found = store.find(parent)
            if parent not in seen and found and found.manifest["kind"] in _BEHIND:
                seen.add(parent)
                waiting.append(parent)
