"""Diagnostics: what is suspicious about a finished phase. No number depends on them.

They are made once, from the files of a phase that has just been run, by the same rules for every
plugin, and stored in its artifact as notes.json if there are any. Tables only read them.
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
"""Percent of equal predictions above which a model is said to have collapsed."""
FEWEST = 10
"""Predictions below which a model is never said to have collapsed: a few can be equal by chance."""
PIECES = 3.0
"""Pieces a word above which a tokenizer splits a language too finely."""
UNKNOWN = 1.0
"""Percent of unknown pieces above which a tokenizer is said not to cover a language."""
CUT = 1.0
"""Percent above which truncated examples, or answers that no window holds, are reported."""

SEEDS = "seeds"
"""Some seeds of a row collapsed, others did not; found where seeds are compared, in `analysis`."""
KINDS = (SEEDS, "collapsed", "baseline", "unknown", "pieces", "lost", "cut", "short")
"""Every kind of diagnostic, the gravest first."""
OF_DATA = frozenset({"unknown", "pieces", "lost", "cut", "short"})
"""Kinds that the data or the tokenizer causes: the same for every model with one tokenizer."""

_NO_ANSWER = "no answer"
"""Stands for an unanswered question where answers are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One suspicious thing about one phase."""

    kind: str
    """One of `KINDS`."""
    task: str
    language: str
    """Empty for a training, and for seeds."""
    text: str
    """What is wrong, without the number; of seeds a sentence with all numbers."""
    value: float
    """The lowest seed's score, or a baseline's; percent of predictions, examples, answers, pieces
    or published rows; or pieces a word."""


def examine(
    phase: Phase, out: Path, inputs: Mapping[Key, Artifact], tasks: Mapping[str, Task]
) -> tuple[Diagnostic, ...]:
    """Return what is suspicious about a phase that has just been run.

    Args:
        phase: The phase.
        out: Its files, not yet published.
        inputs: The artifacts it has read.
        tasks: Every loaded task; the data of other tasks are not judged.
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


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return diagnostics as the text of notes.json."""
    return json.dumps([asdict(d) for d in diagnostics], indent=1, ensure_ascii=False) + "\n"


def read(artifact: Artifact) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of a finished phase.

    Raises:
        CorruptArtifactError: If the file was changed.
    """
    if FILE not in artifact.files():
        return ()
    return tuple(Diagnostic(**row) for row in artifact.json(FILE))


def _object(path: Path) -> Mapping[str, Any]:
    """Return the object in a JSON file; empty when there is none."""
    content = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return content if isinstance(content, dict) else {}


def _of_training(
    phase: Train, counts: Mapping[str, Any], tasks: Mapping[str, Task]
) -> Iterator[Diagnostic]:
    """Yield what is suspicious about a training, stream by stream."""
    for stream, count in zip(phase.streams, counts.get("streams", ()), strict=False):
        text = "answers stand in no window, so they are not learnt"
        part = (count.get("lost", 0), count.get("used", 0))
        yield from _share("lost", stream.task, "", text, part)
        yield from _cut(stream.task, "", stream.max_length, count)
        if stream.task in tasks:
            task = tasks[stream.task]
            yield from _short(task, "", _published(task, stream.languages, stream.split), count)


def _of_predictions(
    phase: Predict, counts: Mapping[str, Any], tasks: Mapping[str, Task]
) -> Iterator[Diagnostic]:
    """Yield what is suspicious about predictions, from what the runner counted."""
    name, language = phase.task, phase.language
    yield from _cut(name, language, phase.max_length, counts)
    if phase.task in tasks:
        task = tasks[phase.task]
        yield from _short(task, language, _published(task, (language,), phase.split), counts)
    words, pieces = counts.get("words", 0), counts.get("pieces", 0)
    if words and pieces / words > PIECES:
        text = f"more than {PIECES:.0f} pieces a word"
        yield Diagnostic(
            kind="pieces", task=name, language=language, text=text, value=round(pieces / words, 3)
        )
    if pieces and 100 * counts.get("unknown", 0) / pieces > UNKNOWN:
        yield Diagnostic(
            kind="unknown",
            task=name,
            language=language,
            text="the tokenizer has no pieces for some of the text",
            value=round(100 * counts["unknown"] / pieces, 3),
        )


