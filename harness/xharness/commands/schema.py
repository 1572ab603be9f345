"""What the program prints with --json, as JSON Schema (draft 2020-12), from schemas.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from xharness.errors import StudyError, unknown
from xharness.report.view import View

_NULL = "|null"
_PLAIN: Mapping[str, Any] = {
    "text": {"type": "string"},
    "whole": {"type": "integer"},
    "number": {"type": "number"},
    "yes": {"type": "boolean"},
    "any": {},
}


def names() -> tuple[str, ...]:
    """Return what has a schema."""
    return tuple(_facts()["documents"])


def listing() -> View:
    """Return what has a schema, and what prints it."""
    documents = _facts()["documents"]
    rows = [{"name": name, "about": said["about"]} for name, said in documents.items()]
    return View.of_rows("schemas", rows, prose=("about",))


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of one output.

    Raises:
        StudyError: If nothing has the name.
    """
    facts = _facts()
    if name not in facts["documents"]:
        raise StudyError("schema", [unknown("name", "schema", name, facts["documents"])])
    said, version = facts["documents"][name], facts["version"]
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": said["about"],
        "$comment": f"version {version}",
    }
    if "table" in said:
        return {**head, "type": "array", "items": _row(said["table"])}
    fields = {n: t for n, t in said["fields"].items() if n not in said.get("without", ())}
    properties = {"schema": {"const": version}, **{n: _type(t) for n, t in fields.items()}}
    return {
        **head,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": said.get("more", False),
    }


def _row(name: str) -> dict[str, Any]:
    """Return the schema of one row of a table."""
    fields = _facts()["rows"][name]
    if fields == "any":
        return {}
    properties = {n: _described(t) for n, t in fields.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": [n for n in properties if n not in _WHERE_ASKED],
        "additionalProperties": False,
    }


def _described(said: Any) -> dict[str, Any]:
    """Return the schema of a field, given as its type or as [type, description]."""
    kind, *about = said if isinstance(said, list) else (said,)
    return {**_type(kind), **({"description": ", ".join(about)} if about else {})}


def _type(kind: Any) -> dict[str, Any]:
    """Return the schema of a type as schemas.yaml writes it."""
    if isinstance(kind, str) and kind[0] in "[{":
        kind = yaml.safe_load(kind)
    if isinstance(kind, list):
        return {"type": "array", "items": _type(kind[0])}
    if isinstance(kind, dict):
        (value,) = kind.values()
        return {"type": "object", "additionalProperties": _type(value)}
    bare = kind.removesuffix(_NULL)
    found = dict(_PLAIN[bare]) if bare in _PLAIN else _of_rows(bare)
    return {"anyOf": [found, {"type": "null"}]} if kind.endswith(_NULL) else found


def _of_rows(name: str) -> dict[str, Any]:
    """Return the schema of a list of rows, or of a single one for the types in `_ONE`."""
    return _row(name) if name in _ONE else {"type": "array", "items": _row(name)}


_WHERE_ASKED = {"syntax", "phonology", "inventory", "genetic", "geographic"}
"""Fields that are printed only with a flag: distances between languages."""
_ONE = {"ERROR", "PHASE_COUNTS", "NUMERICS", "ESTIMATE"}
"""Types of which a field holds a single object and not a list."""


@cache
def _facts() -> Mapping[str, Any]:
    """Return schemas.yaml."""
    facts: Mapping[str, Any] = yaml.safe_load(
        Path(__file__).with_name("schemas.yaml").read_text("utf-8")
    )
    return facts
