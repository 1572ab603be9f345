"""What the test sets of a comparison share with the rows that were trained on for them."""

from __future__ import annotations

from collections.abc import Iterable

from xharness.analysis.used_phases import UsedPhase
from xharness.data.overlap import CODE
from xharness.store import overlaps
from xharness.store.overlaps import Overlap
from xharness.store.store import Store


def collect(phases: Iterable[UsedPhase], store: Store) -> tuple[Overlap, ...]:
    """Return what was counted by `xharness data overlap`; nothing where it was not run.

    Args:
        phases: Those behind a comparison's scores.
        store: Holds what was counted.

    Returns:
        Each pair of training set and test set once, where some number is of that test set after
        training on these rows.

    Raises:
        CorruptArtifactError: If a stored file was changed.
    """
    if not (store.root / "overlaps").is_dir():
        return ()
    trainings: list[tuple[UsedPhase, list[str]]] = []
    tests: list[tuple[UsedPhase, str]] = []
    for used in phases:
        kind = used.artifact.manifest["kind"]
        if kind == "Train":
            streams = used.artifact.json("phase.json")["streams"]
            trainings.append((used, [overlaps.training_set(s) for s in streams]))
        elif kind == "Predict" and (fields := used.artifact.json("phase.json"))["split"] == "test":
            tests.append((used, overlaps.test_set(fields)))
    pairs = {
        (training, test): None
        for trained, names in trainings
        for tested, test in tests
        if trained.places.keys() & tested.places.keys()
        for training in names
    }
    known = {t: overlaps.read(store, t, CODE) for t in dict.fromkeys(t for t, _ in pairs)}
    return tuple(known[training][test] for training, test in pairs if test in known[training])
