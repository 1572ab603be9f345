"""The BibTeX of exactly what a comparison used, and under what licences it may be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xharness.models import ModelSource
from xharness.phases import Pretrain, Recipe, Train
from xharness.planning import counterparts
from xharness.planning.plan import Plan, rows
from xharness.planning.request import Offers, Request
from xharness.plugin.registry import Registry
from xharness.report.table import safe
from xharness.strategies import Cell, TextMix, Translation
from xharness.tasks import Task


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


def of_request(request: Request, registry: Registry) -> Bibliography:
    """Return the bibliography of a comparison that flags describe.

    Raises:
        StudyError: If a strategy asks for rows that there are not.
    """
    trained = [t.trains_on for t in request.targets if t.trains_on is not None]
    arms = [name for arm in request.arms for name in arm.tasks]
    asked = _Asked(request=request, tasks=registry.tasks)
    for chosen, arm in rows(request):
        cell = Cell(
            model=_NOTHING.start,
            intermediates=tuple(registry.tasks[n] for n in arm.tasks),
            target=request.targets[0],
            seed=request.seeds[0],
        )
        chosen.strategy.training(cell, asked)
    names = [*(t.name for t in request.targets), *trained, *arms, *asked.names]
    return _made(names, request.model, asked.translators, registry.offers)


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
    others = [s.rows for s in plan.sourced]
    names = [*targets, *trained, *arms, *plan.texts, *others]
    return _made(names, model, translators, registry.offers)


def comments(found: Bibliography) -> tuple[str, ...]:
    """Return the licences as comments of BibTeX, in one paragraph; nothing if none is stated."""
    lines = [
        f"% licence of {safe(name)}: {safe(licence)}" for name, licence in found.licences.items()
    ]
    return ("\n".join(lines),) if lines else ()


_NOTHING = Train(
    start=Pretrain(model="", version=0),
    streams=(),
    recipe=Recipe(learning_rate=0.0, batch=1),
    seed=0,
)
"""Stands for any training, as nothing is planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A trainer that only notes what strategies would train on and translate with."""

    request: Request
    tasks: Mapping[str, Task]
    names: dict[str, None] = field(default_factory=dict)
    """Of tasks."""
    translators: dict[str, None] = field(default_factory=dict)

    def on(self, *tasks: Task, text: TextMix | None = None, **how: Any) -> Train:
        """Note tasks and text."""
        del how
        self.names.update((task.name, None) for task in tasks)
        if text is not None and (name := text.task or self.request.text):
            self.names[name] = None
        return _NOTHING

    def translated(self, *tasks: Task, how: Translation, start: Train | None = None) -> Train:
        """Note tasks and the translator."""
        del start
        if name := (how.translator or self.request.translator).partition("@")[0]:
            self.translators[name] = None
        return self.on(*tasks)

    def counterparts(
        self, *tasks: Task, language: str, named: Sequence[str] = ()
    ) -> tuple[Task, ...]:
        """Return the counterparts of tasks, as the plan's trainer does.

        Raises:
            StudyError: If there are none.
        """
        return counterparts.find(tasks, language, named, self.tasks)

    def on_target(self, *, start: Train | None = None) -> Train | None:
        """Return `start`: what targets are trained on is known from themselves."""
        return start


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
