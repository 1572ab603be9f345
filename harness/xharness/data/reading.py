"""Reads the examples of a task, checks each of them, and draws a fixed sample.

Nothing is guessed: a row that cannot be trained on or scored stops the phase and is named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xharness.data import own_files, sources, xtreme_download
from xharness.data.own_files import shown
from xharness.data.sources import Origin
from xharness.errors import DataError, listed
from xharness.examples import Example
from xharness.examples.fields import wrong_field
from xharness.tasks import EXAMPLE_OF, Task, own_file, slice_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedExample:
    """One example of a task, with the names that identify it in results and messages."""

    example: Example
    language: str
    item: str
    """The same in every language."""
    cluster: str
    """The passage or premise that it comes from; its own item where it stands alone."""
    where: str
    """For messages: "xnli en test, row 17 (item 17)"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The examples that are used, in the order of the source, and how many rows are not used."""

    named: tuple[NamedExample, ...]
    read: int
    """Rows that the source has."""
    left_out: int
    """Rows that the source's own protocol leaves out."""
    excluded: int = 0
    """Rows that are left out because a test set has their text."""

    @property
    def sha256(self) -> str:
        """Return a digest of names, texts and right answers: equal rows have equal ones."""
        digest = hashlib.sha256()
        for one in self.named:
            gold = getattr(one.example, "gold", None)
            answer = gold() if gold is not None else None
            digest.update("\x1f".join((one.item, *one.example.texts(), str(answer))).encode())
            digest.update(b"\x1e")
        return digest.hexdigest()

    @property
    def examples(self) -> list[Any]:
        """Return the examples without their names."""
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
        split: "train", "dev" or "test"; those of `xtreme_download` have no labels, and lie in
            the data root.
        sample: (examples at most, seed of the draw). The examples whose hash of the seed and
            the item's name is smallest are kept, so a smaller sample is part of a larger one
            and every language keeps the same items.
        origin: Where the rows are.

    Raises:
        DataError: If the task has no such split or language, a language has no rows, or rows
            are not what the task declares; all problems of a language at once.
    """
    if split in {xtreme_download.TEST, xtreme_download.DEV}:
        return _of_xtreme(task, languages, split, origin)
    examples: list[NamedExample] = []
    read = excluded = 0
    for language in languages:
        if language not in task.languages:
            known = ", ".join(task.languages)
            raise DataError(f"{task.name}: has no language {language!r}; it has {known}")
        named, rows = _of_language(task, language, split, origin)
        examples += named
        read += len(rows)
        if split == "dev" and task.excluded is not None:
            excluded += sum(map(task.excluded.has, rows))
    kept = _sample(examples, sample, several=len(languages) > 1)
    left_out = read - excluded - len(examples)
    return Rows(named=tuple(kept), read=read, left_out=left_out, excluded=excluded)


def _of_xtreme(task: Task, languages: Sequence[str], split: str, origin: Origin) -> Rows:
    """Return the rows of XTREME's own test files, which are never scored."""
    if origin.data_root is None:
        raise DataError(f"{task.name}: {split} rows are in a folder; give it")
    named = tuple(
        NamedExample(
            example=example,
            language=language,
            item=item,
            cluster=item,
            where=f"{task.name} {language} {split} (item {item})",
        )
        for language in languages
        for item, example in xtreme_download.examples(origin.data_root, task, language, split)
    )
    return Rows(named=named, read=len(named), left_out=0)


def count(task: Task, language: str, split: str, origin: Origin) -> int:
    """Return how many examples a task has in one language of a split.

    Raises:
        DataError: If the rows are not what the task declares.
    """
    return len(load(task, (language,), split, (None, 0), origin).named)


def check(task: Task, rows: Sequence[dict[str, Any]], language: str, where: str) -> None:
    """Read some rows as examples, and forget them.

    Args:
        task: Reads them.
        rows: The first ones of a split.
        language: Theirs.
        where: Their file, for messages.

    Raises:
        DataError: If some are not what the task declares.
    """
    problems = []
    for position, row in enumerate(rows):
        try:
            # Names that a task makes of all rows at once are left out: these are some of them.
            name = None if task.items is None else str(position)
            _example(task, row, position, language, (f"{where}, row {position}", name))
        except DataError as problem:
            problems.append(str(problem))
    refuse(problems)


def refuse(problems: Sequence[str]) -> None:
    """Raise a DataError with the first problems and the number of the others, if there are any."""
    if problems:
        raise DataError(listed(problems))


