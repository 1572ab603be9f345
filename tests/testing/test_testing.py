"""xharness.testing: what plugin authors get for their own tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from xharness import (
    Answer,
    Cell,
    Classification,
    Kind,
    MiningF1,
    Phase,
    PhaseRun,
    Predict,
    Pretrain,
    Recipe,
    Role,
    Row,
    Score,
    SpanQuestion,
    Strategy,
    Tagging,
    Task,
    Train,
    Trainer,
    TuningMethod,
)
from xharness.data import reading
from xharness.data.sources import Origin
from xharness.execution.run import RunSettings, run
from xharness.keys import Key, key
from xharness.phases import Checkpoint, Pooling, Stream
from xharness.store.store import Artifact, Store
from xharness.testing import (
    FAKE_MODEL,
    FakeRunner,
    assert_conforms,
    assert_strategy_conforms,
    fake_task,
)
from xharness_strategies.english import English
from xharness_strategies.none import NoIntermediate

KINDS = [kind for kind in Kind if kind is not Kind.MASKED_LM]
"""The kinds that predict something."""


def rows_of(task: Task, language: str = "en", split: str = "test") -> Sequence[Row]:
    """Return the rows that a fake task makes."""
    generate = task.sources[0].generate
    assert generate is not None
    return generate(language, split)


@pytest.mark.parametrize("kind", Kind)
def test_a_fake_task_conforms(kind: Kind) -> None:
    """A fake task of every kind keeps the promises that a real one makes."""
    task = fake_task(kind)
    assert_conforms(task, rows_of(task))


@pytest.mark.parametrize("kind", Kind)
def test_the_engine_reads_a_fake_task(kind: Kind) -> None:
    """A fake task is read by the real engine, two neighbouring rows from one passage."""
    task = fake_task(kind, rows=4)
    origin = Origin(data_root=None, offline=True, digest="fake")
    found = reading.load(task, ("en", "de"), "test", (None, 0), origin)

    assert [one.cluster for one in found.named] == ["0", "0", "1", "1"] * 2


def test_languages_of_a_fake_task_are_aligned() -> None:
    """An item has the same name and the same label in every language, but not the same text."""
    task = fake_task()
    english, german = (
        [(task.item(row, i), task.read(row, name)) for i, row in enumerate(rows_of(task, name))]
        for name in ("en", "de")
    )

    assert [item for item, _ in english] == [item for item, _ in german]
    assert english != german


@dataclass(frozen=True, slots=True)
class Alone:
    """A runner of plans that has one plugin."""

    plugin: FakeRunner

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Every task it offers, by name."""
        return {task.name: task for task in self.plugin.tasks}

    @property
    def tunings(self) -> Mapping[str, TuningMethod]:
        """No tuning method."""
        return {}

    def run_phase(self, phase: Phase, inputs: Mapping[Key, Artifact], run: PhaseRun) -> str:
        """Run a phase with the only plugin there is."""
        assert self.plugin.xharness_run_phase(phase, inputs, run)
        return "fake"

    def phase_finished(self, phase: Phase, artifact: Artifact, seconds: float) -> None:
        """Do nothing."""


def phases(task: Task, *, keep: int = 1) -> tuple[Pretrain, Train, Predict, Score]:
    """Return a chain from nothing to a score."""
    model = Pretrain(model=FAKE_MODEL.name, version=1)
    stream = Stream(task=task.name, version=1, data="fake", languages=("en",))
    recipe = Recipe(learning_rate=1e-3, batch=2, steps=2, keep=keep)
    train = Train(start=model, streams=(stream,), recipe=recipe, seed=1)
    predict = Predict(
        start=Checkpoint(train=train),
        task=task.name,
        version=1,
        data="fake",
        language="de",
        split="test",
        pooling=Pooling(layer=-1) if task.kind is Kind.RETRIEVAL else None,
    )
    return model, train, predict, Score(predictions=predict, metric=task.metric.signature)


def ran(plugin: FakeRunner, chain: Sequence[Phase], folder: Path) -> dict[type, Artifact]:
    """Run phases with a plugin and return what is in the store, by type of phase."""
    store = Store(folder)
    run(chain, store, Alone(plugin), RunSettings(threads=1))
    found = {type(phase): store.find(key(phase)) for phase in chain}
    return {kind: artifact for kind, artifact in found.items() if artifact is not None}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("skill", "score"), [(1.0, 100.0), (0.0, 0.0)])
