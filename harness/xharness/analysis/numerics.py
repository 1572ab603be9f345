"""With which numerics the numbers of a comparison were computed, and which contrasts mix them.

Precision is in keys. What remains are the device, the attention kernel, torch's minor version and
the engine's revision: rows that differ in one of them are a class of their own, as a difference
between them may be one of hardware. Threads and the model of a processor change last digits only
(benchmarks/README.md), and are told without a mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xharness.analysis.used_phases import UsedPhase
from xharness.planning.contrasts import TargetEntry
from xharness.planning.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Numerics:
    """What rows were computed with."""

    classes: Mapping[TargetEntry, tuple[str, ...]] = field(default_factory=dict)
    """Rows to their classes in words, usually one; rows that no engine computed have none."""
    mixed: Mapping[TargetEntry, tuple[str, ...]] = field(default_factory=dict)
    """Rows whose contrast is between classes, to these classes."""
    hardware: tuple[str, ...] = ()
    """Processors or GPUs, with threads."""


def collect(plan: Plan, used: Iterable[UsedPhase]) -> Numerics:
    """Return what the rows of a plan were computed with.

    Args:
        plan: Says what is compared with what.
        used: The phases behind its numbers.
    """
    classes: dict[TargetEntry, dict[str, None]] = {}
    hardware: dict[str, None] = {}
    for phase in used:
        if "profile.json" not in phase.artifact.files():
            continue
        profile = phase.artifact.json("profile.json")
        if "engine" not in profile:
            continue  # of what computes nothing, such as a score
        hardware[f"{profile['hardware']}, {profile['threads']} threads"] = None
        for place in phase.places:
            classes.setdefault(place, {})[_class(profile)] = None
    found = {place: tuple(sorted(names)) for place, names in classes.items()}
    mixed = {}
    for row, other in plan.opponents().items():
        several = tuple(sorted({*found.get(row, ()), *found.get(other, ())}))
        if len(several) > 1:
            mixed[row] = several
    return Numerics(classes=found, mixed=mixed, hardware=tuple(sorted(hardware)))


def _class(profile: Mapping[str, Any]) -> str:
    """Return a class in words: "cpu, sdpa attention, torch 2.13, engine 1"."""
    major, minor, *_ = profile["versions"]["torch"].split(".")
    kernel = f", {profile['attention']} attention" if profile.get("attention") else ""
    return f"{profile['device']}{kernel}, torch {major}.{minor}, engine {profile['engine']}"
