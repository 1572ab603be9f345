"""Why two phases have different keys: the fields that differ, down to their first cause."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, get_args

from xharness import keys
from xharness.keys import Key
from xharness.phases import Phase, inputs

Lookup = Callable[[Key], str | None]
"""A phase's key to its text, None where it is not known."""

_ABSENT = object()


def text(phase: Phase) -> str:
    """Return everything a phase's key is made of as JSON, its input phases as keys only."""
    return json.dumps(_written_out(phase), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def texts(phases: Iterable[Phase]) -> dict[Key, str]:
    """Return the texts of phases and of all phases that they are made from, by key."""
    found: dict[Key, str] = {}
    waiting = list(phases)
    while waiting:
        phase = waiting.pop()
        if (name := keys.key(phase)) not in found:
            found[name] = text(phase)
            waiting += inputs(phase)
    return found


def difference(a: str, b: str, lookup: Lookup) -> list[str]:
    """Return one line for each field in which two phases differ.

    A phase made from another is followed to that one, so what is named is the cause.

    Args:
        a: Text of the first phase.
        b: Text of the second.
        lookup: Where the texts of the phases they are made from are found.

    Returns:
        Lines such as "start.train.recipe.epochs: 3 against 2"; none for equal phases.
    """
    return list(_differing("", json.loads(a), json.loads(b), lookup))


def nearest(wanted: str, stored: Mapping[Key, str], lookup: Lookup) -> tuple[Key, list[str]] | None:
    """Return the stored phase of the same kind that differs least, and how it differs.

    Args:
        wanted: Text of a phase that is not in the store.
        stored: Texts of the phases that are, by key.
        lookup: As in `difference`.

    Returns:
        The key and the lines of `difference`, wanted first; None if there is none of its kind.
    """
    kind = json.loads(wanted)[""]
    ways = [
        (name, difference(wanted, other, lookup))
        for name, other in stored.items()
        if json.loads(other)[""] == kind
    ]
    return min(ways, key=lambda way: (len(way[1]), way[0]), default=None)


def _written_out(value: Any) -> Any:
    """Return a phase or a part of one as JSON values, with parts in place of their keys."""
    plain = json.loads(keys.text(value))
    for field in dataclasses.fields(value):
        if field.name in plain:
            plain[field.name] = _part(getattr(value, field.name), plain[field.name])
    return plain


def _part(content: Any, plain: Any) -> Any:
    """Return one field's content, where `plain` is its form in the canonical JSON."""
    if isinstance(content, (tuple, list)):
        return [_part(c, p) for c, p in zip(content, plain, strict=True)]
    if dataclasses.is_dataclass(content) and not isinstance(content, get_args(Phase)):
        return _written_out(content)
    return plain


def _differing(where: str, a: Any, b: Any, lookup: Lookup) -> Iterator[str]:
    """Yield the differences of two JSON values at one place."""
    if a == b:
        return
    a, b = _opened(a, lookup), _opened(b, lookup)
    if isinstance(a, dict) and isinstance(b, dict) and "" in a and a[""] == b.get(""):
        for name in sorted(a.keys() | b.keys()):
            inner = f"{where}.{name}" if where else name
            yield from _differing(inner, a.get(name, _ABSENT), b.get(name, _ABSENT), lookup)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for place, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from _differing(f"{where}[{place}]", one, other, lookup)
    else:
        yield f"{where or 'kind'}: {_shown(a)} against {_shown(b)}"


def _opened(value: Any, lookup: Lookup) -> Any:
    """Return the phase that a key stands for, or the value itself."""
    if isinstance(value, dict) and value.keys() == {"key"}:
        found = lookup(Key(value["key"]))
        return value if found is None else json.loads(found)
    return value


def _shown(value: Any) -> str:
    """Return a JSON value in a few characters."""
    if value is _ABSENT:
        return "its default"
    if isinstance(value, dict):
        name = value.get("")
        return f"a {name}" if name else f"phase {value['key'][:10]}, whose text is not known"
    return json.dumps(value, ensure_ascii=False)
