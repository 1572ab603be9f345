"""The numerics with which the rows of a comparison were computed, and which contrasts mix them.

Rows form classes: a class has one device, one attention kernel, one minor version of torch and one
revision of the engine, and is compiled or not. A difference between rows of different classes may
come from the numerics, so it is marked. Precision is part of every key already. The number of
threads and the model of the processor change only last digits (benchmarks/README.md), so they are
reported without a mark.
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
    """The numerics of a comparison's rows."""

    classes: Mapping[TargetEntry, tuple[str, ...]] = field(default_factory=dict)
    """Cell to its classes in words, usually one; a cell that no engine computed is absent."""
    mixed: Mapping[TargetEntry, tuple[str, ...]] = field(default_factory=dict)
    """Cell to the classes of it and its opponent, where these differ."""
    hardware: tuple[str, ...] = ()
    """The processors or GPUs used, each with its number of threads."""


def collect(plan: Plan, used: Iterable[UsedPhase]) -> Numerics:
    """Return the numerics of a plan's rows.

    Args:
        plan: What was compared; its contrasts say which row is compared with which.
        used: The phases that its numbers rest on.
    """
    classes: dict[TargetEntry, dict[str, None]] = {}
    hardware: dict[str, None] = {}
    for phase in used:
        if "profile.json" not in phase.artifact.files():
            continue
        profile = phase.artifact.json("profile.json")
        if "engine" not in profile:
            continue  # a phase that no network computes, such as a score
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
    """Return a class in words: "cuda, sdpa attention, compiled, torch 2.13, engine 1"."""
    major, minor, *_ = profile["versions"]["torch"].split(".")
    kernel = f", {profile['attention']} attention" if profile.get("attention") else ""
    kernel += ", compiled" if profile.get("compiled") else ""
    return f"{profile['device']}{kernel}, torch {major}.{minor}, engine {profile['engine']}"
