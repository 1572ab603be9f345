"""What predictions read, kept in memory: many networks with one tokenizer read the same rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from xharness.data import reading
from xharness.data.reading import Rows
from xharness.data.sources import Origin
from xharness.engine.encoder.network import Network
from xharness.engine.prediction import fertility
from xharness.phases import Predict
from xharness.tasks import Task

MOST = 200_000_000
"""Bytes, about, that are kept. What no longer fits is read anew each time: a plan walks through
all its targets again and again, so the sets that came first come again as soon as any other."""
_EXAMPLE, _CHARACTER = 1_000, 10
"""Bytes of an example and of each character of its text, with windows of it that overlap."""

_T = TypeVar("_T")
_kept: dict[tuple[Hashable, ...], Material] = {}


@dataclass(slots=True, kw_only=True)
class Material:
    """The rows of one language of one split, and what one tokenizer has made of them."""

    task: Task
    rows: Rows
    size: int
    """Bytes, about."""
    _tokenizer: str = ""
    _made: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, network: Network, what: Hashable, make: Callable[[], _T]) -> _T:
        """Return what `make` returns, or what it returned before.

        Args:
            network: Whose tokenizer it uses; nothing else of it may matter.
            what: All else, beside the rows, that decides the result.
            make: Makes it of the rows; nobody may change it afterwards.
        """
        if self._tokenizer != network.tokenizer_digest:
            self._tokenizer, self._made = network.tokenizer_digest, {}
        if what not in self._made:
            self._made[what] = make()
        found: _T = self._made[what]
        return found


def of(phase: Predict, task: Task, origin: Origin) -> Material:
    """Return what a prediction reads; see `data.load`.

    Raises:
        DataError: If rows are not what their task declares.
    """
    sample = (phase.limit, phase.sample_seed)
    name = (task.name, task.version, phase.language, phase.split, sample, origin)
    found = _kept.get(name)
    # A plugin that was loaded anew may read the same rows otherwise.
    if found is not None and found.task is task:
        return found
    _kept.pop(name, None)
    rows = reading.load(task, (phase.language,), phase.split, sample, origin)
    made = Material(task=task, rows=rows, size=_size(rows))
    if made.size + sum(m.size for m in _kept.values()) <= MOST:
        _kept[name] = made
    return made


def forget() -> None:
    """Free everything that is kept."""
    _kept.clear()


def _size(rows: Rows) -> int:
    """Return about how many bytes rows take with their windows."""
    texts = (t for e in rows.examples for t in fertility.texts(e) if t)
    return _EXAMPLE * len(rows.named) + _CHARACTER * sum(map(len, texts))
