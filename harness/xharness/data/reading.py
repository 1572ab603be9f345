"""Reads the examples of a task: rows, their labels checked, a fixed sample of them.

Nothing is guessed: a row that cannot be trained on or scored stops the phase and is named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xharness.data import sources
from xharness.data.sources import Origin
from xharness.errors import DataError
from xharness.examples import (
    Classification,
    Example,
    MultipleChoice,
    Pair,
    Plain,
    SpanQuestion,
    Tagging,
)
from xharness.tasks import EXAMPLE_OF, Task, slice_of

_SHOWN = 10
"""Problems that are listed before the rest is only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One example and what it is called."""

    example: Example
    language: str
    item: str
    cluster: str
    where: str
    """For messages: "xnli en test, row 17 (item 17)"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The examples that are used, in the order of the source, and how many were not."""

    named: tuple[Named, ...]
    read: int
    """Rows there are."""
    left_out: int
    """Rows that the source's own protocol leaves out."""

    @property
    def examples(self) -> list[Any]:
        """Return the examples alone."""
        return [n.example for n in self.named]


def load(
    task: Task,
    languages: Sequence[str],
    split: str,
    sample: tuple[int | None, int],
    origin: Origin,
) -> Rows:
    """Return the labelled examples of a task.

    Args:
        task: Whose rows.
        languages: In the order wanted.
        split: "train", "dev" or "test".
        sample: (examples at most, seed of the draw). The examples whose hash of the seed and
            the item's name is smallest are kept, so a smaller sample is part of a larger one
            and every language keeps the same items.
        origin: Where the rows are.

    Raises:
        DataError: If the task has no such split or language, a language has no rows, or rows
            are not what the task declares; all problems of a language at once.
    """
    found: list[Named] = []
    read = 0
    for language in languages:
        if language not in task.languages:
            known = ", ".join(task.languages)
            raise DataError(f"{task.name}: has no language {language!r}; it has {known}")
        named, count = _of_language(task, language, split, origin)
        found += named
        read += count
    kept = _sample(found, sample, several=len(languages) > 1)
    return Rows(named=tuple(kept), read=read, left_out=read - len(found))


def count(task: Task, language: str, split: str, origin: Origin) -> int:
    """Return how many examples a task has in one language of a split.

    Raises:
        DataError: If the rows are not what the task declares.
    """
    return len(load(task, (language,), split, (None, 0), origin).named)


def refuse(problems: Sequence[str]) -> None:
    """Raise a DataError with the first problems and the number of the others, if there are any."""
    if problems:
        more = len(problems) - _SHOWN
        tail = [f"and {more} more rows"] if more > 0 else []
        raise DataError("\n".join([*problems[:_SHOWN], *tail]))


def _of_language(task: Task, language: str, split: str, origin: Origin) -> tuple[list[Named], int]:
    """Return the examples of one language and how many rows it has."""
    rows = _rows(task, language, split, origin)
    named: dict[int, Named] = {}
    problems: list[str] = []
    for position, row in enumerate(rows):
        where = f"{task.name} {language} {split}, row {position}"
        try:
            one = _read(task, row, position, language, where)
        except DataError as problem:
            problems.append(str(problem))
        else:
            named |= {} if one is None else {position: one}
    refuse(problems)
    if not named:
        raise DataError(
            f"{task.name}: {language} has no rows in split {split} of "
            f"{', '.join(s.path for s in task.sources)} ({len(rows)} read); choose other languages"
        )
    if task.cluster is not None:
        where = f"{task.name} {language} {split}"
        clusters = _guarded(task.cluster, where, rows)
        if len(clusters) != len(rows):
            raise DataError(
                f"{where}: the task names {len(clusters)} clusters for {len(rows)} rows; one per "
                "row would be right"
            )
        named = {p: replace(one, cluster=clusters[p]) for p, one in named.items()}
    return list(named.values()), len(rows)


