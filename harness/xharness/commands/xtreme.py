"""Stored predictions as files that XTREME's evaluate.py reads.

There is one folder per task, and in it one file test-<language>.<json or tsv>. Source:
google-research/xtreme, README at 1213879, Submissions; evaluate.py at b5d31e7, TASK2LANGS and the
readers that it names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xharness.commands import rows_again, session, xtreme_files
from xharness.commands.session import Paths
from xharness.commands.xtreme_files import FOLDERS, LANGUAGES
from xharness.errors import DataError, StudyError
from xharness.examples import Pair
from xharness.keys import Key
from xharness.metrics import Answered, decide
from xharness.planning.plan import Plan
from xharness.report.view import View
from xharness.store.store import Artifact, Store
from xharness.tasks import Kind, Task

NOTES = "INCOMPLETE.txt"
"""The file that says why a submission is not complete; evaluate.py reads folders only."""

Texts = Callable[[Task, Mapping[str, Any]], Mapping[str, str]]
"""(task, fields of a Predict phase) to item to its English sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which row and seed of a comparison is exported; None fits any."""

    strategy: str | None = None
    intermediates: str | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Files to be written."""

    predictions: Mapping[str, str]
    """Name, such as "xnli/test-sw.tsv", to content."""
    labels: Mapping[str, str]
    """The right answers in the same form, for evaluate.py's label_folder."""
    notes: tuple[str, ...]
    """Why the files are not a complete submission."""


def build(
    plan: Plan, store: Store, tasks: Mapping[str, Task], choice: Choice, texts: Texts
) -> Submission:
    """Return one row of a comparison, with one seed, as XTREME's files.

    Args:
        plan: What was compared.
        store: Holds the predictions.
        tasks: Every loaded task.
        choice: Has to fit exactly one strategy, arm and seed of the plan.
        texts: Reads sentences again: retrieval is submitted in the order of the English ones.

    Raises:
        StudyError: If none or several rows of the plan fit, or there are no predictions.
        DataError: If a task is not loaded, or its predictions have no such form.
    """
    answers = chosen(plan, choice)
    predictions, labels = {}, {}
    short: dict[str, dict[str, list[str]]] = {}
    for answer in answers:
        score = store.find(answer.key)
        if score is None:
            continue
        if answer.target not in tasks:
            raise DataError(
                f"{answer.target}: no plugin offers the task; load it with --plugin or install it"
            )
        predicted = _Predictions.of(tasks[answer.target], score, store)
        folder = FOLDERS.get(answer.target, answer.target)
        name = file_name(predicted.task, answer.language)
        predictions[name], labels[name] = _files(predicted, texts)
        if lacking := _shortfall(predicted):
            short.setdefault(folder, {}).setdefault(lacking, []).append(answer.language)
    if not predictions:
        raise StudyError(
            "export xtreme", ["the store has no predictions of this row; compare first"]
        )
    return Submission(
        predictions=predictions,
        labels=labels,
        notes=(*_fewer(short), *_notes(plan, tasks, predictions)),
    )


def file_name(task: Task, language: str) -> str:
    """Return the name of a file, such as "xnli/test-sw.tsv"."""
    suffix = "json" if task.kind is Kind.SPAN_QA else "tsv"
    return f"{FOLDERS.get(task.name, task.name)}/test-{language}.{suffix}"


