"""What is suspicious about the numbers of a comparison, read from the phases behind them."""

from __future__ import annotations

from collections.abc import Iterator
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


@dataclass(slots=True)
class _Use:
    """Where a phase is used."""

    artifact: Artifact
    rows: dict[tuple[str, str], None] = field(default_factory=dict)
    seeds: dict[int, None] = field(default_factory=dict)


def collect(plan: Plan, store: Store) -> tuple[Finding, ...]:
    """Return the notes of all phases behind the answers that the store has.

    They are those of the scores, of the predictions scored, and of the trainings before them.

    Raises:
        CorruptArtifactError: If a stored file was changed.
    """
    used: dict[Key, _Use] = {}
    for answer in plan.answers:
        for artifact in _behind(answer.key, store):
            use = used.setdefault(artifact.key, _Use(artifact))
            use.rows[answer.strategy, answer.intermediates] = None
            use.seeds[answer.seed] = None
    return tuple(
        Finding(note=note, key=name, rows=tuple(use.rows), seeds=tuple(use.seeds))
        for name, use in used.items()
        for note in harm.read(use.artifact)
    )


def _behind(name: Key, store: Store) -> Iterator[Artifact]:
    """Yield a score, its predictions and the trainings before them, each once."""
    waiting, seen = [name], {name}
    while waiting:
        artifact = store.find(waiting.pop())
        if artifact is None:
            continue
        yield artifact
        for parent in map(Key, artifact.manifest["inputs"]):
            # Other scores are of checkpoints that were only tried.
            found = store.find(parent)
            if parent not in seen and found and found.manifest["kind"] in {"Predict", "Train"}:
                seen.add(parent)
                waiting.append(parent)
