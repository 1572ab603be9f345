"""A cache of rows and their windows: many phases of a process read the same ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from xharness.data.reading import Rows
from xharness.engine.encoder.network import Network
from xharness.tasks import Task

MAX_BYTES = 200_000_000
"""Most bytes, roughly, that the cache of tokenized rows holds. Rows beyond it are read again
each time, and nothing is evicted for them: a plan goes through all its targets in turns, so that a
cache that evicts would always drop the rows that are needed next."""
_EXAMPLE, _CHARACTER = 1_000, 10
"""Rough bytes of an example, and of each character of its text with all windows that hold it."""

_T = TypeVar("_T")
_cached: dict[tuple[Hashable, ...], CachedRows] = {}


@dataclass(slots=True, kw_only=True)
class CachedRows:
    """Rows of a stream, or of one language of one split, and all that was computed from them."""

    task: Task
    rows: Rows
    size: int
    """Bytes, about."""
    _tokenizer: str = ""
    _results: dict[Hashable, Any] = field(default_factory=dict)

    def computed_once(self, network: Network, name: Hashable, compute: Callable[[], _T]) -> _T:
        """Return the result of `compute`, called only if it was not computed before.

        Args:
            network: Whose tokenizer it uses; the result must not depend on anything else of it.
            name: All else, beside the rows, that decides the result.
            compute: Computes it from the rows. The result is shared, so callers must not change it.
        """
        if self._tokenizer != network.tokenizer_digest:
            self._tokenizer, self._results = network.tokenizer_digest, {}
        if name not in self._results:
            self._results[name] = compute()
        result: _T = self._results[name]
        return result


def rows(name: tuple[Hashable, ...], task: Task, read: Callable[[], Rows]) -> CachedRows:
    """Return rows of a task, read only if they are not in the cache.

    Args:
        name: All that decides which rows they are.
        task: Whose rows.
        read: Reads them.
    """
    cached = _cached.get(name)
    # A plugin that was loaded again may read the same rows in another way.
    if cached is not None and cached.task is task:
        return cached
    _cached.pop(name, None)
    there = read()
    fresh = CachedRows(task=task, rows=there, size=_size(there))
    if fresh.size + sum(c.size for c in _cached.values()) <= MAX_BYTES:
        _cached[name] = fresh
    return fresh


def forget() -> None:
    """Empty the cache."""
    _cached.clear()


def _size(rows: Rows) -> int:
    """Return about how many bytes rows take with their windows."""
    texts = (text for example in rows.examples for text in example.texts())
    return _EXAMPLE * len(rows.named) + _CHARACTER * sum(map(len, texts))