def test_skill_decides_the_score(kind: Kind, skill: float, score: float, tmp_path: Path) -> None:
    """A runner that gets everything right scores 100, one that gets nothing right far less."""
    task = fake_task(kind)
    plugin = FakeRunner(tasks=[task], skill=lambda _: skill)
    found = ran(plugin, phases(task), tmp_path)[Score].json("score.json")

    # A wrong tag leaves the others right, and a whole context holds its answer.
    slack = 90.0 if kind in (Kind.TAGGING, Kind.SPAN_QA) and score == 0 else 0.0
    assert found["n"] == 12
    assert found["score"] == pytest.approx(score, abs=slack)


def test_a_threshold_takes_back_what_is_wrong(tmp_path: Path) -> None:
    """Fake errors have the smaller margins, so a tuned threshold leaves what is right."""
    task = replace(fake_task(Kind.RETRIEVAL, rows=60), tuned_on="dev", metric=MiningF1())
    *chain, score = phases(task)
    found = ran(FakeRunner(tasks=[task]), [*chain, replace(score, tuned_on=chain[-1])], tmp_path)
    said = found[Score].json("score.json")

    assert said["threshold"] == pytest.approx(0.0, abs=0.05)
    assert said["scores"]["precision"] > 95.0
    assert 50.0 < said["scores"]["recall"] < 95.0


def test_a_skill_between_makes_seeded_errors(tmp_path: Path) -> None:
    """Of 400 examples at skill 0.7 about 280 are right: 3 sigma are 28; equal runs are equal."""
    task = fake_task(rows=400)
    chain = phases(task)
    runs = [ran(FakeRunner(tasks=[task]), chain, tmp_path / name) for name in ("a", "b")]
    first, second = (found[Predict].file("predictions.jsonl").read_bytes() for found in runs)

    assert runs[0][Score].json("score.json")["score"] == pytest.approx(70, abs=7)
    assert first == second


def test_phases_are_recorded_in_order(tmp_path: Path) -> None:
    """A test can see what was run, and in which order."""
    task = fake_task()
    plugin = FakeRunner(tasks=[task])
    chain = phases(task)
    ran(plugin, chain, tmp_path)

    assert plugin.ran == list(chain)


def test_a_fake_training_keeps_what_its_recipe_says(tmp_path: Path) -> None:
    """Checkpoints are Hugging Face folders with heads beside them, as many as are kept."""
    chain = phases(fake_task(), keep=2)
    files = ran(FakeRunner(), chain[:2], tmp_path)[Train].files()

    assert [name for name in files if name.startswith("checkpoints/")] == [
        f"checkpoints/{i}/{name}"
        for i in (0, 1)
        for name in (
            "config.json",
            "heads.json",
            "heads.safetensors",
            "model.safetensors",
            "tokenizer.json",
        )
    ]
    assert {"counts.json", "curve.jsonl", "profile.json"} < set(files)


def test_fake_weights_are_valid_safetensors(tmp_path: Path) -> None:
    """The weights of a fake model can be opened; there are none in them."""
    from safetensors import safe_open

    path = ran(FakeRunner(), phases(fake_task())[:1], tmp_path)[Pretrain].file(
        "model/model.safetensors"
    )
    with safe_open(str(path), framework="numpy") as opened:
        assert list(opened.keys()) == []


def test_fake_embeddings_agree_with_the_predictions(tmp_path: Path) -> None:
    """The nearest target of each source vector is the item that was predicted."""
    import numpy as np
    from safetensors.numpy import load_file

    task = fake_task(Kind.RETRIEVAL)
    artifact = ran(FakeRunner(tasks=[task]), phases(task), tmp_path)[Predict]
    lines = list(artifact.lines("predictions.jsonl"))
    vectors = load_file(artifact.file("embeddings.safetensors"))
    nearest = np.argmax(vectors["source"] @ vectors["target"].T, axis=1)

    assert [lines[i]["item"] for i in nearest] == [line["prediction"] for line in lines]