def _cut(task: str, language: str, length: int, counts: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Yield a diagnostic if many examples were longer than a window."""
    text = f"examples cut short at {length} tokens"
    yield from _share(
        "cut", task, language, text, (counts.get("truncated", 0), counts.get("used", 0))
    )


def _share(
    kind: str, task: str, language: str, text: str, part: tuple[float, float]
) -> Iterator[Diagnostic]:
    """Yield a diagnostic if a part is more than `CUT` percent of the whole."""
    some, whole = part
    if whole and 100 * some / whole > CUT:
        value = round(100 * some / whole, 3)
        yield Diagnostic(kind=kind, task=task, language=language, text=text, value=value)


def _published(task: Task, languages: Iterable[str], split: str) -> int:
    """Return how many rows of a split the sources publish; 0 where they do not say.

    Sources may publish one number for a whole split. It is used where the split has one language.
    """
    rows = 0
    for language in languages:
        alone = len(task.languages) == 1 or (split == "train" and language == task.source_language)
        for source in task.sources:
            whole = source.expected.get(split, 0) if alone else 0
            rows += source.expected.get(f"{split}/{language}", whole)
    return rows


def _short(
    task: Task, language: str, published: int, counts: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """Yield a diagnostic if there are fewer rows than were published."""
    rows = counts.get("rows", published)
    if rows < published:
        yield Diagnostic(
            kind="short",
            task=task.name,
            language=language,
            text="fewer rows than were published",
            value=round(100 * rows / published, 3),
        )


def _of_score(
    phase: Score,
    score: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    tasks: Mapping[str, Task],
) -> Iterator[Diagnostic]:
    """Yield what is suspicious about a score, from the predictions that were scored."""
    task, language = tasks[phase.predictions.task], phase.predictions.language
    predicted = Counter(_labels(task, (row.get("prediction") for row in rows)))
    gold = Counter(_labels(task, (_first(task, row.get("gold")) for row in rows)))
    label, share = _most(predicted)
    if predicted.total() >= FEWEST and share > COLLAPSED >= _most(gold)[1]:
        text = f'predictions collapsed to "{label}"'
        yield Diagnostic(
            kind="collapsed", task=task.name, language=language, text=text, value=round(share, 3)
        )
    least = baseline(task, phase.metric, rows, language)
    # Any plugin may have computed the score, so equal ones can differ in their last digit.
    if least is not None and "score" in score and score["score"] <= least[1] + 1e-9:
        text = f"score at or below the {least[0]} baseline"
        value = round(least[1], 3)
        yield Diagnostic(kind="baseline", task=task.name, language=language, text=text, value=value)


def _labels(task: Task, answers: Iterable[Any]) -> Iterator[str]:
    """Yield each answer as text; a tagged sentence has one answer per word."""
    for answer in answers:
        parts = answer if task.kind is Kind.TAGGING and isinstance(answer, list) else [answer]
        for part in parts:
            yield _NO_ANSWER if part is None else str(part)


def _first(task: Task, gold: Any) -> Any:
    """Return the first gold answer of a question, None when it has none; other gold as it is."""
    if task.kind is Kind.SPAN_QA and isinstance(gold, list):
        return gold[0] if gold else None
    return gold


def _most(counted: Counter[str]) -> tuple[str, float]:
    """Return the most frequent answer and its share in percent."""
    if not counted:
        return "", 0.0
    label, times = counted.most_common(1)[0]
    return label, 100 * times / counted.total()


def baseline(
    task: Task, signature: str, rows: Sequence[Mapping[str, Any]], language: str
) -> tuple[str, float] | None:
    """Return the name and the score of answers that can be given without reading the text.

    For labels and tags this is always giving the most frequent one, which is never worse than
    chance; for questions, never answering; for retrieval, drawing a partner at random.
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
        statistics = [
            task.metric.statistics(answer, gold, language)
            for answer, gold in zip(answers, golds, strict=True)
        ]
    except (TypeError, ValueError):
        return None  # the metric does not read such answers, so it has no such baseline
    totals = [math.fsum(column) for column in zip(*statistics, strict=True)]
    return name, metrics.score(task.metric, totals)


def _majority(task: Task, golds: Sequence[Any]) -> list[Any]:
    """Return the most frequent gold label for every example, or tag for every word."""
    if task.kind is Kind.TAGGING:
        tag = Counter(t for tags in golds for t in tags).most_common(1)[0][0]
        return [[tag] * len(tags) for tags in golds]
    return [Counter(golds).most_common(1)[0][0]] * len(golds)
