"""What planning asks of a resolver; `resolve` has the real one, `unresolved` stand-ins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from xharness.models import ModelSource
from xharness.phases import Seq2SeqModel, Texts
from xharness.tasks import Task
from xharness.translators import Translator

if TYPE_CHECKING:
    from xharness.planning.resolve import ResolvedModel


class Resolving(Protocol):
    """Turns names of data, models and translators into digests, which a plan's keys are made of."""

    def data(self, task: Task, languages: Sequence[str], split: str) -> str:
        """Return the digest of a task's rows."""
        ...

    def lacking(self, task: Task, language: str, split: str) -> str | None:
        """Return why there are no rows in one language of a split; None where there are."""
        ...

    def examples(self, task: Task, language: str, split: str) -> int:
        """Return how many examples a task has in one language of a split."""
        ...

    def origin(self, tasks: Iterable[Task]) -> str:
        """Return how results on some tasks are marked."""
        ...

    def model(self, source: ModelSource) -> ResolvedModel:
        """Return a model's digests and size."""
        ...

    def precision(self, wanted: str, *, small: bool) -> str:
        """Return the precision to compute in.

        Args:
            wanted: As the user said it, or "auto".
            small: Whether the model is too small to gain from a short one.
        """
        ...

    def languages(self, offered: Translator, source: str, wanted: Iterable[str]) -> tuple[str, ...]:
        """Return the languages that a translator translates into from a source, sorted.

        Args:
            offered: The translator.
            source: Language of the rows.
            wanted: Returned in place of the translator's languages by a stand-in that does not
                look at its files.
        """
        ...

    def translator(self, offered: Translator, source: str, into: str) -> Seq2SeqModel | Texts:
        """Return a translator of one pair of languages."""
        ...