def test_a_chosen_phase_fails_and_the_others_stand(tmp_path: Path) -> None:
    """With `fail_on` a type of phase runs out of memory; what was before it is in the store."""
    task = fake_task()
    plugin = FakeRunner(tasks=[task], fail_on=Predict)
    found = ran(plugin, phases(task), tmp_path)

    assert set(found) == {Pretrain, Train}
    assert [type(phase) for phase in plugin.ran] == [Pretrain, Train]


def test_a_fake_runner_is_a_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry loads it as any plugin, with its tasks and a model that needs no files."""
    from xharness.plugin import registry

    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())
    loaded = registry.load(("fakes", FakeRunner(tasks=[fake_task(name="mine")])), strict=True)

    assert list(loaded.offers.tasks) == ["mine"]
    assert list(loaded.offers.models) == [FAKE_MODEL.name]


def read_nothing(row: Row, language: str) -> None:
    """Leave out every row."""


def read_wrong_type(row: Row, language: str) -> Tagging:
    """Return another kind's example."""
    return Tagging(tokens=("a",), tags=("b",))


def read_unknown_label(row: Row, language: str) -> Classification:
    """Return a label that the task does not have."""
    return Classification(text="a", label="mauve")


def read_and_change(row: Row, language: str) -> Classification:
    """Change the row while reading it."""
    row["id"] += "!"  # type: ignore[index]
    return Classification(text=row["id"], label="red")


def read_other_column(row: Row, language: str) -> Classification:
    """Use a column that the source does not declare."""
    return Classification(text=row["remark"], label="red")


@pytest.mark.parametrize(
    ("read", "problem"),
    [
        (read_nothing, "read leaves out 1 rows; 0 were to be left out"),
        (read_wrong_type, "reads as Tagging; classification needs Classification"),
        (read_unknown_label, "label 'mauve' is none of red, green, blue"),
        (read_and_change, "row 0: read or item changes the row"),
        (read_other_column, "row 0: cannot be read: KeyError: 'remark'"),
    ],
)
def test_what_read_gets_wrong(read: Callable[[Row, str], Any], problem: str) -> None:
    """A row that is not read as promised is named, with what is wrong."""
    task = replace(fake_task(), read=read)
    with pytest.raises(AssertionError, match="task fake: ") as caught:
        assert_conforms(task, [{**rows_of(task)[0], "remark": "undeclared"}])

    assert problem in str(caught.value)


def span(context: str, *answers: Answer) -> Callable[[Row, str], SpanQuestion]:
    """Return a `read` that gives one question, whatever the row."""
    return lambda _row, _language: SpanQuestion(context=context, question="q", answers=answers)


@pytest.mark.parametrize(
    ("read", "problem"),
    [
        (span("red hen", Answer(text="cat", start=None)), "'cat' does not stand in the context"),
        (span("red hen", Answer(text="hen", start=30)), "'hen' does not begin at 30"),
        (span(" ", Answer(text="hen", start=None)), "context is blank"),
    ],
)
def test_what_is_wrong_with_a_question(
    read: Callable[[Row, str], SpanQuestion], problem: str
) -> None:
    """An answer must stand in the context, at its start if it has one."""
    task = replace(fake_task(Kind.SPAN_QA), read=read)
    with pytest.raises(AssertionError, match=problem):
        assert_conforms(task, rows_of(task)[:1])


def test_items_must_be_unique() -> None:
    """Two rows of one name could not be told apart."""
    task = replace(fake_task(), item=lambda _row, _position: "same")
    with pytest.raises(AssertionError, match="item: 'same' names two rows"):
        assert_conforms(task, rows_of(task))


def test_every_problem_is_named_at_once() -> None:
    """What is wrong with a task and with its rows is one message, so it is put right once."""
    task = replace(
        fake_task(),
        name="My Task",
        version=0,
        labels=("red", "red"),
        splits={"train": "train", "exam": "test"},
        cluster=lambda _: ["0"],
    )
    with pytest.raises(AssertionError) as caught:
        assert_conforms(task, rows_of(task)[:2])

    assert str(caught.value).splitlines() == [
        "task My Task: 7 problems",
        "  name: 'My Task' cannot be typed; letters, digits, _, - and . would be right",
        "  version: 0; 1 or more would be right",
        "  labels: 'red' is there twice; once would be right",
        "  splits: 'exam' is unknown; train, dev, test would be right",
        "  splits: no 'test'; a target needs one",
        "  row 1: label 'green' is none of red, red",
        "  cluster: 1 names for 2 rows",
    ]


