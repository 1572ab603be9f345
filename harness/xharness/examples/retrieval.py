"""Retrieval: find the translation of a sentence among many sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A sentence and its translation; retrieval looks for `target`, given `source`.

    Where translations are mined, a sentence may have none: the other side is None then.

    Attributes:
        source: A sentence in the language that is tested.
        target: Its translation, in English.
        source_name: What the data calls the sentence; None where it has no name but its text.
        target_name: As `source_name`, of the translation.
    """

    source: str | None
    target: str | None
    source_name: str | None = None
    target_name: str | None = None

    def problem(self, labels: Sequence[str], *, threshold: bool) -> str:
        """Return why the example cannot be scored; see `Classification.problem`."""
        del labels
        if self.source is None and self.target is None:
            return "has neither source nor target"
        if not threshold and None in (self.source, self.target):
            return "has only one side; only a task with a threshold (tuned_on) has sentences alone"
        return ""

    def texts(self) -> tuple[str, ...]:
        """Return both sentences: either may be the one in the tested language."""
        return tuple(text for text in (self.source, self.target) if text is not None)

    def labels_used(self) -> tuple[str, ...]:
        """Return no labels: the answer is a sentence."""
        return ()
