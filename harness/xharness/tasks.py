"""What a task is: a value that says where its rows are, how to read one, and how it is scored.

A task knows nothing of models, and opens no file before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from xharness.errors import DataError, PluginError
from xharness.examples import (
    Answer,
    Classification,
    Example,
    MultipleChoice,
    Pair,
    Plain,
    SpanQuestion,
    Tagging,
    Translatable,
)
from xharness.metrics import Metric

Row = Mapping[str, Any]
"""One row of a data set, column by column."""


class Role(Enum):
    """What a task is used for.

    Attributes:
        INTERMEDIATE: Trained on before the target.
        TARGET: Trained on last, where it is trained at all, and tested on.
    """

    INTERMEDIATE = "intermediate"
    TARGET = "target"


class Kind(Enum):
    """What a model has to predict; each kind has a module in `examples` and one in `engine/kinds`.

    Attributes:
        CLASSIFICATION: One label for a text or a pair of texts, as in NLI.
        MULTIPLE_CHOICE: One of several endings.
        TAGGING: One tag per word.
        SPAN_QA: A stretch of the context that answers a question.
        RETRIEVAL: The translation of a sentence, among many sentences; no head is trained.
        MASKED_LM: The hidden tokens of running text.
    """

    CLASSIFICATION = "classification"
    MULTIPLE_CHOICE = "multiple_choice"
    TAGGING = "tagging"
    SPAN_QA = "span_qa"
    RETRIEVAL = "retrieval"
    MASKED_LM = "masked_lm"


EXAMPLE_OF: Mapping[Kind, type[Example]] = {
    Kind.CLASSIFICATION: Classification,
    Kind.MULTIPLE_CHOICE: MultipleChoice,
    Kind.TAGGING: Tagging,
    Kind.SPAN_QA: SpanQuestion,
    Kind.RETRIEVAL: Pair,
    Kind.MASKED_LM: Plain,
}
"""The example schema that each kind's `read` returns."""


RANKED = frozenset({Kind.CLASSIFICATION, Kind.MULTIPLE_CHOICE})
"""Kinds that choose among labels or choices, which can be ranked."""

TRANSLATABLE = frozenset(kind for kind, of in EXAMPLE_OF.items() if issubclass(of, Translatable))
"""Kinds whose labels stay right when the text is translated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where rows come from: a data set on the hub, the user's own files, or a generator.

    By default `path` is a hub repository. With `files` or `generate` the rows come from there, and
    `path` is only a name.

    Attributes:
        path: Hub repository ("google/xtreme"), or a name for files and generators.
        config: Config of the repository; may hold "{language}".
        revision: For the hub, a commit of 40 hexadecimal digits; None is looked up and locked in
            the store at first use. For a generator, its version. For files, a version of anything
            else that decides what their rows mean, such as a list of labels.
        files: Split to the path of a file: .jsonl, .csv, .tsv or .parquet; may hold "{language}".
            Relative paths start at `folder`.
        needs: For files that do not come with the task: what they are and how to make them. Shown
            when they are missing.
        folder: Where relative `files` are; None is the folder of a --plugin file, else the current
            one.
        generate: (config, split) to rows. The same `revision` must always give the same rows.
        first: Read only this many rows from the beginning of each split, and fetch only the first
            file; for parquet repositories too large to read whole, such as Wikipedia. None reads
            all.
        columns: Columns that `Task.read`, `item` and `cluster` use; a missing one is an error.
        licence: The data's licence.
        citation: BibTeX; several entries are separated by a blank line.
        expected: Published number of rows per split, or per "split/language"; other counts are
            reported.
    """

    path: str
    config: str = "default"
    revision: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""
    folder: str | None = None
    generate: Callable[[str, str], Sequence[Row]] | None = None
    first: int | None = None
    columns: tuple[str, ...]
    licence: str
    citation: str = ""
    expected: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The part of a source that holds one language of one split.

    Attributes:
        config: Config of the repository.
        split: The source's own name of the split.
        where: (column, value): keep the rows with this value, where one config holds several
            languages.
        prefix: (column, beginning): keep the rows whose value begins so, where no column holds the
            language alone.
    """

    config: str
    split: str
    where: tuple[str, str] | None = None
    prefix: tuple[str, str] | None = None


def by_config(task: Task, source: Source, language: str, split: str) -> Slice:
    """Return the slice for a source with one config, or one config per language."""
    return Slice(config=source.config.format(language=language), split=task.splits[split])


def slice_of(task: Task, source: Source, language: str, split: str) -> Slice:
    """Return the part of a source that holds one language of one split.

    Raises:
        DataError: If the task has no such split, or not for this language.
    """
    if split not in task.splits:
        known = ", ".join(sorted(task.splits))
        raise DataError(f"{task.name}: has no {split!r} split; it has {known}")
    try:
        return task.rows(task, source, language, split)
    except ValueError as wrong:
        raise DataError(f"{task.name}: {language} {split}: {wrong}") from None


def own_file(source: Source, language: str, split: str) -> Path:
    """Return the path of a user's own file: one language of one of the source's splits.

    Raises:
        DataError: If the source names no such file, or the user has to make it first.
    """
    name = source.files.get(split)
    if name is None:
        known = ", ".join(source.files)
        raise DataError(f"{source.path}: names no file for split {split!r}; there are {known}")
    path = Path(source.folder or ".") / name.format(language=language)
    if source.needs and not path.is_file():
        raise DataError(f"{path}: no such file; {source.needs}")
    return path


def by_position(row: Row, position: int) -> str:
    """Return a row's place in its split as its name; right for languages aligned row by row."""
    return str(position)


