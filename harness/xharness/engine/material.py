"""What predictions read, kept in memory: many networks with one tokenizer read the same rows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from xharness.engine import data
from xharness.engine.data import Rows
from xharness.engine.network import Network
from xharness.engine.sources import Origin
from xharness.phases import Predict
from xharness.tasks import Task

MOST = 50_000
"""Examples that are kept, those read last; with their windows about 3 kB each."""

_T = TypeVar("_T")
_kept: OrderedDict[tuple[Hashable, ...], Material] = OrderedDict()


@dataclass(slots=True, kw_only=True)
class Material:
    """The rows of one language of one split, and what one tokenizer has made of them."""

    task: Task
    rows: Rows
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
    if found is None or found.task is not task:
        rows = data.load(task, (phase.language,), phase.split, sample, origin)
        found = Material(task=task, rows=rows)
        _kept[name] = found
    _kept.move_to_end(name)
    while len(_kept) > 1 and sum(len(m.rows.named) for m in _kept.values()) > MOST:
        _kept.popitem(last=False)
    return found
