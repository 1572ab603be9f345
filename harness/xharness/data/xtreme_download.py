"""The test files that XTREME's own download script writes, which have no right answers.

A submission is judged on these rows, in this order. Layout: google-research/xtreme at 0918248,
scripts/download_data.sh and utils_preprocess.py; a folder for each task, here below `download`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness.data import own_files
from xharness.errors import DataError
from xharness.examples import Classification, Example, Pair, SpanQuestion, Tagging
from xharness.tasks import Task

TEST, DEV = "xtreme", "xtreme-dev"
"""Splits of these files: what is submitted, and BUCC's pairs that a threshold is tuned on."""

Named = tuple[str, Example]
"""What a row is called, and the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where the files of a task are, and how they are read."""

    test: tuple[str, ...]
    """Below the folder; with {language}."""
    read: Callable[..., Iterator[Named]]
    """Takes the files' paths."""
    dev: tuple[str, ...] = ()


def files(folder: Path, task: Task, language: str, split: str) -> tuple[Path, ...]:
    """Return the files of one language of a task.

    Args:
        folder: What the download script calls `download`.
        task: One of XTREME's.
        language: One of its languages.
        split: `TEST` or `DEV`.

    Raises:
        DataError: If the task is none of XTREME's, or a file is not there.
    """
    layout = _LAYOUTS.get(task.name)
    names = () if layout is None else layout.test if split == TEST else layout.dev
    if not names:
        raise DataError(f"{task.name}: XTREME has no {split} files of it; {_known()}")
    paths = tuple(folder / name.format(language=language) for name in names)
    if lacking := [str(p) for p in paths if not p.is_file()]:
        raise DataError(
            f"{task.name} {language}: no file {', '.join(lacking)}; --xtreme-files takes the "
            "folder `download` that XTREME's scripts/download_data.sh makes"
        )
    return paths


def examples(folder: Path, task: Task, language: str, split: str) -> list[Named]:
    """Return the rows of one language, in the order of their file; arguments as in `files`.

    Raises:
        DataError: If a file is missing, cannot be read, or has no rows.
    """
    paths = files(folder, task, language, split)
    found = [*_LAYOUTS[task.name].read(*paths)]
    if not found:
        raise DataError(f"{paths[0]}: has no rows")
    return found


def _lines(path: Path) -> list[str]:
    """Return the lines of a file, without the one that its last line end begins."""
    lines = own_files.text(path).split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _words(path: Path) -> Iterator[Named]:
    """Yield sentences: a word on a line, an empty line between them.

    A second column, which is there when right answers were kept, is not read.
    """
    sentences: list[list[str]] = [[]]
    for line in _lines(path):
        if word := line.partition("\t")[0].strip():
            sentences[-1].append(word)
        elif sentences[-1]:
            sentences.append([])
    for place, words in enumerate(s for s in sentences if s):
        yield str(place), Tagging(tokens=tuple(words), tags=None)


def _pairs(path: Path) -> Iterator[Named]:
    """Yield pairs of sentences, as Python's csv writes them with tabs; no further columns.

    Raises:
        DataError: If a line has no second sentence.
    """
    csv.field_size_limit(own_files.FIELD_BYTES)
    content = io.StringIO(own_files.text(path), newline="")
    for place, row in enumerate(csv.reader(content, delimiter="\t")):
        if len(row) < 2:
            raise DataError(
                f"{path}, row {place}: {len(row)} columns; two sentences would be right"
            )
        yield str(place), Classification(text=row[0], pair=row[1], label=None)


def _questions(path: Path) -> Iterator[Named]:
    """Yield questions in the form of SQuAD v1.1.

    Raises:
        DataError: If the file has another form.
    """
    try:
        content: Any = json.loads(own_files.text(path))
        for article in content["data"]:
            for paragraph in article["paragraphs"]:
                for asked in paragraph["qas"]:
                    yield (
                        str(asked["id"]),
                        SpanQuestion(
                            context=paragraph["context"], question=asked["question"], answers=None
                        ),
                    )
    except (ValueError, KeyError, TypeError) as wrong:
        raise DataError(
            f"{path}: cannot be read ({type(wrong).__name__}: {wrong}); SQuAD's form would be right"
        ) from None