def _fewer(short: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[str]:
    """Yield which folders have fewer rows than were published: folder to counts to languages."""
    for folder, lacking in short.items():
        counts = (f"{rows} ({', '.join(codes)})" for rows, codes in lacking.items())
        yield f"{folder}: fewer rows than published: {'; '.join(counts)}"


def english(paths: Paths) -> Texts:
    """Return a function that reads the English sentences of a retrieval task again.

    The function raises StudyError where the rows are not those that were predicted: their order
    is what is submitted.

    Args:
        paths: Where rows are.
    """
    resolver = session.resolver_of(paths)

    def texts(task: Task, phase: Mapping[str, Any]) -> Mapping[str, str]:
        from xharness.data import reading
        from xharness.data.sources import Origin

        language, split = phase["language"], phase["split"]
        found = resolver.data(task, (language,), split)
        rows_again.refuse_others(f"{task.name} {language} {split}", found, phase["data"], paths)
        rows = reading.load(
            task,
            (language,),
            split,
            (phase["limit"], phase.get("sample_seed", 0)),
            Origin(data_root=paths.data_root, offline=paths.offline, digest=found),
        )
        return {
            named.item: named.example.source
            for named in rows.named
            if isinstance(named.example, Pair) and named.example.source is not None
        }

    return texts


def save(submission: Submission, out: Path, labels: Path | None) -> None:
    """Write predictions into one folder and, if wanted, the right answers into another.

    Why they are not a complete submission is written beside the folders of the tasks.

    Raises:
        StudyError: If a folder holds anything; then nothing is written.
    """
    notes = {NOTES: "".join(f"{line}\n" for line in submission.notes)} if submission.notes else {}
    wanted = {out: {**submission.predictions, **notes}}
    wanted |= {labels: {**submission.labels, **notes}} if labels else {}
    if full := [p for p in wanted if p.exists() and (not p.is_dir() or any(p.iterdir()))]:
        raise StudyError(str(full[0]), ["out: not an empty folder; give an empty or a new one"])
    for folder, files in wanted.items():
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")


def view(files: Submission, out: Path) -> View:
    """Return a view of the files that were written."""
    counted: dict[str, list[str]] = {}
    for name in files.predictions:
        folder, file = name.split("/")
        counted.setdefault(folder, []).append(file.partition(".")[0].removeprefix("test-"))
    rows = [
        {"task": folder, "files": len(codes), "languages": " ".join(sorted(codes))}
        for folder, codes in counted.items()
    ]
    document = {"folder": str(out), "tasks": rows, "notes": list(files.notes)}
    return View(draw=View.of_rows(str(out), rows).draw, document=document)


def chosen(plan: Plan, choice: Choice) -> list[Any]:
    """Return the answers of exactly one strategy, arm and seed."""
    fitting = [
        a
        for a in plan.answers
        if choice.strategy in {None, a.strategy}
        and choice.intermediates in {None, a.intermediates}
        and choice.seed in {None, a.seed}
    ]
    rows = dict.fromkeys((a.on_target.entry, a.seed) for a in fitting)
    if len(rows) == 1:
        return fitting
    known = dict.fromkeys((a.on_target.entry, a.seed) for a in plan.answers)
    names = "; ".join(
        f"--strategy {' --intermediates '.join(row.names)} --seed {seed}" for row, seed in known
    )
    wrong = "several rows fit" if rows else "no row fits"
    raise StudyError("export xtreme", [f"{wrong}, name one of: {names}"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Predictions:
    """The predictions behind one score."""

    task: Task
    rows: Sequence[Mapping[str, Any]]
    phase: Mapping[str, Any]
    """What the Predict phase is made of."""
    read: int
    """Rows of the source that were predicted, or that its own protocol leaves out."""
    threshold: float | None

    @staticmethod
    def of(task: Task, score: Artifact, store: Store) -> _Predictions:
        """Return the predictions behind a score; answers below a threshold are None."""
        predictions = store.find(Key(score.manifest["inputs"][0]))
        if predictions is None:
            raise DataError(f"{score.path}: its predictions are not in the store")
        rows = list(predictions.lines("predictions.jsonl"))
        phase = predictions.json("phase.json")
        counts = predictions.json("counts.json") if "counts.json" in predictions.files() else {}
        threshold = score.json("score.json").get("threshold")
        if threshold is not None:
            rows = [_decided(row, threshold) for row in rows]
        return _Predictions(
            task=task,
            rows=rows,
            phase=phase,
            read=counts.get("used", len(rows)) + counts.get("left_out", 0),
            threshold=threshold,
        )


def _shortfall(predicted: _Predictions) -> str:
    """Return how many of the published rows are there, empty where it is all of them."""
    language, split = predicted.phase["language"], predicted.phase["split"]
    counts = [
        s.expected.get(f"{split}/{language}", s.expected.get(split)) for s in predicted.task.sources
    ]
    published = sum(c for c in counts if c is not None)
    if predicted.read >= published:
        return ""
    return f"{predicted.read:,} of {published:,}"


def _decided(row: Mapping[str, Any], threshold: float) -> Mapping[str, Any]:
    """Return a row, without its prediction if the margin is below the threshold."""
    answered = Answered(row["prediction"], row["gold"], row.get("margin"))
    return {**row, "prediction": decide(answered, threshold)}


def _files(predicted: _Predictions, texts: Texts) -> tuple[str, str]:
    """Return the files of predictions and of right answers of one language."""
    match predicted.task.kind:
        case Kind.SPAN_QA:
            return xtreme_files.answers(predicted.rows), xtreme_files.questions(predicted.rows)
        case Kind.TAGGING:
            return xtreme_files.tags(predicted.rows, "prediction"), xtreme_files.tags(
                predicted.rows, "gold"
            )
        case Kind.CLASSIFICATION:
            return xtreme_files.labels(predicted.rows, "prediction"), xtreme_files.labels(
                predicted.rows, "gold"
            )
        case Kind.RETRIEVAL if predicted.threshold is not None:
            return xtreme_files.pairs(predicted.rows, "prediction"), xtreme_files.pairs(
                predicted.rows, "gold"
            )
        case Kind.RETRIEVAL:
            english = texts(predicted.task, predicted.phase)
            return xtreme_files.places(predicted.rows, english, "prediction"), xtreme_files.places(
                predicted.rows, english, "gold"
            )
    raise DataError(f"{predicted.task.name}: XTREME has no files for {predicted.task.kind.value}")


def _notes(plan: Plan, tasks: Mapping[str, Task], predictions: Mapping[str, str]) -> Iterator[str]:
    """Yield why the files are not a complete submission."""
    yield from lacking(plan, tasks, predictions)
    for target in plan.targets:
        if "gold-pool" in target.signature:
            folder = FOLDERS.get(target.name, target.name)
            yield f"{folder}: mined among gold pairs only, {target.signature}; no BUCC submission"
    if plan.limit_eval is not None:
        yield f"at most {plan.limit_eval:,} items per language; a submission has all of them"


def lacking(plan: Plan, tasks: Mapping[str, Task], predictions: Mapping[str, str]) -> Iterator[str]:
    """Yield which files of a submission are not there, and which are none of it."""
    for target in plan.targets:
        folder = FOLDERS.get(target.name, target.name)
        if folder not in LANGUAGES:
            yield f"{target.name}: is no task of XTREME; its evaluate.py ignores the folder"
            continue
        task = tasks[target.name]
        absent = [c for c in LANGUAGES[folder] if file_name(task, c) not in predictions]
        if absent:
            yield f"{folder}: evaluate.py also expects {', '.join(absent)}"
    there = {name.partition("/")[0] for name in predictions}
    if missing := [folder for folder in LANGUAGES if folder not in there]:
        yield f"tasks of XTREME that were not compared: {', '.join(missing)}"