def _of_language(
    task: Task, language: str, split: str, origin: Origin
) -> tuple[list[NamedExample], list[dict[str, Any]]]:
    """Return the examples of one language, and all of its rows."""
    parts = _parts(task, language, split, origin)
    rows = [row for part in parts for row in part.rows]
    split_name = f"{task.name} {language} {split}"
    named: dict[int, NamedExample] = {}
    problems: dict[int, str] = {}
    names = None if task.items is None else _names(task.items, rows, split_name, "items")
    for position, row in enumerate(rows):
        try:
            name = None if names is None else names[position]
            one = _example(task, row, position, language, (f"{split_name}, row {position}", name))
        except DataError as problem:
            problems[position] = str(problem)
        else:
            named |= {} if one is None else {position: one}
    if problems:
        places = _places(parts)
        refuse([f"{places[position]}{problem}" for position, problem in problems.items()])
    if not named:
        raise DataError(
            f"{task.name}: {language} has no rows in split {split} of "
            f"{', '.join(s.path for s in task.sources)} ({len(rows)} read); choose other languages"
        )
    if task.cluster is not None:
        clusters = _names(task.cluster, rows, split_name, "clusters")
        named = {p: replace(one, cluster=clusters[p]) for p, one in named.items()}
    if split == "dev" and task.excluded is not None:
        named = {p: one for p, one in named.items() if not task.excluded.has(rows[p])}
    return list(named.values()), rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The rows of one source."""

    rows: list[dict[str, Any]]
    file: Path | None
    """The user's own file that they are all rows of; None for another source, or some of a file."""


def _parts(task: Task, language: str, split: str, origin: Origin) -> list[_Part]:
    """Return all rows of one language, source after source."""
    commits = sources.revisions(origin.digest, len(task.sources))
    parts: list[_Part] = []
    for source, commit in zip(task.sources, commits, strict=True):
        part = slice_of(task, source, language, split)
        whole = part.where is None and part.prefix is None
        file = own_file(source, language, part.split) if source.files and whole else None
        rows = sources.rows(source, part, language, commit, origin)
        parts.append(_Part(rows=rows, file=file))
    return parts


def _places(parts: Sequence[_Part]) -> list[str]:
    """Return, for each row, the user's own file and the line that it stands on; "" if on none."""
    places: list[str] = []
    for part in parts:
        if part.file is None:
            places += [""] * len(part.rows)
        else:
            lines = own_files.places(part.file, len(part.rows))
            places += [f"{part.file}, {line}: " for line in lines]
    return places


def _names(
    function: Callable[[Sequence[Any]], Sequence[str]], rows: Sequence[Any], where: str, what: str
) -> Sequence[str]:
    """Return the item or the cluster of each row, as the task's function names them."""
    names: Sequence[str] = _guarded(function, where, rows)
    if len(names) != len(rows):
        raise DataError(
            f"{where}: the task names {len(names)} {what} for {len(rows)} rows; one per row "
            "would be right"
        )
    return names


def _example(
    task: Task, row: dict[str, Any], position: int, language: str, said: tuple[str, str | None]
) -> NamedExample | None:
    """Return one row as a checked example, None for a row that the protocol leaves out.

    Args:
        task: Reads the row.
        row: As its source has it.
        position: In its split.
        language: Of the row.
        said: Where it stands, in words; and its item, if the task names all items at once.
    """
    where, item = said
    example = _guarded(task.read, where, row, language)
    if example is None:
        return None
    if item is None:
        item = str(_guarded(task.item, where, row, position))
    where = f"{where} (item {item})"
    if problem := _problem(task, example, row):
        raise DataError(f"{where}: {problem}")
    return NamedExample(example=example, language=language, item=item, cluster=item, where=where)


def _guarded(function: Callable[..., Any], where: str, *given: Any) -> Any:
    """Return what a task's own function returns; if it fails on a row, name the row.

    Raises:
        DataError: If it fails.
    """
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


def _problem(task: Task, example: Example, row: dict[str, Any]) -> str:
    """Return what makes an example unfit to train on or to score; empty when nothing does."""
    wanted = EXAMPLE_OF[task.kind]
    if not isinstance(example, wanted):
        return f"read as {type(example).__name__}, a {task.kind.value} task needs {wanted.__name__}"
    if wrong := wrong_field(example):
        columns = [c for c, v in row.items() if v is wrong.value and c != wrong.name]
        column = f" (column {columns[0]})" if columns else ""
        return f"{wrong.name}{column} is {shown(wrong.value)}; {wrong.right} would be right"
    return example.problem(task.labels, threshold=task.tuned_on is not None)


def _sample(
    examples: list[NamedExample], sample: tuple[int | None, int], *, several: bool
) -> list[NamedExample]:
    """Return the examples with the smallest hashes, in their old order."""
    limit, seed = sample
    if limit is None or limit >= len(examples):
        return examples

    def rank(index: int) -> bytes:
        one = examples[index]
        # Of one language only the item is hashed, so that every language keeps the same items.
        name = f"{one.language}:{one.item}" if several else one.item
        return hashlib.sha256(f"{seed}:{name}".encode()).digest()

    return [examples[i] for i in sorted(sorted(range(len(examples)), key=rank)[:limit])]
