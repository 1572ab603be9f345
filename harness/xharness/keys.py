"""The key of a value: a hash of canonical JSON, the same on every machine and in every year.

A field is left out of the key when it is declared with `not_identity()` (it changes
speed, not results), or with `added_later()` while it still has its default (so that a new
field does not throw away old work). What is hashed is JSON text, never a pickle.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any, NewType

Key = NewType("Key", str)
"""64 hexadecimal digits."""

_ROLE = "xharness"


def not_identity(default: Any = dataclasses.MISSING) -> Any:
    """Return a dataclass field that never enters the key."""
    return dataclasses.field(default=default, metadata={_ROLE: "not identity"})


def added_later(default: Any) -> Any:
    """Return a dataclass field that enters the key only when it differs from `default`."""
    return dataclasses.field(default=default, metadata={_ROLE: "added later"})


REMEMBERED = 2**18
"""Keys that are remembered: a plan of 100,000 phases asks for those of all its phases again."""
_of_object: dict[int, tuple[Any, Key]] = {}
"""Objects and their keys, by `id`, because a look-up by equality would hash all ancestors of a
phase. The dict keeps its objects alive, so no other object can get the id of one."""

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def key(value: Any) -> Key:
    """Return the key of a frozen dataclass.

    Args:
        value: A frozen dataclass; its fields may hold other frozen dataclasses, whose keys
            stand in for them, so keys form a Merkle tree.

    Raises:
        TypeError: If something in it has no canonical form (a set, an object, a function).
        ValueError: If a number is not finite.
    """
    known = _of_object.get(id(value))
    if known is not None:
        return known[1]
    computed = Key(hashlib.sha256(text(value).encode()).hexdigest())
    if len(_of_object) >= REMEMBERED:
        _of_object.clear()
    _of_object[id(value)] = (value, computed)
    return computed


def text(value: Any) -> str:
    """Return the canonical JSON of a frozen dataclass: what its key is the hash of."""
    return _canonical(_fields(value))


def _fields(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass that its key holds, as plain JSON values."""
    frozen = getattr(getattr(value, "__dataclass_params__", None), "frozen", False)
    if not frozen or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} has no key: not a frozen dataclass")
    plain: dict[str, Any] = {"": type(value).__name__}
    for name, later, default in _of_type(value.__class__):
        content = getattr(value, name)
        if not (later and content == default):
            plain[name] = _plain(content)
    return plain


@cache
def _of_type(kind: type[Any]) -> tuple[tuple[str, bool, Any], ...]:
    """Return the fields of a dataclass that are in its key: name, whether added later, default."""
    roles = {field: field.metadata.get(_ROLE) for field in dataclasses.fields(kind)}
    return tuple(
        (field.name, role == "added later", field.default)
        for field, role in roles.items()
        if role != "not identity"
    )


def _plain(value: Any) -> Any:
    """Return one field's content as plain JSON values; 2 and 2.0, being equal, are one."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} has no canonical form")
        return int(value) if value.is_integer() else value
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {"key": key(value)}
    raise TypeError(f"{type(value).__name__} has no canonical form")


def ancestors(phase_keys: Iterable[Key], parents: Callable[[Key], Iterable[Key]]) -> Iterator[Key]:
    """Yield phases and all that they were made from, each once, nearest first along each chain.

    Args:
        phase_keys: Where to begin.
        parents: Returns the keys of the phases that a phase reads.
    """
    waiting = list(dict.fromkeys(phase_keys))
    seen = set(waiting)
    while waiting:
        phase_key = waiting.pop()
        yield phase_key
        fresh = [p for p in dict.fromkeys(parents(phase_key)) if p not in seen]
        seen.update(fresh)
        waiting += fresh
