"""What is suspicious about a finished phase, found in its own files; a number never changes.

The notes stand in the phase's artifact, notes.json, when there are any: they are made once,
by the same rules for every plugin that runs phases, and tables only read them.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from xharness import metrics
from xharness.keys import Key, key
from xharness.phases import Phase, Predict, Score, Train, Translate
from xharness.store.artifacts import Artifact
from xharness.tasks import Kind, Task

FILE = "notes.json"

COLLAPSED = 95.0
"""Percent of the predictions that are equal."""
FEWEST = 10
"""Predictions below which equal ones say nothing."""
PIECES = 3.0
"""Pieces a word."""
UNKNOWN = 1.0
"""Percent of the pieces that are unknown."""
CUT = 1.0
"""Percent of the examples that lost tokens, or of the answers that no window holds."""

KINDS = ("collapsed", "baseline", "unknown", "pieces", "lost", "cut", "short")
"""What notes are about, the gravest first."""
OF_DATA = frozenset({"unknown", "pieces", "lost", "cut", "short"})
"""Kinds that are the same for every model with one tokenizer, and alike in many languages."""

_NO_ANSWER = "no answer"
"""How an unanswered question is counted among the answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One suspicious thing."""

    kind: str
    """One of `KINDS`."""
    task: str
    language: str
    """Empty for a training."""
    text: str
    """What is the matter, without the number."""
    value: float
    """The baseline; percent of predictions, examples, answers, pieces or published rows; or
    pieces a word."""


def examine(
    phase: Phase, out: Path, inputs: Mapping[Key, Artifact], tasks: Mapping[str, Task]
) -> tuple[Note, ...]:
    """Return the notes of a phase that has just been run.

    Args:
        phase: Which.
        out: Its files, not yet published.
        inputs: The artifacts it has read.
        tasks: Every loaded task; nothing is said about the data of others.
    """
    if isinstance(phase, Train):
        return tuple(_of_training(phase, _object(out / "counts.json"), tasks))
    if isinstance(phase, Translate):
        counts = _object(out / "counts.json")
        part = (counts.get("asked", 0) - counts.get("translated", 0), counts.get("asked", 0))
        return tuple(_share("lost", phase.task, phase.into, "rows lost in translation", part))
    if isinstance(phase, Predict):
        return tuple(_of_predictions(phase, _object(out / "counts.json"), tasks))
    if isinstance(phase, Score) and phase.predictions.task in tasks:
        rows = list(inputs[key(phase.predictions)].lines("predictions.jsonl"))
        return tuple(_of_score(phase, _object(out / "score.json"), rows, tasks))
    return ()


def written(notes: Sequence[Note]) -> str:
    """Return notes as the text of notes.json."""
    return json.dumps([asdict(n) for n in notes], indent=1, ensure_ascii=False) + "\n"


def read(artifact: Artifact) -> tuple[Note, ...]:
    """Return the notes of a finished phase.

    Raises:
        CorruptArtifactError: If the file was changed.
    """
    if FILE not in artifact.files():
        return ()
    return tuple(Note(**row) for row in artifact.json(FILE))


def _object(path: Path) -> Mapping[str, Any]:
    """Return the object in a JSON file; empty when there is none."""
    found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found if isinstance(found, dict) else {}


def _of_training(
    phase: Train, counts: Mapping[str, Any], tasks: Mapping[str, Task]
) -> Iterator[Note]:
    """Yield the notes of a training, stream by stream."""
    for stream, count in zip(phase.streams, counts.get("streams", ()), strict=False):
        text = "answers stand in no window, so they are not learnt"
        part = (count.get("lost", 0), count.get("used", 0))
        yield from _share("lost", stream.task, "", text, part)
        yield from _cut(stream.task, "", phase.recipe.max_length, count)
        if stream.task in tasks:
            task = tasks[stream.task]
            yield from _short(task, "", _published(task, stream.languages, stream.split), count)


def _of_predictions(
    phase: Predict, counts: Mapping[str, Any], tasks: Mapping[str, Task]
) -> Iterator[Note]:
    """Yield the notes of predictions, from what the runner counted."""
    name, language = phase.task, phase.language
    yield from _cut(name, language, phase.max_length, counts)
    if phase.task in tasks:
        task = tasks[phase.task]
        yield from _short(task, language, _published(task, (language,), phase.split), counts)
    words, pieces = counts.get("words", 0), counts.get("pieces", 0)
    if words and pieces / words > PIECES:
        text = f"more than {PIECES:.0f} pieces a word"
        yield Note(
            kind="pieces", task=name, language=language, text=text, value=round(pieces / words, 3)
        )
    if pieces and 100 * counts.get("unknown", 0) / pieces > UNKNOWN:
        yield Note(
            kind="unknown",
            task=name,
            language=language,
            text="the tokenizer has no pieces for some of the text",
            value=round(100 * counts["unknown"] / pieces, 3),
        )


def _cut(task: str, language: str, length: int, counts: Mapping[str, Any]) -> Iterator[Note]:
    """Yield a note if many examples were longer than a window."""
    text = f"examples cut short at {length} tokens"
    yield from _share(
        "cut", task, language, text, (counts.get("truncated", 0), counts.get("used", 0))
    )


def _share(
    kind: str, task: str, language: str, text: str, part: tuple[float, float]
) -> Iterator[Note]:
    """Yield a note if a part is more than `CUT` percent of the whole."""
    some, whole = part
    if whole and 100 * some / whole > CUT:
        value = round(100 * some / whole, 3)
        yield Note(kind=kind, task=task, language=language, text=text, value=value)


def _published(task: Task, languages: Iterable[str], split: str) -> int:
    """Return how many rows the sources say there are; 0 where they do not say.

    A number for a whole split counts where the split has one language only.
    """
    found = 0
    for language in languages:
        alone = len(task.languages) == 1 or (split == "train" and language == task.source_language)
        for source in task.sources:
            whole = source.expected.get(split, 0) if alone else 0
            found += source.expected.get(f"{split}/{language}", whole)
    return found


def _short(task: Task, language: str, wanted: int, counts: Mapping[str, Any]) -> Iterator[Note]:
    """Yield a note if there are fewer rows than were published."""
    there = counts.get("rows", wanted)
    if there < wanted:
        yield Note(
            kind="short",
            task=task.name,
            language=language,
            text="fewer rows than were published",
            value=round(100 * there / wanted, 3),
        )


def _of_score(
    phase: Score,
    score: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    tasks: Mapping[str, Task],
) -> Iterator[Note]:
    """Yield the notes of a score, from the predictions behind it."""
    task, language = tasks[phase.predictions.task], phase.predictions.language
    said = Counter(_labels(task, (row.get("prediction") for row in rows)))
    right = Counter(_labels(task, (_first(task, row.get("gold")) for row in rows)))
    label, share = _most(said)
    if said.total() >= FEWEST and share > COLLAPSED >= _most(right)[1]:
        text = f'predictions collapsed to "{label}"'
        yield Note(
            kind="collapsed", task=task.name, language=language, text=text, value=round(share, 3)
        )
    found = _baseline(task, phase.metric, rows, language)
    if found is not None and "score" in score and score["score"] <= found[1] + 1e-9:
        text = f"score at or below the {found[0]} baseline"
        yield Note(
            kind="baseline",
            task=task.name,
            language=language,
            text=text,
            value=round(found[1], 3),
        )


def _labels(task: Task, answers: Iterable[Any]) -> Iterator[str]:
    """Yield every single answer as text: of a tagged sentence its tags."""
    for answer in answers:
        parts = answer if task.kind is Kind.TAGGING and isinstance(answer, list) else [answer]
        for part in parts:
            yield _NO_ANSWER if part is None else str(part)


def _first(task: Task, gold: Any) -> Any:
    """Return one right answer of a question that may have several, None when it has none."""
    if task.kind is Kind.SPAN_QA and isinstance(gold, list):
        return gold[0] if gold else None
    return gold


def _most(counted: Counter[str]) -> tuple[str, float]:
    """Return the most frequent answer and its share in percent."""
    if not counted:
        return "", 0.0
    label, times = counted.most_common(1)[0]
    return label, 100 * times / counted.total()


def _baseline(
    task: Task, signature: str, rows: Sequence[Mapping[str, Any]], language: str
) -> tuple[str, float] | None:
    """Return the name and the score of the best answers that need no reading.

    For labels and tags always the most frequent one, which is never worse than chance; for
    questions no answer; for retrieval a partner drawn at random.
    """
    if task.kind is Kind.RETRIEVAL:
        return "random", 100 / len(rows)
    if task.metric.signature != signature:
        return None
    golds = [row.get("gold") for row in rows]
    if task.kind is Kind.SPAN_QA:
        name, answers = "no-answer", [None] * len(golds)
    else:
        name, answers = "majority", _majority(task, golds)
    try:
        counted = [
            task.metric.statistics(answer, gold, language)
            for answer, gold in zip(answers, golds, strict=True)
        ]
    except (TypeError, ValueError):
        return None  # the metric does not read such answers, so it has no such baseline
    totals = [math.fsum(column) for column in zip(*counted, strict=True)]
    return name, metrics.score(task.metric, totals)


def _majority(task: Task, golds: Sequence[Any]) -> list[Any]:
    """Return the most frequent right label for every example, or tag for every word."""
    if task.kind is Kind.TAGGING:
        tag = Counter(t for tags in golds for t in tags).most_common(1)[0][0]
        return [[tag] * len(tags) for tags in golds]
    return [Counter(golds).most_common(1)[0][0]] * len(golds)
