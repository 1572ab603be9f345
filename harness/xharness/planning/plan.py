"""A request as phases: every phase once, parents first, and which score answers which question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from xharness.errors import StudyError, unknown
from xharness.keys import Key, key
from xharness.phases import Phase, describe
from xharness.planning.contrasts import Contrast, TargetEntry, declare, opponents
from xharness.planning.counterparts import EqualRows, OtherLanguage, TrainedOn
from xharness.planning.request import BASELINE

DEV_LIMIT = 500
"""Rows per language that a checkpoint is chosen on (jiant, guides/benchmarks/xtreme.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One number of the comparison, and the key of the Score that holds it."""

    strategy: str
    intermediates: str
    target: str
    language: str
    seed: int
    signature: str
    key: Key
    selection: str = ""
    """Rule that chose the checkpoint; empty in plans from before there could be several."""

    @property
    def on_target(self) -> TargetEntry:
        """The row of the leaderboard that it belongs to, on its target."""
        return TargetEntry.of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFacts:
    """What tables need to know of a target."""

    name: str
    languages: tuple[str, ...]
    source_language: str
    signature: str
    rows: str = ""
    """Whose rows they are, as in "udpos@hub": "hub", "mirror" or "data root"; "files" of the user's
    own; empty for generated ones, and in plans that older versions made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTranslation:
    """A translation of rows, and who makes it."""

    key: Key
    translator: str
    """As plugins offer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every phase of a comparison, and which scores it asks for; published without the phases."""

    suite: str
    title: str
    model: str
    recipe: str
    selection: str
    """Rule that chose the checkpoints of `answers`."""
    limit_train: int | None
    limit_eval: int | None
    seeds: tuple[int, ...]
    targets: tuple[TargetFacts, ...]
    answers: tuple[Answer, ...]
    contrasts: tuple[Contrast, ...]
    origin: str = ""
    """"mirror" or "data root" where the rows are not the hub's own."""
    left_out: tuple[str, ...] = ()
    """Targets and languages of the suite that are not compared, and why, one line each."""
    match: str = ""
    """"updates" or "examples": what trainings on several streams have as many of as those on one;
    empty where no training is matched so (`phases.is_matched`)."""
    tasks: tuple[str, ...] = ()
    """Tasks whose rows are read, the tested ones first; empty in plans that older versions made."""
    texts: tuple[str, ...] = ()
    """Tasks whose text was mixed in."""
    further: tuple[Answer, ...] = ()
    """The same questions under the other selection rules that were asked for."""
    dev: tuple[Answer, ...] = ()
    """Scores that choose the best arm: of the checkpoints of `answers` on the target's development
    set in its source language. Only for strategies with several arms and targets with such a set.
    """
    precision: str = ""
    """That every training and prediction computes in."""
    settings: str = ""
    """Digest of the recipe and all changes to it; empty in plans that older versions made."""
    trained: tuple[TrainedOn, ...] = ()
    """What each row of the leaderboard is trained on before any target."""
    sourced: tuple[OtherLanguage, ...] = ()
    """Intermediate tasks that rows of the leaderboard train on in other languages."""
    held: tuple[EqualRows, ...] = ()
    """Groups of data sets that were cut to equal size, because the plan compares them."""
    translations: tuple[PlannedTranslation, ...] = ()
    """Translations of rows that strategies train on; empty in plans that older versions made."""
    phases: tuple[Phase, ...] = ()
    """Parents first, each once; empty in a plan read back from the store."""
    asked: int = 0
    """How many phases there would be if nothing were shared."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The selection rules, that of `answers` first."""
        return (self.selection, *dict.fromkeys(a.selection for a in self.further))

    def opponents(self) -> Mapping[TargetEntry, TargetEntry]:
        """Return what each row is compared with: the declared contrasts, else all to `none`."""
        targets = [t.name for t in self.targets]
        return opponents(self.contrasts or declare(_compared(self), targets, BASELINE))


def against(plan: Plan, strategy: str) -> Plan:
    """Return the plan with another strategy as what its rows are compared with.

    Raises:
        StudyError: If the plan does not have it.
    """
    compared = _compared(plan)
    names = list(dict.fromkeys(name for name, _ in compared))
    if strategy not in names:
        raise StudyError("command line", [unknown("against", "compared strategy", strategy, names)])
    return replace(plan, contrasts=declare(compared, [t.name for t in plan.targets], strategy))


def under(plan: Plan, rule: str) -> Plan:
    """Return the plan as if only one of its selection rules had been asked for."""
    if rule == plan.selection:
        return replace(plan, further=())
    answers = tuple(a for a in plan.further if a.selection == rule)
    return replace(plan, selection=rule, answers=answers, further=(), dev=())


def same_checkpoints(plan: Plan) -> bool:
    """Return whether all selection rules of a plan test the same checkpoints."""
    keys = [[a.key for a in under(plan, rule).answers] for rule in plan.rules]
    return all(each == keys[0] for each in keys)


def _compared(plan: Plan) -> list[tuple[str, str]]:
    """Return the strategies and arms of a plan."""
    return list(dict.fromkeys((a.strategy, a.intermediates) for a in plan.answers))


def text(plan: Plan) -> str:
    """Return a plan as JSON without its phases; with the store it is enough for every table."""
    content = asdict(replace(plan, phases=()))
    names = {key(p): describe(p) for p in plan.phases}
    return json.dumps({"schema": 1, **content, "names": names}, sort_keys=True)


def digest(content: str) -> str:
    """Return the name under which a plan is published: a digest of its JSON."""
    return hashlib.sha256(content.encode()).hexdigest()[:16]


_ROWS: Mapping[str, Any] = {
    "targets": TargetFacts,
    "answers": Answer,
    "further": Answer,
    "dev": Answer,
    "contrasts": Contrast,
    "trained": TrainedOn,
    "sourced": OtherLanguage,
    "held": EqualRows,
    "translations": PlannedTranslation,
}
"""Fields of a plan that are tuples of rows, and what a row is."""


def read(content: str) -> Plan:
    """Return a published plan."""
    fields: dict[str, Any] = json.loads(content)
    del fields["schema"], fields["names"]
    for name, kind in _ROWS.items():
        fields[name] = [
            kind(**{k: _tuple(v) for k, v in row.items()}) for row in fields.get(name, ())
        ]
    return Plan(**{k: _tuple(v) for k, v in fields.items()})


def _tuple(value: Any) -> Any:
    """Return JSON's lists as tuples again."""
    return tuple(value) if isinstance(value, list) else value
