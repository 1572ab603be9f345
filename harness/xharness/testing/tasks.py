"""Checks that a task keeps every promise that tasks make, on rows that its author gives."""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from xharness import metrics
from xharness.examples import (
    Classification,
    Example,
    MultipleChoice,
    Pair,
    Plain,
    SpanQuestion,
    Tagging,
)
from xharness.plugin.typed import wrong_types
from xharness.tasks import EXAMPLE_OF, LABELLED, Kind, Role, Row, Source, Task
from xharness.testing.promises import admitted, refuse

_ROUNDING = 1e-6


def assert_conforms(
    task: Task, rows: Sequence[Row], *, language: str | None = None, left_out: int = 0
) -> None:
    """Check a task and how it reads some rows.

    Args:
        task: What to check.
        rows: Rows of one language, in the order of the source, with every declared column.
        language: Theirs; None for the task's first.
        left_out: For how many of them `read` must return None.

    Raises:
        AssertionError: If the task breaks a promise; names every problem.
    """
    problems = admitted("task", task)
    # Types first: the other checks rely on them.
    if not any(wrong_types(task)):
        problems += [*_declared(task), *_read(task, rows, language or task.languages[0], left_out)]
    refuse("task", task, problems)


def _declared(task: Task) -> Iterator[str]:
    """Yield what else a task should say, although it would be let in without."""
    if not task.summary:
        yield "summary: empty; one line would be right"
    if task.labels and task.kind not in LABELLED:
        yield f"labels: {task.labels}; none would be right, as {task.kind.value} tasks have none"
    if task.trains_on is None and task.kind is not Kind.RETRIEVAL and task.role is Role.TARGET:
        yield "trains_on: is None, which only retrieval can be; the name of a task would be right"
    for source in task.sources:
        yield from (f"source {source.path!r}: {problem}" for problem in _source(task, source))


def _source(task: Task, source: Source) -> Iterator[str]:
    """Yield what else a source should say, and what is wrong with its slices."""
    for name in ("columns", "licence", "citation"):
        if not getattr(source, name):
            yield f"{name}: empty; what the data set has would be right"
    for language in task.languages if "test" in task.splits else ():
        try:
            part = task.rows(task, source, language, "test")
        except Exception as error:  # noqa: BLE001  # whatever it is, the author must see it
            yield f"rows: {language}: raises {type(error).__name__}: {error}"
            continue
        if "{" in part.config:
            yield f"rows: config {part.config!r} of {language} still has a brace"


def _read(task: Task, rows: Sequence[Row], language: str, left_out: int) -> Iterator[str]:
    """Yield what is wrong with how a task reads rows of one language."""
    columns = {name for source in task.sources for name in source.columns}
    for i, row in enumerate(rows):
        if missing := sorted(columns - row.keys()):
            yield f"row {i}: has no column {', '.join(missing)}"
            return
    # As from a real source: without the columns that were not declared.
    given = [{name: row[name] for name in sorted(columns)} for row in rows]
    examples: list[Example | None] = []
    items: list[str] = []
    sound = True
    for i, row in enumerate(given):
        before = copy.deepcopy(row)
        try:
            example, again = task.read(row, language), task.read(row, language)
            items += [] if task.items is not None else [task.item(row, i)]
        except Exception as error:  # noqa: BLE001  # whatever it is, the author must see it
            yield f"row {i}: cannot be read: {type(error).__name__}: {error}"
            continue
        if row != before:
            yield f"row {i}: read or item changes the row"
        if example != again:
            yield f"row {i}: reads differently the second time"
        examples.append(example)
        for problem in _example(task, example):
            sound = False
            yield f"row {i}: {problem}"
    if (none := examples.count(None)) != left_out:
        yield f"read leaves out {none} rows; {left_out} were to be left out"
    items += [] if task.items is None else task.items(given)
    yield from (f"item: {v!r} names two rows" for v, n in Counter(items).items() if n > 1)
    yield from _clusters(task, given)
    if sound:
        yield from _metric(task, [e for e in examples if e is not None], language)


