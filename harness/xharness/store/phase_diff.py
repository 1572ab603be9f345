"""Why two phases have different keys: the fields that differ, down to the phase they stand in."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

from xharness import keys
from xharness.keys import Key
from xharness.phases import Phase, Train, describe, inputs

Lookup = Callable[[Key], str | None]
"""A phase's key to its text, None where it is not known."""

_ABSENT = object()


class FieldDifference(NamedTuple):
    """One field in which two phases differ."""

    path: str
    """As in "start.train.recipe.epochs"; "kind" where the phases are of different kinds."""
    ours: str
    """Value of the first phase, as JSON or in a few words."""
    theirs: str


def in_words(field: FieldDifference) -> str:
    """Return "start.train.recipe.epochs: 3 against 2"."""
    return f"{field.path}: {field.ours} against {field.theirs}"


def text(phase: Phase) -> str:
    """Return all fields that a phase's key depends on as JSON, its input phases as keys."""
    return json.dumps(_written_out(phase), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def texts(phases: Iterable[Phase]) -> dict[Key, str]:
    """Return the texts of phases and of all phases that they are made from, by key."""
    by_key: dict[Key, str] = {}
    waiting = list(phases)
    while waiting:
        phase = waiting.pop()
        if (phase_key := keys.key(phase)) not in by_key:
            by_key[phase_key] = text(phase)
            waiting += inputs(phase)
    return by_key


def difference(a: str, b: str, lookup: Lookup) -> list[FieldDifference]:
    """Return the fields in which two phases differ; none for equal phases.

    Where they read different phases, these are compared instead, so the field that is named is
    the cause.

    Args:
        a: Text of the first phase.
        b: Text of the second.
        lookup: Gives the texts of the phases that they are made from.
    """
    return list(_differing("", json.loads(a), json.loads(b), lookup))


def nearest(
    wanted: str, stored: Mapping[Key, str], lookup: Lookup
) -> tuple[Key, list[FieldDifference]] | None:
    """Return the stored phase of the same kind that differs least, and how it differs.

    Args:
        wanted: Text of a phase that is not in the store.
        stored: Texts of the phases that are, by key.
        lookup: As in `difference`.

    Returns:
        Its key and the fields that differ, wanted first; None if there is none of its kind.
    """
    kind = json.loads(wanted)[""]
    candidates = [
        (phase_key, difference(wanted, other, lookup))
        for phase_key, other in stored.items()
        if json.loads(other)[""] == kind
    ]
    return min(candidates, key=lambda c: (len(c[1]), c[0]), default=None)


def described(phases: Iterable[Phase]) -> dict[Key, str]:
    """Return phases in words, by key; no two trainings have the same words."""
    names = {keys.key(p): describe(p) for p in phases}
    trainings = {keys.key(p): p for p in phases if isinstance(p, Train)}
    return names | apart({k: names[k] for k in trainings}, lambda: texts(trainings.values()))


def apart(names: Mapping[Key, str], all_texts: Callable[[], Mapping[Key, str]]) -> dict[Key, str]:
    """Return names of which no two are equal: "train mnli seed 1 (limit 500)".

    Args:
        names: Keys of phases to what they are called.
        all_texts: Gives the texts of the phases and of what they are made from; called only if
            names are equal.
    """
    alike: dict[str, list[Key]] = defaultdict(list)
    for phase_key, name in names.items():
        alike[name].append(phase_key)
    if len(alike) == len(names):
        return dict(names)
    lookup = all_texts().get
    return {k: name for group in alike.values() for k, name in _apart(group, names, lookup).items()}


def _apart(group: list[Key], names: Mapping[Key, str], lookup: Lookup) -> dict[Key, str]:
    """Return names of phases that are called alike, with the fields in which they differ."""
    first, *others = (lookup(k) or "" for k in group)
    from_first = [difference(first, other, lookup) for other in others] if others else []
    usual = {field.path: field.ours for fields in from_first for field in fields}
    values = [usual, *(usual | {f.path: f.theirs for f in fields} for fields in from_first)]
    return {
        k: names[k] + (f" ({', '.join(_short(p, v) for p, v in own.items())})" if own else "")
        for k, own in zip(group, values, strict=True)
    }


def _short(path: str, value: str) -> str:
    """Return the last part of a field's path with its value: "limit 500"."""
    return f"{path.rpartition('.')[2]} {value}"


def _written_out(value: Any) -> Any:
    """Return a phase or a part of one as JSON values, with parts in place of their keys."""
    plain = json.loads(keys.text(value))
    for field in dataclasses.fields(value):
        if field.name in plain:
            plain[field.name] = _part(getattr(value, field.name), plain[field.name])
    return plain


def _part(content: Any, plain: Any) -> Any:
    """Return one field's content, where `plain` is its form in the JSON of the key."""
    if isinstance(content, (tuple, list)):
        return [_part(c, p) for c, p in zip(content, plain, strict=True)]
    if dataclasses.is_dataclass(content) and not isinstance(content, get_args(Phase)):
        return _written_out(content)
    return plain


def _differing(path: str, a: Any, b: Any, lookup: Lookup) -> Iterator[FieldDifference]:
    """Yield the differences of two JSON values that stand at the same path."""
    if a == b:
        return
    a, b = _opened(a, lookup), _opened(b, lookup)
    if isinstance(a, dict) and isinstance(b, dict) and "" in a and a[""] == b.get(""):
        for name in sorted(a.keys() | b.keys()):
            inner = f"{path}.{name}" if path else name
            yield from _differing(inner, a.get(name, _ABSENT), b.get(name, _ABSENT), lookup)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from _differing(f"{path}[{i}]", one, other, lookup)
    else:
        yield FieldDifference(path=path or "kind", ours=_shown(a), theirs=_shown(b))


def _opened(value: Any, lookup: Lookup) -> Any:
    """Return the phase that a key stands for, or the value itself."""
    if isinstance(value, dict) and value.keys() == {"key"}:
        phase = lookup(Key(value["key"]))
        return value if phase is None else json.loads(phase)
    return value


def _shown(value: Any) -> str:
    """Return a JSON value in a few characters."""
    if value is _ABSENT:
        return "its default"
    if isinstance(value, dict):
        name = value.get("")
        return f"a {name}" if name else f"phase {value['key'][:10]}, whose text is not known"
    return json.dumps(value, ensure_ascii=False)
