"""What a task's rows are turned into: text only, one schema per kind.

A label or answer that the data does not have stays None; none is ever made up.
"""

from __future__ import annotations

from dataclasses import dataclass

STRIPPED_AT_MOST = 20
"""White-space characters that a builder may have stripped from the front of a context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """One text, or a pair of texts, with one of the task's labels."""

    text: str
    pair: str | None = None
    label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleChoice:
    """A context and a question with several endings, one of them right."""

    context: str
    question: str
    choices: tuple[str, ...]
    answer: int | None
    """Position in `choices`, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagging:
    """Words with one tag each."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One correct answer to a question."""

    text: str
    start: int | None
    """Where it begins in the context, in characters; None when the data does not say. Where a
    builder stripped white space from the front of the context, this may be as much too large;
    training mends and counts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanQuestion:
    """A question whose answers are stretches of the context; none means unanswerable."""

    context: str
    question: str
    answers: tuple[Answer, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A sentence and its translation; retrieval looks for `target` from `source`.

    Where translations are mined, a sentence may have none: the other side is None then.
    """

    source: str | None
    target: str | None
    source_name: str | None = None
    """What the data calls the sentence; None where it has no name but its text."""
    target_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """Running text without any label."""

    text: str


Example = Classification | MultipleChoice | Tagging | SpanQuestion | Pair | Plain
