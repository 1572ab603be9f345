"""Masked LM: running text, of which tokens are hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """Running text without any label.

    Attributes:
        text: Running text of any length.
    """

    text: str

    def problem(self, labels: Sequence[str], *, threshold: bool) -> str:
        """Return why the example cannot be trained on; see `Classification.problem`."""
        del labels, threshold
        return "" if self.text.strip() else "has no text"

    def texts(self) -> tuple[str, ...]:
        """Return the text."""
        return (self.text,)

    def labels_used(self) -> tuple[str, ...]:
        """Return no labels: running text has none."""
        return ()
