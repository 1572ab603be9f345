"""Text that training rows have in common with test rows: whole texts, and long runs of words.

A run is 13 words, the measure of GPT-3 (Brown et al. 2020, arXiv:2005.14165, appendix C), or 50
characters in scripts without spaces, that of GPT-4 (OpenAI 2023, arXiv:2303.08774, appendix C).
Case, punctuation and the width of letters do not count. Words, runs and texts are compared by
64-bit hashes; ten million runs of a test set among a hundred million of a training set are
expected to give 5e-5 false matches.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xharness.languages import Language

CODE = 1
"""Raised when what is counted changes meaning."""
WORDS, CHARACTERS = 13, 50
"""Lengths of a run."""

_WITHOUT_SPACES = {"Hans", "Hant", "Hani", "Jpan", "Thai", "Laoo", "Khmr", "Mymr"}
"""Scripts (ISO 15924) that put no spaces between words."""
_BASE = np.uint64(0x9E3779B97F4A7C15)
"""Of the polynomial that a run is hashed with; odd, so that no word is lost."""
_CHUNK = 1 << 20
"""Words or characters that are compared at once."""

Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """How many items of a test set have text that stands in training rows."""

    items: int
    whole: int
    """Items of which every text is also a text of the training rows."""
    long: int
    """Items with a text that is long enough for a run."""
    runs: int
    """Items with a run that stands in the training rows."""


def run_length(language: str, known: Mapping[str, Language]) -> int:
    """Return `CHARACTERS` for a language whose script has no spaces, else `WORDS`."""
    described = known.get(language)
    return CHARACTERS if described and described.script in _WITHOUT_SPACES else WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSet:
    """The texts of a test set, each once, as hashes."""

    __test__ = False

    length: int
    """Of a run: `WORDS` or `CHARACTERS`."""
    items: int
    item: Places
    """Item of each (item, text) pair."""
    text: Places
    """Text of each pair."""
    texts: Hashes
    runs: Hashes
    run_text: Places
    """Text of each run."""

    @staticmethod
    def of(items: Iterable[Sequence[str]], length: int) -> TestSet:
        """Return a test set.

        Args:
            items: The texts of each item.
            length: Of a run.
        """
        places: dict[str, int] = {}
        pairs: list[tuple[int, int]] = []
        count = 0
        for texts in items:
            bare = dict.fromkeys(b for t in texts if (b := _bare(t)))
            pairs += [(count, places.setdefault(one, len(places))) for one in bare]
            count += 1
        item, text = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        runs, owners = _runs(places, length)
        return TestSet(
            length=length,
            items=count,
            item=item,
            text=text,
            texts=_texts(places),
            runs=runs,
            run_text=owners,
        )

    def shared(self, found: _Found) -> Shared:
        """Return how many items have text that was found."""
        unlike = np.zeros(self.items, dtype=bool)
        unlike[self.item[~found.texts.of(self.texts)[self.text]]] = True
        without = np.setdiff1d(np.arange(self.items), self.item)
        unlike[without] = True
        common = self.run_text[found.runs[self.length].of(self.runs)]
        return Shared(
            items=self.items,
            whole=int((~unlike).sum()),
            long=self._items(self.run_text),
            runs=self._items(common),
        )

    def _items(self, texts: Places) -> int:
        """Return how many items have one of some texts."""
        chosen = np.zeros(len(self.texts), dtype=bool)
        chosen[texts] = True
        return len(np.unique(self.item[chosen[self.text]]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sought:
    """Hashes that are looked for, sorted, and which of them were found."""

    hashes: Hashes
    found: Flags

    @staticmethod
    def among(several: Iterable[Hashes]) -> _Sought:
        """Return all that is in some arrays as not yet found."""
        parts = [*several]
        hashes = np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.uint64)
        return _Sought(hashes=hashes, found=np.zeros(len(hashes), dtype=bool))

    def look(self, hashes: Hashes) -> None:
        """Mark what is among some hashes as found."""
        if len(self.hashes):
            seen = np.unique(hashes)
            places = np.minimum(np.searchsorted(self.hashes, seen), len(self.hashes) - 1)
            self.found[places[self.hashes[places] == seen]] = True

    def of(self, hashes: Hashes) -> Flags:
        """Return whether each hash, all of which are looked for, was found."""
        flags: Flags = self.found[np.searchsorted(self.hashes, hashes)]
        return flags


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What of all test sets was found in the training rows."""

    texts: _Sought
    runs: Mapping[int, _Sought]
    """By the length of a run."""


