"""Plans made without looking at data and models, to say what they need, or what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from xharness.errors import XHarnessError
from xharness.models import ModelSource
from xharness.phases import Phase, Pretrain, Seq2SeqModel, Texts
from xharness.planning import planner
from xharness.planning.plan import Plan
from xharness.planning.request import Request
from xharness.planning.resolve import ResolvedModel, Resolver
from xharness.tasks import Task
from xharness.translators import Files, Translator, languages_into

_WIDTH, _DEPTH = 768, 12
"""Size assumed for a model whose files are not looked at: XLM-R base's. No phase is run with it."""

STAND_IN = "not resolved"
"""The digest of what is not there, or was not looked at."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Stands in for a resolver: asks neither disk nor hub, and takes everything to be there."""

    def data(self, task: Task, languages: Sequence[str], split: str) -> str:
        """Return a stand-in."""
        return STAND_IN

    def lacking(self, task: Task, language: str, split: str) -> str | None:
        """Return None: rows are taken to be there."""
        return None

    def examples(self, task: Task, language: str, split: str) -> int:
        """Return 1: equally many of every task."""
        return 1

    def origin(self, tasks: Iterable[Task]) -> str:
        """Return no mark."""
        return ""

    def model(self, source: ModelSource) -> ResolvedModel:
        """Return a model of a usual size."""
        return ResolvedModel(
            start=Pretrain(model=source.name, version=0),
            name=source.name,
            width=source.width or _WIDTH,
            depth=source.depth or _DEPTH,
        )

    def languages(self, offered: Translator, source: str, wanted: Iterable[str]) -> tuple[str, ...]:
        """Return the languages that a translator declares; all that are wanted for a folder."""
        if isinstance(offered, Files):
            return tuple(sorted(wanted))
        return languages_into(offered, source)

    def precision(self, wanted: str, *, small: bool) -> str:
        """Return float32: the keys mean nothing."""
        return "float32"

    def translator(self, offered: Translator, source: str, into: str) -> Seq2SeqModel | Texts:
        """Return the translator by name."""
        return Texts(digest=STAND_IN, name=offered.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsOnly:
    """A resolver that looks at rows, and takes models to be there."""

    resolver: Resolver

    def data(self, task: Task, languages: Sequence[str], split: str) -> str:
        """Return the digest of a task's rows."""
        return self.resolver.data(task, languages, split)

    def lacking(self, task: Task, language: str, split: str) -> str | None:
        """Return why there are no rows; None where there are."""
        return self.resolver.lacking(task, language, split)

    def examples(self, task: Task, language: str, split: str) -> int:
        """Return how many examples a task has in one language of a split."""
        return self.resolver.examples(task, language, split)

    def origin(self, tasks: Iterable[Task]) -> str:
        """Return the mark of results on some tasks."""
        return self.resolver.origin(tasks)

    def model(self, source: ModelSource) -> ResolvedModel:
        """Return a model of a usual size."""
        return Unresolved().model(source)

    def languages(self, offered: Translator, source: str, wanted: Iterable[str]) -> tuple[str, ...]:
        """Return the languages that a translator translates into from a source."""
        return self.resolver.languages(offered, source, wanted)

    def precision(self, wanted: str, *, small: bool) -> str:
        """Return float32: rows do not depend on it."""
        return "float32"

    def translator(self, offered: Translator, source: str, into: str) -> Seq2SeqModel | Texts:
        """Return a translator, or a stand-in where it is not there."""
        try:
            return self.resolver.translator(offered, source, into)
        except XHarnessError:
            return Unresolved().translator(offered, source, into)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noting:
    """A resolver that notes what is missing, and goes on with a stand-in."""

    resolver: Resolver
    missing: dict[str, None] = field(default_factory=dict)
    """The resolver's message for each missing thing; filled while a plan is made."""

    def data(self, task: Task, languages: Sequence[str], split: str) -> str:
        """Return the digest of a task's rows, or a stand-in."""
        return self._had(self.resolver.data, Unresolved().data, task, languages, split)

    def lacking(self, task: Task, language: str, split: str) -> str | None:
        """Return why there are no rows. Not noted: whoever asks can do without them."""
        return self.resolver.lacking(task, language, split)

    def examples(self, task: Task, language: str, split: str) -> int:
        """Return 1, as rows are not counted; their absence is noted."""
        self.data(task, (language,), split)
        return 1

    def origin(self, tasks: Iterable[Task]) -> str:
        """Return no mark."""
        return ""

    def model(self, source: ModelSource) -> ResolvedModel:
        """Return a model, or a stand-in."""
        return self._had(self.resolver.model, Unresolved().model, source)

    def languages(self, offered: Translator, source: str, wanted: Iterable[str]) -> tuple[str, ...]:
        """Return the languages that a translator knows; all that are wanted if it is missing."""
        return self._had(self.resolver.languages, Unresolved().languages, offered, source, wanted)

    def precision(self, wanted: str, *, small: bool) -> str:
        """Return float32: nothing that is missing depends on it."""
        return "float32"

    def translator(self, offered: Translator, source: str, into: str) -> Seq2SeqModel | Texts:
        """Return a translator, or a stand-in."""
        return self._had(self.resolver.translator, Unresolved().translator, offered, source, into)

    def _had(
        self, ask: Callable[..., Value], instead: Callable[..., Value], *what: object
    ) -> Value:
        """Return what the resolver says, or a stand-in with a note."""
        try:
            return ask(*what)
        except XHarnessError as wrong:
            self.missing[str(wrong)] = None
            return instead(*what)


def outline(request: Request, tasks: Mapping[str, Task]) -> Plan:
    """Return the plan of a request's first seed as if all it needs were there.

    What is read does not depend on the seed; the keys mean nothing.

    Raises:
        StudyError: If a strategy does not fit a task.
    """
    nothing = Unresolved()
    return planner.build(
        _one_seed(request), tasks, nothing, nothing.model(request.model), partial=True
    )


def rows_only(request: Request, tasks: Mapping[str, Task], resolver: Resolver) -> Plan:
    """Return the plan of a request's first seed, whether or not its models are there.

    The rows that its phases read are the right ones; keys of what a model computes mean nothing.

    Raises:
        DataError: If rows are missing.
        StudyError: If a strategy does not fit a task.
    """
    rows = RowsOnly(resolver=resolver)
    return planner.build(_one_seed(request), tasks, rows, rows.model(request.model), partial=True)


def noted(
    request: Request, tasks: Mapping[str, Task], resolver: Resolver
) -> tuple[tuple[str, ...], tuple[Phase, ...]]:
    """Return one message per thing that a request's plan needs and that is missing, and the plan.

    What may be missing is the model, rows to train on, test and tune thresholds on, text, and
    translators.

    Args:
        request: What to compare.
        tasks: Every loaded task, by name.
        resolver: Knows what there is.

    Returns:
        The messages; and the phases of the first seed, with `STAND_IN` for what is missing.
    """
    noting = Noting(resolver=resolver)
    model = noting.model(request.model)
    phases: dict[Phase, None] = {}
    # One strategy at a time, so that an error in planning one hides nothing that others lack.
    for chosen in request.strategies:
        try:
            alone = replace(_one_seed(request), strategies=(chosen,))
            built = planner.build(alone, tasks, noting, model, partial=True)
            phases.update(dict.fromkeys(built.phases))
        except XHarnessError as wrong:
            noting.missing[str(wrong)] = None
    return tuple(noting.missing), tuple(phases)


def _one_seed(request: Request) -> Request:
    """Return a request with its first seed only."""
    return replace(request, seeds=request.seeds[:1])
