"""The loss of every training behind the scores of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from xharness.analysis.used_phases import used_phases
from xharness.planning.plan import Plan
from xharness.store import phase_diff
from xharness.store.store import Artifact, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The loss of one training."""

    panel: str
    """The training without its seed, such as "xnli after mnli"."""
    label: str
    """The seed, such as "seed 1"."""
    updates: Sequence[int]
    losses: Sequence[float]
    """One per update in `updates`."""


def curves(plan: Plan, store: Store, target: str | None = None) -> list[Curve]:
    """Return the learning curve of every training behind a plan's scores.

    Args:
        plan: What was compared.
        store: Holds the curves.
        target: Only the trainings behind this target's scores; None for all.
    """
    curves = []
    trainings = {a.key: a for a in _trainings(plan, store, target)}
    names = phase_diff.apart(
        {k: a.manifest["phase"].removeprefix("train ") for k, a in trainings.items()},
        lambda: {k: a.file("phase.json").read_text("utf-8") for k, a in trainings.items()},
    )
    for phase_key, artifact in trainings.items():
        seed = artifact.json("phase.json")["seed"]
        lines = list(artifact.lines("curve.jsonl"))
        curves.append(
            Curve(
                panel=names[phase_key].replace(f" seed {seed}", "", 1),
                label=f"seed {seed}",
                updates=[line["update"] for line in lines],
                losses=[line["loss"] for line in lines],
            )
        )
    return sorted(curves, key=lambda c: (c.panel, c.label))


def _trainings(plan: Plan, store: Store, target: str | None) -> Iterator[Artifact]:
    """Yield the trainings behind a plan's scores, each once."""
    answers = [a for a in plan.answers if target in {None, a.target}]
    for used in used_phases(replace(plan, answers=tuple(answers)), store):
        if "curve.jsonl" in used.artifact.files():
            yield used.artifact
