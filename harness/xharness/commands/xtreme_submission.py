"""Predictions of XTREME's own test files, by the models of a comparison: a submission.

The rows of the hub are not these files in every language; docs/fidelity.md says where they differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xharness.commands import session, xtreme, xtreme_files
from xharness.commands.calibration import shares
from xharness.commands.session import Complain, Planned
from xharness.commands.xtreme import Choice, Submission
from xharness.data import xtreme_download
from xharness.data.xtreme_download import DEV, TEST
from xharness.errors import DataError, StudyError
from xharness.execution import run
from xharness.execution.events import Event, Started
from xharness.keys import key
from xharness.metrics import Answered, decide, tune
from xharness.phases import Predict, Score, describe, inputs
from xharness.planning.plan import Answer, Plan
from xharness.store.store import Artifact, Store
from xharness.tasks import Kind, Task

_NAME = "export xtreme"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One file of a submission, and the predictions that it is made of."""

    task: Task
    language: str
    test: Predict
    dev: Predict | None
    """Of the rows on which a threshold is tuned; None for a task without one."""

    @property
    def phases(self) -> tuple[Predict, ...]:
        """The predictions that are needed."""
        return (self.test,) if self.dev is None else (self.test, self.dev)


def build(
    store: Store,
    named: tuple[str, Plan],
    choice: Choice,
    folder: Path,
    complain: Complain,
    progress: Callable[[str], None],
) -> Submission:
    """Predict XTREME's test files with one row and seed of a comparison; return the predictions.

    They are phases of the store like others, so a second export predicts nothing.

    Args:
        store: Has the comparison's trainings.
        named: The digest of the comparison's plan, and the plan.
        choice: Has to fit exactly one strategy, arm and seed of the plan.
        folder: What XTREME's download script calls `download`.
        complain: Told of what is left out while planning.
        progress: Told what is predicted next.

    Raises:
        StudyError: If the choice does not fit, the comparison cannot be planned again as it was,
            its trainings are not in the store, or a prediction fails.
        DataError: If files of the folder are missing; all of them at once.
    """
    planned = _again(store, named[0], complain)
    wanted = _wanted(planned, xtreme.chosen(named[1], choice), folder)
    _predict(planned, wanted, folder, progress)
    files = {xtreme.file_name(one.task, one.language): _text(one, store) for one in wanted}
    notes = tuple(xtreme.lacking(named[1], planned.registry.tasks, files))
    return Submission(predictions=files, labels={}, notes=notes)


def _again(store: Store, digest: str, complain: Complain) -> Planned:
    """Return a comparison of the store, planned again from the flags that it was made from."""
    asked = store.asked(digest)
    if asked is None:
        raise StudyError(_NAME, ["its flags are not in the store; compare again"])
    return session.planned(session.from_json(asked, store.root), complain)


def _wanted(planned: Planned, answers: Sequence[Answer], folder: Path) -> list[Wanted]:
    """Return the files to make: each as the comparison predicted its own rows."""
    scores = {key(p): p for p in planned.plan.phases if isinstance(p, Score)}
    wanted: list[Wanted] = []
    problems: list[str] = []
    for answer in answers:
        task = planned.registry.tasks[answer.target]
        if xtreme_files.FOLDERS.get(task.name, task.name) not in xtreme_files.LANGUAGES:
            continue
        score = scores.get(answer.key)
        if score is None:
            raise StudyError(
                _NAME,
                ["code or files have changed, so the comparison is another one now; compare again"],
            )
        try:
            test = _of_files(score.predictions, task, folder, TEST)
            dev = None
            if score.tuned_on is not None:
                dev = _of_files(score.tuned_on, task, folder, DEV)
        except DataError as wrong:
            problems.append(str(wrong))
            continue
        wanted.append(Wanted(task=task, language=answer.language, test=test, dev=dev))
    if problems:
        raise DataError("\n".join(problems))
    return wanted


def _of_files(phase: Predict, task: Task, folder: Path, split: str) -> Predict:
    """Return a prediction like another one, but of XTREME's rows."""
    digest = hashlib.sha256()
    for path in xtreme_download.files(folder, task, phase.language, split):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    data = f"sha256:{digest.hexdigest()}"
    return replace(phase, data=data, split=split, limit=None, sample_seed=0, excluded="")


def _predict(
    planned: Planned, wanted: Sequence[Wanted], folder: Path, progress: Callable[[str], None]
) -> None:
    """Run the predictions that the store lacks."""
    phases = list({key(p): p for one in wanted for p in one.phases}.values())
    lacking = {
        describe(parent)
        for phase in phases
        for parent in inputs(phase)
        if planned.store.find(key(parent)) is None
    }
    if lacking:
        raise StudyError(_NAME, [f"{name}: is not in the store; compare first" for name in lacking])

    def told(event: Event) -> None:
        if isinstance(event, Started):
            progress(describe(event.phase))

    settings = run.RunSettings(
        threads=shares(planned.model.width, 1)[1],
        data_root=folder,
        offline=planned.shared.paths.offline,
    )
    outcome = run.run(phases, planned.store, planned.registry, settings, told)
    if outcome.failed:
        problems = [f"{describe(one.phase)}: {one.cause}" for one in outcome.failed]
        raise StudyError(_NAME, problems)


def _text(one: Wanted, store: Store) -> str:
    """Return one file of a submission."""
    rows = [*_stored(store, one.test).lines("predictions.jsonl")]
    match one.task.kind:
        case Kind.SPAN_QA:
            return xtreme_files.answers(rows)
        case Kind.TAGGING:
            return xtreme_files.tags(rows, "prediction")
        case Kind.CLASSIFICATION:
            return xtreme_files.labels(rows, "prediction")
        case Kind.RETRIEVAL if one.dev is not None:
            return xtreme_files.pairs([*_above(one, one.dev, rows, store)], "prediction")
        case Kind.RETRIEVAL:
            # An item is called after the place of its foreign sentence, as XTREME counts it.
            return xtreme_files.labels(rows, "prediction")
    raise DataError(f"{one.task.name}: XTREME has no files for {one.task.kind.value}")


def _above(
    one: Wanted, dev: Predict, rows: Sequence[Mapping[str, Any]], store: Store
) -> Iterator[Mapping[str, Any]]:
    """Yield predictions, those below the threshold that is best on development rows as None."""
    tuning = [_answered(row) for row in _stored(store, dev).lines("predictions.jsonl")]
    threshold = tune(one.task.metric, tuning, one.language)
    for row in rows:
        yield {**row, "prediction": decide(_answered(row), threshold)}


def _answered(row: Mapping[str, Any]) -> Answered:
    """Return one line of predictions as an answer that a threshold can apply to."""
    return Answered(row["prediction"], row["gold"], row.get("margin"))


def _stored(store: Store, phase: Predict) -> Artifact:
    """Return a prediction that was just run."""
    artifact = store.find(key(phase))
    if artifact is None:
        raise DataError(f"{describe(phase)}: is not in the store")
    return artifact