def shared(training: Iterable[Sequence[str]], tests: Sequence[TestSet]) -> list[Shared]:
    """Return what each test set shares with training rows.

    Args:
        training: The texts of each row.
        tests: Test sets.
    """
    lengths = dict.fromkeys(t.length for t in tests)
    found = _Found(
        texts=_Sought.among(t.texts for t in tests),
        runs={n: _Sought.among(t.runs for t in tests if t.length == n) for n in lengths},
    )
    for several in _chunks(training):
        found.texts.look(_texts(several))
        for length, sought in found.runs.items():
            sought.look(_runs(several, length)[0])
    return [t.shared(found) for t in tests]


def _chunks(rows: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    """Yield the texts of some rows, each once, many at a time."""
    seen: set[int] = set()
    chunk: list[str] = []
    letters = 0
    for texts in rows:
        for text in map(_bare, texts):
            if not text or hash(text) in seen:
                continue
            seen.add(hash(text))
            chunk.append(text)
            letters += len(text)
        if letters >= _CHUNK:
            yield chunk
            chunk, letters = [], 0
    if chunk:
        yield chunk


class _Blanks(dict[int, str]):
    """Characters to a blank, if they are neither letters, digits nor marks on them."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        self[code] = " " if unicodedata.category(letter)[0] in "PSZC" else letter
        return self[code]


_BLANKS = _Blanks()


def _bare(text: str) -> str:
    """Return a text as it is compared: lower case, words with single blanks between them."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_BLANKS).split())


def _texts(texts: Collection[str]) -> Hashes:
    """Return the hash of each text; blanks do not count, as taggers split words otherwise."""
    hashes = (hash(text.replace(" ", "")) for text in texts)
    return np.fromiter(hashes, dtype=np.int64, count=len(texts)).view(np.uint64)


def _runs(texts: Iterable[str], length: int) -> tuple[Hashes, Places]:
    """Return the hash of every run of some texts, and the place of the text that it stands in."""
    parts = [_parts(text, length) for text in texts]
    sizes = np.array([len(p) for p in parts], dtype=np.int64)
    units = np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)
    if len(units) < length:
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    owners = np.repeat(np.arange(len(sizes)), sizes)
    # A run that crosses into the next text is none.
    inside = owners[: len(units) - length + 1] == owners[length - 1 :]
    return _rolled(units, length)[inside], owners[: len(inside)][inside]


def _parts(text: str, length: int) -> Hashes:
    """Return the hash of each word, or of each character where runs are of those."""
    if length == WORDS:
        words = text.split()
        hashes = np.fromiter(map(hash, words), dtype=np.int64, count=len(words))
        return hashes.view(np.uint64)
    letters = np.frombuffer(text.replace(" ", "").encode("utf-32-le"), dtype=np.uint32)
    mixed = (letters.astype(np.uint64) + np.uint64(1)) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(29))


def _rolled(units: Hashes, length: int) -> Hashes:
    """Return the polynomial hash of each `length` units that follow each other, modulo 2 ** 64.

    By doubling: the hash of 2 n units is made of two of n.
    """
    hashes: Any = None
    covered, size, double, base = 0, 1, units, _BASE
    with np.errstate(over="ignore"):
        while length >= size:
            if length & size:
                if hashes is None:
                    hashes = double
                else:
                    behind = double[covered:]
                    hashes = hashes[: len(behind)] * base + behind
                covered += size
            double = double[:-size] * base + double[size:]
            base, size = base * base, size * 2
    rolled: Hashes = hashes
    return rolled
