"""Whether the fields of a value that a plugin made have the types that its class declares.

Nothing checks types when a plugin makes a task or a model, and a wrong one would show much later,
far from the plugin.
"""

from __future__ import annotations

import collections.abc
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_PLAIN: Mapping[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    type(None): "None",
}


def wrong_types(value: Any) -> Iterator[str]:
    """Yield "field: what it is; what would be right" for every field of the wrong type.

    Args:
        value: An instance of a dataclass.
    """
    for name, wanted in _hints(value.__class__).items():
        try:
            given = getattr(value, name)
        except AttributeError:  # a subclass may leave a field out when it is made
            yield f"{name}: is missing; {described(wanted)} would be right"
            continue
        if not fits(given, wanted):
            yield f"{name}: {shown(given)}; {described(wanted)} would be right"


def shown(value: object) -> str:
    """Return a value and its type, as short as an error needs it."""
    if value is None:
        return "is None"
    text = " ".join(repr(value).split())
    return f"{text if len(text) <= 60 else text[:57] + '...'} is {_type_of(value)}"


def fits(value: Any, wanted: Any) -> bool:
    """Return whether a value has a declared type, with all that it holds.

    A bool is no number here, and a list is no tuple: what is let in must be frozen.
    """
    origin, inner = get_origin(wanted), get_args(wanted)
    if wanted is Any or getattr(wanted, "_is_protocol", False):
        return True  # a protocol is checked by what a value has, not by its class
    holds = _HOLDS.get(origin)
    return holds(value, inner) if holds else _is(value, wanted)


def _is(value: Any, kind: Any) -> bool:
    """Return whether a value is of a class; a whole number is also a number."""
    if kind in {int, float} and isinstance(value, bool):
        return False
    return isinstance(value, (int, float) if kind is float else kind)


def _is_tuple(value: Any, inner: tuple[Any, ...]) -> bool:
    """Return whether a value is a tuple of these types, or any number of the first of them."""
    if not isinstance(value, tuple):
        return False
    of = inner[:1] * len(value) if inner[-1:] == (...,) else inner
    return len(of) == len(value) and all(map(fits, value, of))


def _is_mapping(value: Any, inner: tuple[Any, ...]) -> bool:
    """Return whether a value is a mapping of one type to another."""
    if not isinstance(value, Mapping):
        return False
    return all(fits(k, inner[0]) and fits(v, inner[1]) for k, v in value.items())


def _is_one_of(value: Any, inner: tuple[Any, ...]) -> bool:
    """Return whether a value has one of several types."""
    return any(fits(value, one) for one in inner)


_HOLDS: Mapping[Any, Callable[[Any, tuple[Any, ...]], bool]] = {
    Union: _is_one_of,
    types.UnionType: _is_one_of,
    tuple: _is_tuple,
    collections.abc.Mapping: _is_mapping,
    collections.abc.Callable: lambda value, _: callable(value),
}
"""By the outer part of a type: (value, the inner parts) to whether the value has it."""


def described(wanted: Any) -> str:
    """Return a declared type in words."""
    inner = get_args(wanted)
    words = [described(one) for one in inner if one is not ... and not isinstance(one, list)]
    told = {
        Union: " or ".join(words),
        types.UnionType: " or ".join(words),
        tuple: f"a tuple of {', '.join(words)}",
        collections.abc.Mapping: f"a mapping of {' to '.join(words)}",
        collections.abc.Callable: "a function",
    }
    if (origin := get_origin(wanted)) in told:
        return told[origin]
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return " or ".join(str(one) for one in wanted)
    return _PLAIN.get(wanted) or f"a {getattr(wanted, '__name__', wanted)}"


def _type_of(value: object) -> str:
    """Return the type of a value in a word or two."""
    kind = type(value)
    if kind in _PLAIN:
        return _PLAIN[kind]
    return f"an {kind.__name__}" if kind.__name__[0] in "aeiouAEIOU" else f"a {kind.__name__}"


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    """Return the declared types of a dataclass's fields."""
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind)}