def _clusters(task: Task, rows: Sequence[Row]) -> Iterator[str]:
    """Yield what is wrong with the clusters that a task puts rows into."""
    if task.cluster is None:
        return
    try:
        clusters = task.cluster(rows)
    except Exception as error:  # noqa: BLE001  # whatever it is, the author must see it
        yield f"cluster: raises {type(error).__name__}: {error}"
        return
    if len(clusters) != len(rows):
        yield f"cluster: {len(clusters)} names for {len(rows)} rows"
    if not all(isinstance(name, str) for name in clusters):
        yield "cluster: a name is not text"


def _example(task: Task, example: Example | None) -> Iterator[str]:
    """Yield what is wrong with one example; one that is left out has nothing wrong."""
    wanted = EXAMPLE_OF[task.kind]
    if isinstance(example, wanted):
        yield from _content(task, example)
    elif example is not None:
        yield f"reads as {type(example).__name__}; {task.kind.value} needs {wanted.__name__}"


def _content(task: Task, example: Example) -> Iterator[str]:
    """Yield what is wrong with an example of the right type."""
    match example:
        case Classification(text=text, pair=pair, label=label):
            yield from _blank(text=text, pair="none" if pair is None else pair)
            if label not in task.labels:
                yield f"label {label!r} is none of {', '.join(task.labels)}"
        case MultipleChoice(question=question, choices=choices, answer=answer):
            yield from _blank(question=question)
            if answer is None or answer not in range(len(choices)):
                yield f"answer {answer} is the position of none of its {len(choices)} choices"
        case Tagging():
            yield from _tagged(task, example)
        case SpanQuestion():
            yield from _span(example)
        case Pair(source=source, target=target):
            if source is None and target is None:
                yield "has neither source nor target"
            sides = {"source": source, "target": target}
            yield from _blank(**{name: text for name, text in sides.items() if text is not None})
        case Plain(text=text):
            yield from _blank(text=text)


def _tagged(task: Task, example: Tagging) -> Iterator[str]:
    """Yield what is wrong with a tagged sentence."""
    tags = example.tags or ()
    if not example.tokens or not all(word.strip() for word in example.tokens):
        yield "has no words, or a blank one"
    if len(tags) != len(example.tokens):
        yield f"has {len(tags)} tags for {len(example.tokens)} words"
    yield from (f"tag {tag!r} is no label" for tag in sorted(set(tags) - set(task.labels)))


def _span(example: SpanQuestion) -> Iterator[str]:
    """Yield what is wrong with a question about a context."""
    yield from _blank(context=example.context, question=example.question)
    if example.answers is None:
        yield "has no answers; an unanswerable question has an empty tuple of them"
    for answer in example.answers or ():
        if not answer.text.strip() or answer.text not in example.context:
            yield f"answer {answer.text!r} does not stand in the context"
        elif answer.start is not None and answer.span(example.context) is None:
            yield f"answer {answer.text!r} does not begin at {answer.start}; None if not known"


def _blank(**texts: str) -> Iterator[str]:
    """Yield the names of texts without a visible character."""
    yield from (f"{name} is blank" for name, text in texts.items() if not text.strip())


def _metric(task: Task, examples: Sequence[Example], language: str) -> Iterator[str]:
    """Yield what is wrong if the metric does not score the gold answers as 100."""
    if not examples or task.kind in (Kind.RETRIEVAL, Kind.MASKED_LM):
        return
    try:
        added = [task.metric.statistics(*_gold(e), language) for e in examples]
        totals = [math.fsum(column) for column in zip(*added, strict=True)]
        score = metrics.score(task.metric, totals)
    except Exception as error:  # noqa: BLE001  # whatever it is, the author must see it
        yield f"metric: cannot score the gold answers: {type(error).__name__}: {error}"
    else:
        if abs(score - 100.0) > _ROUNDING:
            yield f"metric: gives the gold answers {score:.1f}; right would be 100"


def _gold(example: Example) -> tuple[Any, Any]:
    """Return a perfect prediction and the gold answer, as the store holds them."""
    if isinstance(example, Pair | Plain):
        return None, None
    if isinstance(example, SpanQuestion):
        answers = example.gold()
        return (answers[0] if answers else None), answers
    gold = example.gold()
    stored = list(gold) if isinstance(gold, tuple) else gold  # it is read back from JSON
    return stored, stored
