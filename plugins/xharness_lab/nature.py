"""What is true of each being and thing: some of it is known from running text, some is not.

A lamp is strong, say, and neither big nor small: text for pretraining says of things what they
are like, so that whoever has read it knows what it is to be of some nature. Of beings it says
everything alike, so that nobody can know what a horse is like who was not taught. Training rows of
targets teach it of some beings (`KNOWN`), those of intermediate tasks of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType

from xharness_lab.world import WORLD, Poles

Nature = tuple[int | None, ...]
"""For each scale of traits in their order: the pole (0 or 1) that a noun has, or neither."""

TEMPERS = 3
"""Sorts of beings and things: those of one sort have the same nature."""


def _nature(temper: int) -> Nature:
    """Return the nature of a temper; on each scale one temper has either pole, and one neither."""
    return tuple((0, 1, None)[(temper - scale) % TEMPERS] for scale in range(len(WORLD.traits)))


def _all_natures() -> Mapping[str, Nature]:
    """Return the nature of every noun: of each three members of a class, one of each temper."""
    rng = Random("what all are like")  # noqa: S311 - not for secrets
    made: dict[str, Nature] = {}
    for members in (*WORLD.beings.values(), *WORLD.things.values()):
        for first in range(0, len(members), TEMPERS):
            tempers = rng.sample(range(TEMPERS), TEMPERS)
            some = members[first : first + TEMPERS]
            made |= {noun: _nature(t) for noun, t in zip(some, tempers, strict=True)}
    return MappingProxyType(made)


BEINGS = tuple(sorted(m for members in WORLD.beings.values() for m in members))
THINGS = tuple(sorted(m for members in WORLD.things.values() for m in members))
KNOWN = tuple(sorted(m for members in WORLD.beings.values() for m in members[: len(members) // 4]))
"""The beings that training rows of targets speak of: a quarter of each class."""
NATURE: Mapping[str, Nature] = _all_natures()
"""By being or thing."""


def opposed(rng: Random, noun: str) -> tuple[str, str]:
    """Return a trait that a noun has by nature, and a word for its opposite; any of its scales."""
    decided = [(s, p) for s, p in zip(WORLD.traits, NATURE[noun], strict=True) if p is not None]
    scale, pole = rng.choice(decided)
    return rng.choice(scale[pole]), rng.choice(scale[1 - pole])


def unsaid(rng: Random, noun: str) -> str:
    """Return a trait of which nothing is known for a noun: neither it nor its opposite."""
    scales: list[Poles] = [s for s, p in zip(WORLD.traits, NATURE[noun], strict=True) if p is None]
    return rng.choice(rng.choice(rng.choice(scales)))
