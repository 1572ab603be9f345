"""The world that all fictional languages speak of: its concepts, and what follows from what.

A sentence is a `Clause` of concepts, the same in every language; `grammar` says it in one.
Adding a concept here adds a word to every language.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

CITATION = """@software{xharness,
  title = {xharness: the lab, a suite of fictional languages},
  author = {{The xharness authors}}
}"""
"""Of every task of the lab."""

Poles = tuple[tuple[str, str], tuple[str, str]]
"""Two pairs of synonyms that are opposites of each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The concepts that sentences are drawn from."""

    beings: Mapping[str, tuple[str, ...]]
    """A class of those who act, and its members."""
    things: Mapping[str, tuple[str, ...]]
    """A class of what is acted on, and its members."""
    places: tuple[str, ...]
    times: tuple[str, ...]
    colours: tuple[str, ...]
    traits: tuple[Poles, ...]
    actions: tuple[Poles, ...]


WORLD = World(
    beings=MappingProxyType(
        {
            "animal": (
                "dog", "cat", "horse", "cow", "goat", "bear",
                "wolf", "fox", "sheep", "hare", "owl", "swan",
            ),
            "person": (
                "farmer", "baker", "singer", "doctor", "judge", "pilot",
                "nurse", "monk", "tailor", "sailor", "miner", "poet",
            ),
        }
    ),
    things=MappingProxyType(
        {
            "food": ("apple", "bread", "cheese", "honey", "onion", "soup"),
            "tool": ("hammer", "knife", "rope", "shovel", "lamp", "key"),
        }
    ),
    places=(
        "garden", "kitchen", "forest", "market", "tower", "harbour",
        "school", "bridge", "meadow", "cellar", "temple", "station",
    ),
    times=("dawn", "noon", "dusk", "midnight", "spring", "summer", "autumn", "winter"),
    colours=("red", "green", "blue", "yellow", "white", "black"),
    traits=(
        (("big", "large"), ("small", "little")),
        (("fast", "quick"), ("slow", "sluggish")),
        (("old", "aged"), ("young", "youthful")),
        (("happy", "glad"), ("sad", "gloomy")),
        (("loud", "noisy"), ("quiet", "silent")),
        (("rich", "wealthy"), ("poor", "needy")),
        (("strong", "mighty"), ("weak", "feeble")),
        (("brave", "bold"), ("timid", "fearful")),
    ),
    actions=(
        (("push", "shove"), ("pull", "drag")),
        (("find", "discover"), ("lose", "mislay")),
        (("buy", "purchase"), ("sell", "vend")),
        (("open", "unseal"), ("close", "shut")),
        (("love", "adore"), ("hate", "despise")),
        (("make", "craft"), ("break", "smash")),
        (("hide", "conceal"), ("show", "display")),
        (("lift", "raise"), ("lower", "sink")),
    ),
)  # fmt: skip

ORGANISATIONS = ("guild", "bank", "league", "academy", "theatre", "council")
"""What bears a name of its own as a whole: "guild Tavo"."""
NAMES: tuple[str, ...] = tuple(f"name {i}" for i in range(30))
"""Proper names; each may be a person's, a place's or an organisation's."""
NUMBERS = ("2", "3", "4", "5", "6", "7", "8", "9")
"""Written in digits in every language, as in most real ones."""
ADPOSITIONS = ("in", "at")
"""What places and times are marked with."""
QUESTIONS: Mapping[str, str] = MappingProxyType(
    {"place": "where", "time": "when", "object": "what", "number": "how many"}
)
"""What a question asks for, and its question word."""
MARKERS = ("not", "subject", "object")
"""Negation, and the particles of languages that mark case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A noun with what is said of it."""

    noun: str
    trait: str | None = None
    """An adjective: a trait or a colour."""
    negated: bool = False
    """The trait is denied: "not big"."""
    number: str | None = None
    name: str | None = None
    """A proper name that follows the noun: "guild Tavo", or a person's second name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One sentence: who does what, where and when."""

    subject: Phrase
    verb: str
    negated: bool = False
    object: Phrase | None = None
    place: str | None = None
    time: str | None = None
    asks: str | None = None
    """For a question, a key of QUESTIONS; that part is left out, and asked for."""
    fronted: str | None = None
    """Any of its parts: said before everything else, in every language."""


def _poles(world: World) -> tuple[Poles, ...]:
    """Return every scale: of traits, then of actions."""
    return world.traits + world.actions


CLASS_OF: Mapping[str, str] = MappingProxyType(
    {m: c for kind in (WORLD.beings, WORLD.things) for c, ms in kind.items() for m in ms}
)
"""A member to its class: "dog" to "animal"."""
SYNONYM: Mapping[str, str] = MappingProxyType(
    {a: b for scale in _poles(WORLD) for x, y in scale for a, b in ((x, y), (y, x))}
)
"""A trait or action to the other word for it."""
OPPOSITES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {c: scale[1 - i] for scale in _poles(WORLD) for i in (0, 1) for c in scale[i]}
)
"""A trait or action to the two words that exclude it."""

