"""What training rows share with test sets, as it was counted once: a file for each training set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from xharness.store.store import Store

_TRAINING = ("task", "version", "data", "languages", "split", "limit", "sample_seed", "part",
             "translated", "definition")  # fmt: skip
_TEST = ("task", "version", "data", "language", "split", "limit", "sample_seed", "definition")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """The text that one test set, in one language, shares with the rows of one training set."""

    task: str
    """Whose rows are trained on."""
    trained_in: str
    """Their languages, joined by "+"."""
    translated: bool
    """Whether they are a machine translation."""
    target: str
    language: str
    items: int
    """Of the test set."""
    whole: int
    """Items of which every text is also a text of the training rows."""
    run: str
    """"13 words" or "50 characters"."""
    long: int
    """Items with a text that is long enough for a run."""
    runs: int
    """Items with a run that stands in the training rows."""


def training_set(stream: Mapping[str, Any]) -> str:
    """Return the name of the rows of a stream, given its fields as in a Train's phase.json."""
    return _digest(stream, _TRAINING)


def test_set(predict: Mapping[str, Any]) -> str:
    """Return the name of the rows that a prediction is of, given the fields of its phase.json."""
    return _digest(predict, _TEST)


def read(store: Store, training: str, code: int) -> dict[str, Overlap]:
    """Return what is known of a training set: the name of a test set to what they share.

    Args:
        store: Where it was kept.
        training: Name of the training set.
        code: Of the way of counting; what was counted otherwise is not returned.
    """
    path = _path(store, training)
    if not path.is_file():
        return {}
    content = json.loads(path.read_text("utf-8"))
    if content["code"] != code:
        return {}
    return {name: Overlap(**fields) for name, fields in content["tests"].items()}


def save(store: Store, training: str, code: int, tests: Mapping[str, Overlap]) -> None:
    """Keep what is known of a training set; arguments as in `read`.

    Raises:
        StoreError: If the store cannot be written.
    """
    content = {"code": code, "tests": {name: asdict(one) for name, one in tests.items()}}
    text = json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False)
    store.write(_path(store, training), text + "\n")


def _path(store: Store, training: str) -> Path:
    """Return the file of a training set."""
    return store.root / "overlaps" / f"{training}.json"


def _digest(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """Return a digest of some fields, whichever of them there are."""
    chosen = {name: fields[name] for name in names if fields.get(name) is not None}
    return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:32]