def raises(*_: object) -> Any:
    """Fail, whatever is asked."""
    raise KeyError("sw")


def test_functions_that_raise_are_named() -> None:
    """A function of a task that fails is a problem like any other."""
    task = replace(fake_task(languages=("sw",)), rows=raises, item=raises, cluster=raises)
    with pytest.raises(AssertionError) as caught:
        assert_conforms(task, rows_of(task)[:1])

    assert str(caught.value).splitlines()[1:] == [
        "  source 'fake/fake': rows: sw: raises KeyError: 'sw'",
        "  row 0: cannot be read: KeyError: 'sw'",
        "  cluster: raises KeyError: 'sw'",
    ]


def test_a_short_revision_is_refused() -> None:
    """A revision that could move, or be shared by two commits, is no revision."""
    task = fake_task()
    source = replace(task.sources[0], generate=None, revision="main")
    with pytest.raises(
        AssertionError, match="'main'; 40 hexadecimal digits or None would be right"
    ):
        assert_conforms(replace(task, sources=(source,)), [])


@pytest.mark.parametrize("strategy", [NoIntermediate(), English()], ids=lambda s: s.name)
def test_our_own_strategies_conform(strategy: Strategy) -> None:
    """The strategies that come with xharness keep their promises."""
    assert_strategy_conforms(strategy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A strategy whose training is one of `DOES`, by name."""

    name: str = "wrong"
    summary: str = "a strategy that breaks a promise"
    uses_intermediates: bool = True
    does: str = "no target"

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return what it was told to."""
        return DOES[self.does](cell, train)


def other_seed(cell: Cell, train: Trainer) -> Train | None:
    """Train with a seed of its own."""
    last = train.on_target(start=train.on(*cell.intermediates))
    return None if last is None else replace(last, seed=99)


DOES: dict[str, Callable[[Cell, Trainer], Any]] = {
    "no target": lambda c, t: t.on(*c.intermediates),
    "no arm": lambda _c, t: t.on_target(),
    "nothing": lambda _c, _t: None,
    "raise": lambda c, _t: c.missing,
    "other seed": other_seed,
}


@pytest.mark.parametrize(
    ("does", "problem"),
    [
        ("no target", "does not end with the target's own training"),
        ("no arm", "true, but every arm gives the same training"),
        ("nothing", "returns NoneType; right would be what the trainer returned"),
        ("raise", "raises AttributeError"),
        ("other seed", "trains with seed 99; right would be the cell's 7"),
    ],
)
def test_what_a_strategy_gets_wrong(does: str, problem: str) -> None:
    """A strategy that breaks a promise is told which one, and in which cell."""
    with pytest.raises(AssertionError, match="strategy wrong: ") as caught:
        assert_strategy_conforms(Wrong(does=does))

    assert problem in str(caught.value)


def test_a_strategy_that_can_change_is_refused() -> None:
    """A strategy is part of what a table says, so it must be a frozen dataclass."""

    @dataclass
    class Loose:
        name: str = "a:b"
        summary: str = "loose"
        uses_intermediates: bool = False

        def training(self, cell: Cell, train: Trainer) -> Train | None:
            return train.on_target()

    with pytest.raises(AssertionError, match="strategy a:b: 1 problem") as caught:
        assert_strategy_conforms(Loose())

    assert "an instance of a frozen dataclass would be right" in str(caught.value)
    with pytest.raises(AssertionError, match="name: 'a:b' cannot be typed"):
        assert_strategy_conforms(Wrong(name="a:b"))


def test_counts_are_json(tmp_path: Path) -> None:
    """What the runner counted can be read as JSON, as the real engine's counts."""
    task = fake_task(role=Role.INTERMEDIATE)
    artifact = ran(FakeRunner(tasks=[task]), phases(task), tmp_path)[Predict]

    counts = json.loads(artifact.file("counts.json").read_text("utf-8"))

    assert len(counts.pop("sha256")) == 64
    assert counts == {"rows": 12, "left_out": 0, "used": 12}
