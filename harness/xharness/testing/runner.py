"""A plugin that runs every phase without a model, in milliseconds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness.examples import Classification, MultipleChoice, Pair, SpanQuestion, Tagging
from xharness.execution import scoring
from xharness.keys import Key, key
from xharness.models import ModelSource
from xharness.phases import Phase, Predict, Pretrain, Score, Train, Translate
from xharness.plugin.hooks import PhaseRun, hookimpl
from xharness.store.store import Artifact
from xharness.tasks import Kind, Task
from xharness.testing.fakes import FAKE_MODEL

if TYPE_CHECKING:
    from xharness.data.reading import NamedExample

_EMPTY_SAFETENSORS = (2).to_bytes(8, "little") + b"{}"
"""A file without tensors: the length of its header, and the header."""

_MODEL_FILES = {
    "config.json": b'{"hidden_size": 8, "num_hidden_layers": 2}',
    "model.safetensors": _EMPTY_SAFETENSORS,
    "tokenizer.json": b"{}",
}
_PROFILE = {"precision": "none", "threads": 1, "hardware": "fake", "versions": {}}


def _mostly_right(phase: Predict) -> float:
    """Return 0.7 for every phase."""
    return 0.7


@dataclass(kw_only=True, eq=False)
class FakeRunner:
    """A plugin that offers tasks and a fake model, and runs every phase without computing.

    A training writes files that look like checkpoints. Predictions are gold answers, some replaced
    by wrong ones, which get the smaller margins. Scores are computed from these by xharness
    itself, so that plans, tables and statistics are tested as they are. Equal phases have equal
    bytes.
    """

    tasks: Sequence[Task] = ()
    """Tasks that the plugin offers."""
    skill: Callable[[Predict], float] = _mostly_right
    """The probability, 0 to 1, that an example of a phase gets the right answer."""
    fail_on: type[Phase] | None = None
    """Phases of this type raise "out of memory"."""
    ran: list[Phase] = field(default_factory=list)
    """Phases that were run without an error, in order."""

    @hookimpl
    def xharness_tasks(self) -> Sequence[Task]:
        """Offer the tasks."""
        return self.tasks

    @hookimpl
    def xharness_models(self) -> Sequence[ModelSource]:
        """Offer the fake model."""
        return [FAKE_MODEL]

    @hookimpl(tryfirst=True)
    def xharness_run_phase(
        self, phase: Phase, inputs: Mapping[Key, Artifact], run: PhaseRun
    ) -> bool | None:
        """Run any phase."""
        if self.fail_on is not None and isinstance(phase, self.fail_on):
            raise RuntimeError("out of memory")
        match phase:
            case Pretrain():
                _write_model(run.out / "model")
                _write_json(run.out / "profile.json", _PROFILE)
            case Train():
                _train(phase, run)
            case Translate():
                _translate(phase, run)
            case Predict():
                self._predict(phase, run)
            case Score():
                scoring.xharness_run_phase(phase, inputs, run)
        self.ran.append(phase)
        return True

    def _predict(self, phase: Predict, run: PhaseRun) -> None:
        """Write predictions for every example that the real engine would read."""
        from xharness.data import reading
        from xharness.data.sources import Origin

        task = run.tasks[phase.task]
        origin = Origin(data_root=run.data_root, offline=run.offline, digest=phase.data)
        sample = (phase.limit, phase.sample_seed)
        rows = reading.load(task, (phase.language,), phase.split, sample, origin)
        skill, name = self.skill(phase), key(phase)
        lines = []
        for i, one in enumerate(rows.named):
            if isinstance(one.example, Pair) and one.example.source is None:
                continue  # a sentence that no translation is sought for
            chance = _chance(f"{name}:{one.item}")
            prediction, gold = _answer(task, rows.named, i, right=chance < skill)
            line = {"item": one.item, "cluster": one.cluster, "prediction": prediction}
            margin = {} if task.tuned_on is None else {"margin": skill - chance}
            ranked = {"ranking": _ranking(task, one.example, prediction)} if phase.ranked else {}
            lines.append({**line, "gold": gold, **margin, **ranked})
        _write_lines(run.out / "predictions.jsonl", lines)
        counts = {"rows": rows.read, "left_out": rows.left_out, "used": len(lines)}
        _write_json(run.out / "counts.json", {**counts, "sha256": rows.sha256})
        _write_json(run.out / "profile.json", _PROFILE)
        if task.kind is Kind.RETRIEVAL and all(line["gold"] is not None for line in lines):
            _write_embeddings(run.out / "embeddings.safetensors", lines)


def _train(phase: Train, run: PhaseRun) -> None:
    """Write the files of a training: checkpoints, curve, counts and profile."""
    for i in range(phase.recipe.keep):
        folder = run.out / "checkpoints" / str(i)
        _write_model(folder)
        (folder / "heads.safetensors").write_bytes(_EMPTY_SAFETENSORS)
        _write_json(folder / "heads.json", {})
    peak = phase.recipe.learning_rate
    curve = [{"update": i, "loss": 1.0 / i, "learning_rate": peak / i} for i in (1, 2)]
    _write_lines(run.out / "curve.jsonl", curve)
    counts = {"read": 2, "left_out": 0, "used": 2, "updates": 2, "tokens": 16}
    _write_json(run.out / "counts.json", counts)
    _write_json(run.out / "profile.json", _PROFILE)


def _translate(phase: Translate, run: PhaseRun) -> None:
    """Write the rows that the real engine would read, untranslated."""
    from xharness.data import reading
    from xharness.data.sources import Origin
    from xharness.engine.translation import translated_rows

    task = run.tasks[phase.task]
    origin = Origin(data_root=run.data_root, offline=run.offline, digest=phase.data)
    sample = (phase.limit, phase.sample_seed)
    rows = reading.load(task, (phase.language,), phase.split, sample, origin)
    rows = translated_rows.part(rows, phase.part, phase.sample_seed)
    translated_rows.write(run.out / translated_rows.ROWS, rows.named)
    count = len(rows.named)
    counts = {"rows": rows.read, "left_out": rows.left_out, "asked": count, "translated": count}
    _write_json(run.out / "counts.json", {**counts, "quality": "not measured: a fake"})
    _write_json(run.out / "profile.json", _PROFILE)


def _answer(task: Task, named: Sequence[NamedExample], i: int, *, right: bool) -> tuple[Any, Any]:
    """Return a prediction and the gold answer of the i-th example, as the store holds them."""
    if (guess := _guess(task, named, i)) is not None:
        return guess, None
    match named[i].example:
        case Classification(label=str(label)):
            return (label if right else _after(task.labels, label)), label
        case MultipleChoice(choices=choices, answer=int(answer)):
            return (answer if right else (answer + 1) % len(choices)), answer
        case Tagging(tags=tuple(tags)):
            predicted = list(tags) if right else [_after(task.labels, tags[0]), *tags[1:]]
            return predicted, list(tags)
        case SpanQuestion(context=context, answers=tuple(answers)):
            gold = [answer.text for answer in answers]
            best = gold[0] if gold else None
            return (best if right else context), gold
    if task.kind is Kind.RETRIEVAL:
        other = named[(i + 1) % len(named)].item
        return (named[i].item if right else other), named[i].item
    raise ValueError(f"{named[i].where}: a {task.kind.value} example has nothing to predict")


def _guess(task: Task, named: Sequence[NamedExample], i: int) -> Any:
    """Return an answer to the i-th example where the right one is not known; else None."""
    match named[i].example:
        case Classification(label=None):
            return task.labels[i % len(task.labels)]
        case Tagging(tags=None, tokens=tokens):
            return [task.labels[(i + n) % len(task.labels)] for n in range(len(tokens))]
        case SpanQuestion(answers=None, context=context):
            return context.split()[0]
        case Pair(target=None):
            names = [n.example.target_name for n in named if isinstance(n.example, Pair)]
            return next(name for name in [*names[i:], *names] if name is not None)
    return None


def _ranking(task: Task, example: Any, first: Any) -> list[Any]:
    """Return all labels, or choices, with the given one first."""
    choices = range(len(example.choices)) if isinstance(example, MultipleChoice) else task.labels
    return [first, *(choice for choice in choices if choice != first)]


def _after(labels: Sequence[str], label: str) -> str:
    """Return the label after one, the first after the last."""
    return labels[(labels.index(label) + 1) % len(labels)]


def _chance(text: str) -> float:
    """Return a number from 0 to 1, always the same for the same text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def _write_model(folder: Path) -> None:
    """Write a Hugging Face folder without weights."""
    folder.mkdir(parents=True)
    for name, content in _MODEL_FILES.items():
        (folder / name).write_bytes(content)


def _write_embeddings(path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Write vectors whose nearest neighbours are the predictions; shape (examples, 8)."""
    import numpy as np
    from safetensors.numpy import save_file

    place = {line["item"]: i for i, line in enumerate(lines)}
    target = np.random.default_rng(0).standard_normal((len(lines), 8)).astype(np.float32)
    target /= np.linalg.norm(target, axis=1, keepdims=True)
    source = target[[place[line["prediction"]] for line in lines]]
    save_file({"source": source, "target": target}, path)


def _write_json(path: Path, content: Any) -> None:
    """Write one JSON file."""
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", "utf-8")


def _write_lines(path: Path, lines: Sequence[Any]) -> None:
    """Write one JSON value per line."""
    path.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines), "utf-8")
