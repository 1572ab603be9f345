"""What a task is: a value that says where its rows are, how to read one, and how it is scored.

A task knows nothing of models, and opens no file before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from xharness.errors import DataError, PluginError, one_line
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
from xharness.exclusions import Exclusions
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
LABELLED = (Kind.CLASSIFICATION, Kind.TAGGING)
"""Kinds whose tasks have labels."""
SPLITS = ("train", "dev", "test")
"""What the splits of a task are called."""


RANKED = frozenset({Kind.CLASSIFICATION, Kind.MULTIPLE_CHOICE})
"""Kinds that choose among labels or choices, which can be ranked."""

WINDOWED = frozenset({Kind.SPAN_QA})
"""Kinds whose long contexts are cut into windows that overlap."""

TRANSLATABLE = frozenset(kind for kind, of in EXAMPLE_OF.items() if issubclass(of, Translatable))
"""Kinds whose labels stay right when the text is translated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where rows come from: a data set on the hub, the user's own files, or a generator.

    Exactly one of these holds: `path` is a hub repository (pinned by `revision`, or resolved
    and locked in the store at first use); `files` are the user's own files; `generate` makes
    the rows in memory.

    Attributes:
        path: Hub repository ("google/xtreme"), or a name for files and generators.
        config: Config of the repository; may hold "{language}".
        revision: 40 hexadecimal digits of the hub's commit; for a generator, its version.
        files: Own files: the source's split to path, which may hold "{language}"; .jsonl, .csv,
            .tsv or .parquet. Relative paths start at `folder`. A `revision` then names whatever
            else of them decides the rows' meaning, such as a list of labels.
        needs: For `files` that do not come with the task: what they are and how to make them,
            shown when they are missing.
        folder: For `files`; None is the folder of a --plugin file, else the current one.
        generate: (config, split) to rows; equal `revision` must mean equal rows.
        first: Of a repository of parquet files too large to read whole, as running text is: so
            many rows from the beginning of each split; only the file that begins it is fetched.
        columns: Columns that `read`, `item` and `cluster` need; anything missing is an error.
        licence: Of the data, as its publisher states it; shown, and printed by `cite`.
        citation: BibTeX; a blank line between entries, if there are several.
        expected: Published rows per split, or per "split/language".
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
        config: Of the repository, or of the generator.
        split: The source's own name of the split.
        where: A column and the value it must have, where one config holds several languages.
        prefix: Likewise a column and how its values must begin, where no column is the language
            alone.
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
    where = f"{task.name}: {language} {split}"
    try:
        found: object = task.rows(task, source, language, split)
    except ValueError as wrong:
        raise DataError(f"{where}: {wrong}") from None
    except Exception as wrong:
        raise DataError(f"{where}: its `rows` raises {one_line(wrong)}") from wrong
    if not isinstance(found, Slice):
        raise DataError(f"{where}: its `rows` returns {found!r}; a Slice would be right")
    return found


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

    `read` returns None only for rows that the source's own protocol leaves out; they are
    counted and shown.

    Attributes:
        name: What users write, such as "xnli"; lower case.
        role: Whether it is trained on first (INTERMEDIATE) or tested (TARGET).
        kind: What an example is: classification, tagging, span QA and so on.
        version: Raised when what `read` returns, or what a row is called, changes meaning.
        sources: Where its rows come from; several are read one after the other.
        languages: Codes of the languages that it has rows in, as XTREME writes them.
        excluded: Rows of the dev split that are left out, because a test set has their text:
            otherwise a checkpoint would be chosen on what is tested.
        splits: "train", "dev" and "test" to the source's own split names; absent where there is
            none.
        labels: In the order of the data set's integers; empty where the kind has no labels.
        read: (row, language) to an example, or to None for a row that the protocol leaves out.
        rows: (task, source, language, split) to the slice that holds them.
        item: (row, position) to a name that is the same for the same item in every language.
        items: All rows of one language and split to their names, instead of `item`: where rows
            have no id and a language may lack some, so that positions do not match.
        cluster: All rows of one language and split, in order, to the passage or premise that each
            comes from, a name that is the same in every language; None when every item stands
            alone.
        metric: Scores its predictions; its signature is shown with every number.
        tuned_on: The split on which a threshold is tuned before testing: a question then may have
            no answer, and a sentence no translation, and predictions carry margins to compare with
            it.
        trains_on: The task whose training rows fit this target: itself, another, or None
            (retrieval).
        contains: Other tasks whose training rows are among this one's, though from other sources.
        made_of: Collections of text that its sentences or passages were taken from, such as
            "Wikipedia".
        source_language: The language of the training rows.
        counterpart_of: The task of the same kind that this one is the counterpart of in its source
            language, as a Chinese data set of inference is of MNLI; it is trained with that task's
            recipe.
        references: The task whose rows measure a translator of this one's: its items are the same
            text in every language. Its dev split is taken, its test split where it has no other.
        summary: One line for lists.
        code: Digest of the --plugin file that offers it, set when that is loaded; empty otherwise.
    """

    name: str
    role: Role
    kind: Kind
    version: int
    sources: tuple[Source, ...]
    languages: tuple[str, ...]
    excluded: Exclusions | None = None
    splits: Mapping[str, str]
    labels: tuple[str, ...] = ()
    read: Callable[[Row, str], Example | None]
    rows: Callable[[Task, Source, str, str], Slice] = by_config
    item: Callable[[Row, int], str] = by_position
    items: Callable[[Sequence[Row]], Sequence[str]] | None = None
    cluster: Callable[[Sequence[Row]], Sequence[str]] | None = None
    metric: Metric
    tuned_on: str | None = None
    trains_on: str | None = None
    contains: tuple[str, ...] = ()
    made_of: tuple[str, ...] = ()
    source_language: str = "en"
    counterpart_of: str | None = None
    references: str | None = None
    summary: str = ""
    code: str = ""


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
