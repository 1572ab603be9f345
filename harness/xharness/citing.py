"""The BibTeX of exactly what a comparison used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from xharness.models import ModelSource
from xharness.plan import Plan
from xharness.registry import Registry
from xharness.study import Study
from xharness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Bibliography:
    """What to cite."""

    entries: tuple[str, ...]
    """BibTeX, in the order of use, each once."""
    without: tuple[str, ...]
    """Tasks and models that name nothing to cite."""


def of_study(study: Study, registry: Registry) -> Bibliography:
    """Return the bibliography of a comparison that flags describe."""
    trained = [t.trains_on for t in study.targets if t.trains_on is not None]
    arms = [name for arm in study.arms for name in arm.tasks]
    names = [*(t.name for t in study.targets), *trained, *arms]
    return _made(names, study.model, registry.tasks)


def of_plan(plan: Plan, registry: Registry) -> Bibliography:
    """Return the bibliography of a comparison that the store knows."""
    targets = [t.name for t in plan.targets]
    trained = [t.trains_on for n in targets if (t := registry.tasks.get(n)) and t.trains_on]
    arms = [n for a in plan.answers for n in a.intermediates.split("+") if n != "-"]
    found = registry.offers.models.get(plan.model)
    model = found or ModelSource(name=plan.model)
    others = [s.rows for s in plan.sourced]
    return _made([*targets, *trained, *arms, *plan.texts, *others], model, registry.tasks)


def _made(names: Iterable[str], model: ModelSource, tasks: Mapping[str, Task]) -> Bibliography:
    """Return the entries of some tasks and a model."""
    wanted = list(dict.fromkeys(names))
    sources = [(n, source) for n in wanted if n in tasks for source in tasks[n].sources]
    texts = [*(source.citation for _, source in sources), model.citation]
    entries = [entry.strip() for text in texts for entry in text.split("\n\n")]
    without = [n for n in wanted if n not in tasks]
    without += [n for n, source in sources if not source.citation.strip()]
    without += [] if model.citation.strip() else [model.name]
    return Bibliography(
        entries=tuple(dict.fromkeys(e for e in entries if e)),
        without=tuple(dict.fromkeys(without)),
    )
