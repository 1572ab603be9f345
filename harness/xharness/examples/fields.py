"""Which field of an example does not hold what it should: text where text is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from xharness.examples.answers import Answer
from xharness.examples.classification import Classification
from xharness.examples.masked_lm import Plain
from xharness.examples.multiple_choice import MultipleChoice
from xharness.examples.retrieval import Pair
from xharness.examples.span_qa import SpanQuestion
from xharness.examples.tagging import Tagging


class WrongField(NamedTuple):
    """A field of an example that cannot be used."""

    name: str
    """Such as "text", "tokens[3]" or "answers[0].text"."""
    value: Any
    right: str
    """What would be right instead."""


def wrong_field(example: Any) -> WrongField | None:
    """Return the first field of an example that does not hold text where it should; else None.

    Labels are left to the example's own `problem`, which knows which ones there are.
    """
    for name, optional, many in _TEXTS.get(type(example)) or _texts(type(example)):
        value = getattr(example, name)
        if value is None and optional:
            continue
        if not many:
            found = _wrong(name, value)
        elif isinstance(value, tuple | list):
            found = next((w for i, v in enumerate(value) if (w := _wrong_part(name, i, v))), None)
        else:
            found = WrongField(name, value, "a tuple")
        if found is not None:
            return found
    return None


def _texts(kind: type[Any]) -> list[tuple[str, bool, bool]]:
    """Return the fields of a kind of example that hold text: name, may be None, are several."""
    found = []
    for field in fields(kind):
        first, *others = (part.strip() for part in str(field.type).split("|"))
        if field.name != "label" and first in {"str", "tuple[str, ...]", "tuple[Answer, ...]"}:
            found.append((field.name, "None" in others, first != "str"))
    return found


_TEXTS: Mapping[type[Any], list[tuple[str, bool, bool]]] = {
    kind: _texts(kind)
    for kind in (Classification, MultipleChoice, Tagging, SpanQuestion, Pair, Plain)
}
"""What `_texts` returns for our own kinds, which every row is asked for."""


def _wrong_part(name: str, place: int, value: Any) -> WrongField | None:
    """Return what is wrong with one of several texts or answers."""
    if isinstance(value, Answer):
        return _wrong(f"{name}[{place}].text", value.text)
    return _wrong(f"{name}[{place}]", value)


def _wrong(name: str, value: Any) -> WrongField | None:
    """Return what is wrong with a value that should be text."""
    if not isinstance(value, str):
        return WrongField(name, value, "text")
    if value.isascii():
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return WrongField(name, ascii(value), "text without lone surrogates (halves of characters)")
    return None
