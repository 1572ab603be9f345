"""Tagging: a tag for every word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagging:
    """Words with one tag each.

    Attributes:
        tokens: Words, split as the data set has them.
        tags: One for each word, among the labels of the task.
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...] | None

    def problem(self, labels: Sequence[str], *, threshold: bool) -> str:
        """Return why the example cannot be trained on or scored; see `Classification.problem`."""
        del threshold
        if not self.tokens:
            return "has no words"
        if self.tags is None:
            return f"has no tags; right would be some of {', '.join(labels)}"
        if len(self.tags) != len(self.tokens):
            return f"has {len(self.tags)} tags for {len(self.tokens)} words"
        if unknown := sorted(set(self.tags) - set(labels)):
            return f"tag {unknown[0]!r} is not one of {', '.join(labels)}"
        return ""

    def texts(self) -> tuple[str, ...]:
        """Return the words with blanks between them, as one text."""
        return (" ".join(self.tokens),)

    def labels_used(self) -> tuple[str, ...]:
        """Return the tags."""
        return self.tags or ()

    def gold(self) -> tuple[str, ...] | None:
        """Return the right tags, in the form of a stored prediction."""
        return self.tags