CONTENT: tuple[str, ...] = (
    *(c for kind in (WORLD.beings, WORLD.things) for k, ms in kind.items() for c in (k, *ms)),
    *WORLD.places,
    *WORLD.times,
    *WORLD.colours,
    *(c for scale in _poles(WORLD) for pole in scale for c in pole),
    *ORGANISATIONS,
)
"""Every concept that has a word of its own in each language, function words and names aside."""
FUNCTION: tuple[str, ...] = (*ADPOSITIONS, *QUESTIONS.values(), *MARKERS)


def half(world: World, part: int) -> World:
    """Return the world with every second concept of each list, whole scales kept together.

    Args:
        world: The world to halve.
        part: 0 or 1: which half.
    """

    def members(kind: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        return MappingProxyType({c: ms[part::2] for c, ms in kind.items()})

    return World(
        beings=members(world.beings),
        things=members(world.things),
        places=world.places[part::2],
        times=world.times[part::2],
        colours=world.colours[part::2],
        traits=world.traits[part::2],
        actions=world.actions[part::2],
    )


def concepts(world: World) -> frozenset[str]:
    """Return the concepts that facts of a world are made of, class names left out."""
    return frozenset(
        (
            *(m for kind in (world.beings, world.things) for ms in kind.values() for m in ms),
            *world.places,
            *world.times,
            *world.colours,
            *(c for scale in _poles(world) for pole in scale for c in pole),
        )
    )


def pick(rng: Random, scales: tuple[Poles, ...]) -> str:
    """Return a trait or action; all are equally likely."""
    return rng.choice(rng.choice(rng.choice(scales)))


def other(rng: Random, scales: tuple[Poles, ...], concept: str) -> str:
    """Return a trait or action that neither follows from `concept` nor excludes it."""
    apart = {concept, SYNONYM[concept], *OPPOSITES[concept]}
    while (found := pick(rng, scales)) in apart:
        pass
    return found


def fact(rng: Random, world: World = WORLD) -> Clause:
    """Return a random statement with every part filled."""
    members = rng.choice(tuple(world.beings.values()))
    things = rng.choice(tuple(world.things.values()))
    return Clause(
        subject=Phrase(noun=rng.choice(members), trait=pick(rng, world.traits)),
        verb=pick(rng, world.actions),
        object=Phrase(
            noun=rng.choice(things), trait=rng.choice(world.colours), number=rng.choice(NUMBERS)
        ),
        place=rng.choice(world.places),
        time=rng.choice(world.times),
    )


def meeting(rng: Random, world: World = WORLD) -> Clause:
    """Return a random statement of one being that acts on another, with every part filled."""
    members = [m for ms in world.beings.values() for m in ms]
    actor, other_one = rng.sample(members, 2)
    first, second = (rng.choice(rng.choice(s)) for s in rng.sample(world.traits, 2))
    return Clause(
        subject=Phrase(noun=actor, trait=first),
        verb=pick(rng, world.actions),
        object=Phrase(noun=other_one, trait=second),
        place=rng.choice(world.places),
        time=rng.choice(world.times),
    )


def naming(rng: Random, world: World = WORLD) -> Clause:
    """Return a random statement with proper names in it.

    The same name is a person's (alone, with a second name, or after a word such as "doctor"), a
    place's or an organisation's; nothing but its neighbours tells which.
    """

    def bearer() -> Phrase:
        first, second = rng.sample(NAMES, 2)
        if rng.random() < 0.33:
            return Phrase(noun=first, name=rng.choice((second, None)))
        noun = rng.choice(rng.choice((world.beings["person"], ORGANISATIONS)))
        return Phrase(noun=noun, name=first if rng.random() < 0.75 else None)

    return Clause(
        subject=bearer(),
        verb=pick(rng, world.actions),
        object=bearer(),
        place=rng.choice(NAMES) if rng.random() < 0.6 else rng.choice(world.places),
        time=rng.choice(world.times),
    )


def split_of(clause: Clause) -> str:
    """Return the split a statement belongs to, so that no two splits share one.

    One statement in ten is for tests, and one for development. Only nouns count, so synonyms
    of trait and action cannot take a statement into another split; who acts on whom does not count
    either. A caller that leaves out parts of a statement must do so before this call.
    """
    nouns = sorted((clause.subject.noun, clause.object.noun if clause.object else ""))
    said = (*nouns, clause.place, clause.time)
    part = zlib.crc32("|".join(str(s) for s in said).encode()) % 10
    return {0: "test", 1: "dev"}.get(part, "train")