def _rows(task: Task, language: str, split: str, origin: Origin) -> list[dict[str, Any]]:
    """Return all rows of one language, source after source."""
    commits = sources.revisions(origin.digest, len(task.sources))
    found: list[dict[str, Any]] = []
    for source, commit in zip(task.sources, commits, strict=True):
        part = slice_of(task, source, language, split)
        found += sources.rows(source, part, language, commit, origin)
    return found


def _read(
    task: Task, row: dict[str, Any], position: int, language: str, where: str
) -> Named | None:
    """Return one row as a checked example, None for a row that the protocol leaves out."""
    example = _guarded(task.read, where, row, language)
    if example is None:
        return None
    item = _guarded(task.item, where, row, position)
    where = f"{where} (item {item})"
    if wrong := next(_problems(task, example), None):
        raise DataError(f"{where}: {wrong}")
    return Named(example=example, language=language, item=item, cluster=item, where=where)


def _guarded(function: Callable[..., Any], where: str, *given: Any) -> Any:
    """Return what a task's own function makes of rows; its failure is the rows' problem."""
    try:
        return function(*given)
    except KeyError as error:
        raise DataError(
            f"{where}: the task asks for {error}, which is no column that its source declares"
        ) from error
    except (IndexError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"{where}: the task cannot read it; {type(error).__name__}: {error}"
        ) from error


def _problems(task: Task, example: Example) -> Iterator[str]:
    """Yield what makes an example unfit to train on or to score."""
    wanted = EXAMPLE_OF[task.kind]
    if not isinstance(example, wanted):
        yield f"read as {type(example).__name__}, a {task.kind.value} task needs {wanted.__name__}"
    elif isinstance(example, Classification):
        if example.label is None:
            yield f"has no label; right would be one of {', '.join(task.labels)}"
        elif example.label not in task.labels:
            yield f"label {example.label!r} is not one of {', '.join(task.labels)}"
    elif isinstance(example, Tagging):
        yield from _tagging_problems(task, example)
    elif isinstance(example, MultipleChoice):
        yield from _choice_problems(example)
    elif isinstance(example, Pair):
        yield from _pair_problems(task, example)
    elif isinstance(example, Plain) and not example.text.strip():
        yield "has no text"
    elif isinstance(example, SpanQuestion) and example.answers is None:
        yield "has no answers; an unanswerable question has an empty tuple of them"


def _tagging_problems(task: Task, example: Tagging) -> Iterator[str]:
    """Yield what is wrong with a tagged sentence."""
    if not example.tokens:
        yield "has no words"
    elif example.tags is None:
        yield f"has no tags; right would be some of {', '.join(task.labels)}"
    elif len(example.tags) != len(example.tokens):
        yield f"has {len(example.tags)} tags for {len(example.tokens)} words"
    elif unknown := sorted(set(example.tags) - set(task.labels)):
        yield f"tag {unknown[0]!r} is not one of {', '.join(task.labels)}"


def _choice_problems(example: MultipleChoice) -> Iterator[str]:
    """Yield what is wrong with a question of several choices."""
    count = len(example.choices)
    if count < 2:
        yield f"has {count} choices; two or more would be right"
    elif example.answer is None:
        yield f"has no answer; right would be 0 to {count - 1}"
    elif example.answer not in range(count):
        yield f"answer {example.answer} is not the position of one of its {count} choices"


def _pair_problems(task: Task, example: Pair) -> Iterator[str]:
    """Yield what is wrong with a pair of sentences."""
    if example.source is None and example.target is None:
        yield "has neither source nor target"
    elif task.tuned_on is None and None in (example.source, example.target):
        yield "has only one side; only a task with a threshold (tuned_on) has sentences alone"


def _sample(found: list[Named], sample: tuple[int | None, int], *, several: bool) -> list[Named]:
    """Return the examples with the smallest hashes, in their old order."""
    limit, seed = sample
    if limit is None or limit >= len(found):
        return found

    def rank(index: int) -> bytes:
        one = found[index]
        name = f"{one.language}:{one.item}" if several else one.item
        return hashlib.sha256(f"{seed}:{name}".encode()).digest()

    return [found[i] for i in sorted(sorted(range(len(found)), key=rank)[:limit])]
