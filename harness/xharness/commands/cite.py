"""The BibTeX of exactly what a comparison used, and under what licences it may be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xharness.errors import StoreError
from xharness.models import ModelSource
from xharness.planning.plan import Plan
from xharness.planning.request import Offers
from xharness.report.table import safe


@dataclass(frozen=True, slots=True, kw_only=True)
class Bibliography:
    """What to cite."""

    entries: tuple[str, ...]
    """BibTeX, in the order of use, each once."""
    without: tuple[str, ...]
    """Tasks, models and translators that give no citation."""
    licences: Mapping[str, str] = field(default_factory=dict)
    """Task, model or translator to its licences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One thing that can be cited."""

    name: str
    citation: str = ""
    licence: str = ""


def of_plan(plan: Plan, model: ModelSource | None, offers: Offers) -> Bibliography:
    """Return the bibliography of a comparison.

    Args:
        plan: A plan of the store, or the outline of the one that flags describe.
        model: The model; None for the one that is offered under the name in the plan.
        offers: What plugins offer, with citations.

    Raises:
        StoreError: If the plan is of an older version, which did not record what it reads.
    """
    if not plan.tasks:
        raise StoreError(
            "this plan is of an older version, which did not record what a plan reads; run the "
            "same compare command again: nothing that is stored is run anew"
        )
    model = model or offers.models.get(plan.model) or ModelSource(name=plan.model)
    works = [w for n in plan.tasks for w in _of_task(n, offers)]
    works.append(_Work(name=model.name, citation=model.citation, licence=model.licence))
    for name in dict.fromkeys(t.translator for t in plan.translations):
        offered = offers.translators.get(name)
        works.append(
            _Work(name=name, citation=offered.citation, licence=offered.licence)
            if offered
            else _Work(name=name)
        )
    return _bibliography(works)


def comments(cited: Bibliography) -> tuple[str, ...]:
    """Return the licences as comments of BibTeX, in one paragraph; nothing if none is stated."""
    lines = [
        f"% licence of {safe(name)}: {safe(licence)}" for name, licence in cited.licences.items()
    ]
    return ("\n".join(lines),) if lines else ()


def _bibliography(works: Sequence[_Work]) -> Bibliography:
    """Return the entries, the licences and the names without a citation, each once."""
    entries = [entry.strip() for work in works for entry in work.citation.split("\n\n")]
    licences: dict[str, dict[str, None]] = {}
    for work in works:
        if work.licence:
            licences.setdefault(work.name, {})[work.licence] = None
    return Bibliography(
        entries=tuple(dict.fromkeys(e for e in entries if e)),
        without=tuple(dict.fromkeys(w.name for w in works if not w.citation.strip())),
        licences={name: "; ".join(stated) for name, stated in licences.items()},
    )


def _of_task(name: str, offers: Offers) -> Iterator[_Work]:
    """Yield a task's sources; nothing to cite where no plugin offers the task."""
    if name not in offers.tasks:
        yield _Work(name=name)
        return
    for source in offers.tasks[name].sources:
        yield _Work(name=name, citation=source.citation, licence=source.licence)
