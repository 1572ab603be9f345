"""Translations that are kept for all phases of a store, so that no sentence is translated twice.

A folder per translator, pair of languages, way of searching and numerics profile; in it one
file per phase that added something, a line per sentence with a check sum. A sentence's
translation does not depend on the others (see `seq2seq`), so where it came from changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from xharness.engine.translation.segments import Outcome
from xharness.store.locks import Waiting, hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is known, and where more is written."""

    known: dict[str, Outcome] = field(default_factory=dict)
    file: TextIO

    def add(self, found: Iterable[tuple[str, Outcome]]) -> None:
        """Keep translations; they are on disk when this returns."""
        for sentence, outcome in found:
            self.known[sentence] = outcome
            self.file.write(_line(sentence, outcome))
        self.file.flush()


@contextmanager
def opened(folder: Path, name: str, waiting: Waiting | None = None) -> Iterator[Memory]:
    """Open a memory; one process at a time, so that two never translate the same sentence.

    Args:
        folder: Of the translator; made if need be.
        name: Of the phase that may add to it.
        waiting: Called while another process has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with hold(folder / "lock", waiting):
        known = {s: o for path in sorted(folder.glob("*.jsonl")) for s, o in _read(path)}
        with (folder / f"{name}.jsonl").open("a", encoding="utf-8", newline="\n") as file:
            file.write("\n")  # ends a line that a kill cut short
            yield Memory(known=known, file=file)


def folder_of(root: Path, *what: Any) -> Path:
    """Return the folder of what decides a translation, given as plain JSON values."""
    text = json.dumps(what, sort_keys=True)
    return root / "translations" / hashlib.sha256(text.encode()).hexdigest()[:32]


def _read(path: Path) -> Iterator[tuple[str, Outcome]]:
    """Yield what a file remembers; a damaged line is as if it were not there."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                row = json.loads(line)
                outcome = Outcome(text=row["translation"], lost=row["lost"])
                sentence = row["source"]
            except (ValueError, TypeError, KeyError):
                continue
            if row.get("check") == _check(sentence, outcome):
                yield sentence, outcome


def _line(sentence: str, outcome: Outcome) -> str:
    """Return one sentence as a line of a memory."""
    row = {
        "source": sentence,
        "translation": outcome.text,
        "lost": outcome.lost,
        "check": _check(sentence, outcome),
    }
    return json.dumps(row, ensure_ascii=False) + "\n"


def _check(sentence: Any, outcome: Outcome) -> str:
    """Return the check sum of one sentence and its translation."""
    text = json.dumps([sentence, outcome.text, outcome.lost])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