def _sentences(foreign: Path, english: Path) -> Iterator[Named]:
    """Yield English sentences, each beside a foreign one that need not be its translation.

    XTREME sorts the English ones, so that their places do not give the answers away.

    Raises:
        DataError: If there are not equally many.
    """
    theirs, ours = _lines(foreign), _lines(english)
    if len(theirs) != len(ours):
        raise DataError(f"{foreign}: {len(theirs)} sentences for {len(ours)} in {english.name}")
    for place, (one, other) in enumerate(zip(theirs, ours, strict=True)):
        yield str(place), Pair(source=other.strip(), target=one.strip())


def _texts(foreign: Path, english: Path, gold: Path | None = None) -> Iterator[Named]:
    """Yield the sentences of two texts, pairs first; without a file of pairs, all are alone.

    Raises:
        DataError: If a line has no name, or a pair names a sentence that is in no text.
    """
    theirs, ours = _named(foreign), _named(english)
    pairs = [] if gold is None else [line.split("\t") for line in _lines(gold) if line]
    for pair in pairs:
        if len(pair) != 2 or pair[0] not in theirs or pair[1] not in ours:
            raise DataError(f"{gold}: {' '.join(pair)}: names no sentence of either text")
        yield (
            "/".join(pair),
            Pair(
                source=theirs.pop(pair[0]),
                target=ours.pop(pair[1]),
                source_name=pair[0],
                target_name=pair[1],
            ),
        )
    for name, text in theirs.items():
        yield f"{name}/-", Pair(source=text, target=None, source_name=name)
    for name, text in ours.items():
        yield f"-/{name}", Pair(source=None, target=text, target_name=name)


def _named(path: Path) -> dict[str, str]:
    """Return the sentences of a text by name."""
    lines = [line for line in _lines(path) if line.strip()]
    if bad := [n for n, line in enumerate(lines, 1) if "\t" not in line]:
        raise DataError(f"{path}, line {bad[0]}: no tab between a name and its sentence")
    return {name: text for name, _, text in (line.partition("\t") for line in lines)}


def _known() -> str:
    """Return which tasks have files."""
    return f"there are {', '.join(_LAYOUTS)}"


_LAYOUTS: Mapping[str, _Layout] = {
    "xnli": _Layout(test=("xnli/test-{language}.tsv",), read=_pairs),
    "pawsx": _Layout(test=("pawsx/test-{language}.tsv",), read=_pairs),
    "udpos": _Layout(test=("udpos/test-{language}.tsv",), read=_words),
    "panx": _Layout(test=("panx/test-{language}.tsv",), read=_words),
    "xquad": _Layout(test=("xquad/xquad.{language}.json",), read=_questions),
    "mlqa": _Layout(
        test=("mlqa/MLQA_V1/test/test-context-{language}-question-{language}.json",),
        read=_questions,
    ),
    "tydiqa": _Layout(
        test=("tydiqa/tydiqa-goldp-v1.1-dev/tydiqa.goldp.{language}.dev.json",), read=_questions
    ),
    "tatoeba": _Layout(
        test=("tatoeba/{language}-en.{language}", "tatoeba/{language}-en.en"), read=_sentences
    ),
    "bucc": _Layout(
        test=("bucc2018/{language}-en.test.{language}", "bucc2018/{language}-en.test.en"),
        dev=(
            "bucc2018/{language}-en.dev.{language}",
            "bucc2018/{language}-en.dev.en",
            "bucc2018/{language}-en.dev.gold",
        ),
        read=_texts,
    ),
}