def by_column(column: str) -> Callable[[Row, int], str]:
    """Return a function that names a row by the value of one column, such as an id."""

    def name(row: Row, position: int) -> str:
        return str(row[column])

    return name


def by_first(
    column: str, name: Callable[[Row, int], str] = by_position
) -> Callable[[Sequence[Row]], list[str]]:
    """Return a `Task.cluster` function: rows with one value in `column` form a cluster.

    A cluster is called what its first row is called. A passage has no name of its own, and its
    text cannot serve as one: it differs between languages, while ids and row order do not.

    Args:
        column: What the rows of a cluster share, such as "context".
        name: (row, position) to the name of a row.
    """

    def names(rows: Sequence[Row]) -> list[str]:
        first: dict[Any, str] = {}
        return [first.setdefault(row[column], name(row, i)) for i, row in enumerate(rows)]

    return names


def read_squad(row: Row, language: str) -> SpanQuestion:
    """Return a row in SQuAD's columns as an example; repeated answers are dropped.

    A start that does not point at its answer becomes None, as guessing it could be wrong; only
    the answer's text is scored.
    """
    context = row["context"]
    pairs = zip(row["answers"]["text"], row["answers"]["answer_start"], strict=True)
    answers = [
        Answer(text=text, start=start if context.startswith(text, start) else None)
        for text, start in pairs
    ]
    return SpanQuestion(
        context=context, question=row["question"], answers=tuple(dict.fromkeys(answers))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task: where its rows are, how to read one, and how to score predictions.

    Attributes:
        name: What the task is called on the command line.
        role: Whether it is an intermediate task or a target.
        kind: What a model has to predict.
        version: Raise it when what `read` returns, or what `item` calls a row, changes meaning.
        sources: Where the rows come from; several are read one after the other.
        languages: Codes of the languages it has.
        splits: "train", "dev" and "test" to the source's own split names; leave out what there is
            not.
        labels: In the order of the data set's integers; empty where the kind has no labels.
        read: (row, language) to an example. None only for rows that the data set's own protocol
            leaves out; they are counted and shown.
        rows: (task, source, language, split) to the slice of the source that holds these rows.
        item: (row, position) to the row's name, the same for the same item in every language.
        cluster: All rows of one language and split, in order, to the name of the passage or premise
            that each belongs to, the same in every language. None when every item stands alone.
        metric: How predictions are scored.
        tuned_on: Split on which a threshold is tuned before testing. A question may then have no
            answer, and a sentence no translation; predictions carry a margin, and a smaller one
            than the threshold counts as no answer. None for no threshold.
        trains_on: Name of the task whose training rows fit this target: its own name, another, or
            None for a target that is not trained (retrieval).
        contains: Names of other tasks whose training rows are among this one's, though they come
            from other sources.
        source_language: Language of the training rows.
        counterpart_of: Name of the task that this one matches in another language, as OCNLI is the
            Chinese counterpart of MNLI; it is trained with that task's recipe. None for no
            counterpart.
        references: Name of a task whose items are the same text in every language, to measure
            translations of this task's rows on. Its dev split is used, or else its test split.
        summary: One line for lists.
    """

    name: str
    role: Role
    kind: Kind
    version: int
    sources: tuple[Source, ...]
    languages: tuple[str, ...]
    splits: Mapping[str, str]
    labels: tuple[str, ...] = ()
    read: Callable[[Row, str], Example | None]
    rows: Callable[[Task, Source, str, str], Slice] = by_config
    item: Callable[[Row, int], str] = by_position
    cluster: Callable[[Sequence[Row]], Sequence[str]] | None = None
    metric: Metric
    tuned_on: str | None = None
    trains_on: str | None = None
    contains: tuple[str, ...] = ()
    source_language: str = "en"
    counterpart_of: str | None = None
    references: str | None = None
    summary: str = ""


def find_task(tasks: Mapping[str, Task], name: str, version: int) -> Task:
    """Return the task of this name, checked to have the version that a phase was planned with.

    Raises:
        PluginError: If no plugin offers it, or offers another version.
    """
    if name not in tasks:
        raise PluginError(f"task {name}: no plugin offers it any more")
    if tasks[name].version != version:
        raise PluginError(
            f"task {name}: planned with version {version}, its plugin now has "
            f"{tasks[name].version}; plan again"
        )
    return tasks[name]
