"""A translation memory for all phases of a store, so that no sentence is translated twice.

It has a folder for each translator, pair of languages, way of searching and numerics profile. There
each phase that added translations has a file, with one sentence and a check sum on each line. A
sentence's translation does not depend on other sentences (see `seq2seq`), so any phase may use it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from xharness.engine.translation.segments import TranslatedSentence
from xharness.store.locks import Waiting, hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Translations by sentence, and the file to which more are added."""

    known: dict[str, TranslatedSentence] = field(default_factory=dict)
    file: TextIO

    def add(self, translations: Iterable[tuple[str, TranslatedSentence]]) -> None:
        """Keep translations; they are in the file when this returns."""
        for sentence, translated in translations:
            self.known[sentence] = translated
            self.file.write(_line(sentence, translated))
        self.file.flush()


@contextmanager
def open_memory(folder: Path, name: str, waiting: Waiting | None = None) -> Iterator[Memory]:
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


def memory_folder(root: Path, *deciding: Any) -> Path:
    """Return the folder of the translations that some plain JSON values decide.

    Args:
        root: Of the store.
        deciding: Everything that may change a translation.
    """
    text = json.dumps(deciding, sort_keys=True)
    return root / "translations" / hashlib.sha256(text.encode()).hexdigest()[:32]


def _read(path: Path) -> Iterator[tuple[str, TranslatedSentence]]:
    """Yield the translations in a file; damaged lines are skipped, and so translated again."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                row = json.loads(line)
                translated = TranslatedSentence(text=row["translation"], lost=row["lost"])
                sentence = row["source"]
            except (ValueError, TypeError, KeyError):
                continue
            if row.get("check") == _check(sentence, translated):
                yield sentence, translated


def _line(sentence: str, translated: TranslatedSentence) -> str:
    """Return one sentence as a line of a memory."""
    row = {
        "source": sentence,
        "translation": translated.text,
        "lost": translated.lost,
        "check": _check(sentence, translated),
    }
    return json.dumps(row, ensure_ascii=False) + "\n"


def _check(sentence: Any, translated: TranslatedSentence) -> str:
    """Return the check sum of one sentence and its translation."""
    text = json.dumps([sentence, translated.text, translated.lost])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
