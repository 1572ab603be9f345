"""The BibTeX of exactly what a comparison used, and under what licences it may be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from xharness.models import ModelSource
from xharness.plan import Plan
from xharness.registry import Registry
from xharness.report.table import safe
from xharness.strategies import parameters
from xharness.study import Offers, Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Bibliography:
    """What to cite."""

    entries: tuple[str, ...]
    """BibTeX, in the order of use, each once."""
    without: tuple[str, ...]
    """Tasks, models and translators that name nothing to cite."""
    licences: Mapping[str, str] = field(default_factory=dict)
    """Tasks, models and translators to the licences that they state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One thing that can be cited."""

    name: str
    citation: str = ""
    licence: str = ""


def of_study(study: Study, registry: Registry) -> Bibliography:
    """Return the bibliography of a comparison that flags describe.

    What a strategy translates with or mixes in is known by its parameters `translator` and `text`.
    """
    trained = [t.trains_on for t in study.targets if t.trains_on is not None]
    arms = [name for arm in study.arms for name in arm.tasks]
    texts = sorted(_parameter(study, "text", study.text))
    names = [*(t.name for t in study.targets), *trained, *arms, *texts]
    said = _parameter(study, "translator", study.translator)
    translators = sorted({name.partition("@")[0] for name in said})
    return _made(names, study.model, translators, registry.offers)


def of_plan(plan: Plan, translators: Iterable[str], registry: Registry) -> Bibliography:
    """Return the bibliography of a comparison that the store knows.

    Args:
        plan: As it was published.
        translators: Those of its translations.
        registry: Says what can be cited.
    """
    targets = [t.name for t in plan.targets]
    trained = [t.trains_on for n in targets if (t := registry.tasks.get(n)) and t.trains_on]
    arms = [n for a in plan.answers for n in a.intermediates.split("+") if n != "-"]
    found = registry.offers.models.get(plan.model)
    model = found or ModelSource(name=plan.model)
    names = [*targets, *trained, *arms, *plan.texts]
    return _made(names, model, translators, registry.offers)


def comments(found: Bibliography) -> tuple[str, ...]:
    """Return the licences as comments of BibTeX, in one paragraph; nothing if none is stated."""
    lines = [
        f"% licence of {safe(name)}: {safe(licence)}" for name, licence in found.licences.items()
    ]
    return ("\n".join(lines),) if lines else ()


def _parameter(study: Study, name: str, otherwise: str) -> set[str]:
    """Return the values of one parameter of all strategies that have it; none that is empty.

    Args:
        study: Has the strategies.
        name: Of the parameter.
        otherwise: What an empty value stands for.
    """
    values = (parameters(c.strategy).get(name) for c in study.strategies)
    return {str(v) or otherwise for v in values if v is not None} - {""}


def _made(
    tasks: Iterable[str], model: ModelSource, translators: Iterable[str], offers: Offers
) -> Bibliography:
    """Return the bibliography of some tasks, a model and some translators."""
    works = [w for n in dict.fromkeys(tasks) for w in _of_task(n, offers)]
    works.append(_Work(name=model.name, citation=model.citation, licence=model.licence))
    for name in dict.fromkeys(translators):
        found = offers.translators.get(name)
        works.append(
            _Work(name=name, citation=found.citation, licence=found.licence)
            if found
            else _Work(name=name)
        )
    entries = [entry.strip() for work in works for entry in work.citation.split("\n\n")]
    licences: dict[str, dict[str, None]] = {}
    for work in works:
        if work.licence:
            licences.setdefault(work.name, {})[work.licence] = None
    return Bibliography(
        entries=tuple(dict.fromkeys(e for e in entries if e)),
        without=tuple(dict.fromkeys(w.name for w in works if not w.citation.strip())),
        licences={name: "; ".join(found) for name, found in licences.items()},
    )


def _of_task(name: str, offers: Offers) -> Iterator[_Work]:
    """Yield a task's sources; nothing to cite where no plugin offers the task."""
    if name not in offers.tasks:
        yield _Work(name=name)
        return
    for source in offers.tasks[name].sources:
        yield _Work(name=name, citation=source.citation, licence=source.licence)
