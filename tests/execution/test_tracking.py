"""What trackers are told, and that they change and end nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from support.fake_comparison import Compared, compared
from support.program import SUPPORT, Command
from xharness import Report
from xharness.errors import StudyError
from xharness.execution import run as execute
from xharness.execution import tracking
from xharness.execution.tracking import Tell, Tracked
from xharness.keys import key
from xharness.phases import Train, describe
from xharness.store.store import Store

PLUGIN = SUPPORT / "tracker_plugin.py"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison of two targets, with two seeds and checkpoints chosen on dev scores."""
    folder = tmp_path_factory.mktemp("done") / "store"
    return compared(folder, selection=("english-dev",), keep=2)


def tracked(done: Compared, tell: Tell, complaints: list[str] | None = None) -> Tracked:
    """Return a runner of the comparison's phases that tells this tracker."""
    return Tracked(
        runner=done.registry,
        plan=done.plan,
        trackers={"one": tell},
        complain=[].append if complaints is None else complaints.append,
    )


@pytest.fixture(scope="module")
def reports(done: Compared) -> list[Report]:
    """Return what a tracker is told of the whole comparison."""
    told: list[Report] = []
    tracked(done, told.append).catch_up(done.store)
    return told


def points(reports: list[Report], title: str) -> dict[tuple[str, int], float]:
    """Return the points of the runs of a title."""
    return {(p.name, p.step): p.value for r in reports if r.title == title for p in r.points}


def test_a_training_is_one_run(done: Compared, reports: list[Report]) -> None:
    """Curve, dev scores of both checkpoints and test scores of a training share a run."""
    title = "english first: colours seed 1 after first"
    found = points(reports, title)

    assert len({r.run for r in reports if r.title == title}) == 1
    assert {name for name, _ in found} == {
        "loss", "learning_rate", "dev/colours/en",
        *(f"test-english-dev/colours/{code}" for code in ("en", "de", "sw")),
    }  # fmt: skip
    assert {step for name, step in found if name == "dev/colours/en"} == {1, 2}
    assert [found["loss", step] for step in (1, 2)] == [1.0, 0.5]


def test_scores_are_those_of_the_store(done: Compared, reports: list[Report]) -> None:
    """Every answer of the plan is told once, with its number."""
    told = {r.phase: r for r in reports}
    for answer in done.plan.answers:
        artifact = done.store.find(answer.key)
        assert artifact is not None
        report = told[answer.key]

        assert [p.value for p in report.points] == [artifact.json("score.json")["score"]]
        assert answer.strategy in report.labels["strategy"].split(", ")
        assert str(answer.seed) in report.labels["seed"].split(", ")
    assert len(reports) == len(told)


def test_what_several_cells_share_names_them_all(done: Compared, reports: list[Report]) -> None:
    """The intermediate training is of both targets; an untrained model is of both seeds."""
    shared = next(r for r in reports if r.title == "english first: first seed 2")
    plain = next(r for r in reports if r.title == "none: as it is")

    assert shared.labels["target"] == "colours, match"
    assert (plain.labels["seed"], plain.labels["target"]) == ("1, 2", "match")
    assert {p.name for p in plain.points} <= {"test/match/de", "test/match/sw"}


def run_again(done: Compared, folder: Path, runner: Tracked) -> execute.Outcome:
    """Return what became of the same phases in another store."""
    return execute.run(done.plan.phases, Store(folder), runner, execute.RunSettings(threads=1))


def test_finished_phases_are_told_as_they_finish(done: Compared, tmp_path: Path) -> None:
    """A run tells every training and score once, and what the next one keeps it does not."""
    told: list[Report] = []
    run_again(done, tmp_path / "store", tracked(done, told.append))
    first = len(told)
    run_again(done, tmp_path / "store", tracked(done, told.append))

    trainings = [key(p) for p in done.plan.phases if isinstance(p, Train)]
    assert {r.phase for r in told} >= {*trainings, *(a.key for a in done.plan.answers)}
    assert len(told) == first == len({r.phase for r in told})


def test_a_tracker_that_fails_ends_nothing(done: Compared, tmp_path: Path) -> None:
    """One line says so, the phases are all run, and their bytes are those without a tracker."""
    complaints: list[str] = []
    calls: list[Report] = []

    def failing(report: Report) -> None:
        calls.append(report)
        raise OSError("the server\nis gone")

    outcome = run_again(done, tmp_path / "store", tracked(done, failing, complaints))

    assert (len(calls), outcome.failed) == (1, ())
    assert len(outcome.run) == len(done.plan.phases)
    assert complaints == [
        "tracker one failed and is told nothing more; the run goes on: OSError: the server is gone"
    ]
    for phase in done.plan.phases:
        ours, theirs = Store(tmp_path / "store").find(key(phase)), done.store.find(key(phase))
        assert ours is not None
        assert theirs is not None
        assert ours.manifest["files"].get("score.json") == theirs.manifest["files"].get(
            "score.json"
        ), describe(phase)


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["lines", "nowhere=x"], "--track: no tracker is called 'nowhere'; known: lines"),
        (["lines=a", "lines=b"], "--track: lines is asked for twice; once would be right"),
    ],
)
def test_wrong_flags(flags: list[str], problem: str) -> None:
    """A tracker that nobody offers, or one that is asked for twice, is wrong input."""

    class Lines:
        name = "lines"

        def start(self, place: str) -> Callable[[Report], None]:
            raise AssertionError(place)

    with pytest.raises(StudyError, match=problem.replace("'", ".")):
        tracking.begin(flags, {"lines": Lines()})


def test_the_command_tracks(compare: Command, tmp_path: Path) -> None:
    """--track NAME=PLACE tells the plugin's tracker, and standard output is as without."""
    plain = compare("--seeds", "1", "--store", "a", "--json").json
    found = compare(
        "--plugin", PLUGIN, "--track", "lines=told.txt", "--seeds", "1", "--store", "b", "--json"
    )
    lines = (tmp_path / "told.txt").read_text("utf-8").splitlines()

    assert [r["score"] for r in found.json["results"]] == [r["score"] for r in plain["results"]]
    assert sum(" test/" in line for line in lines) == len({r["key"] for r in plain["results"]})
    assert any(line.startswith("english first: colours seed") for line in lines)


def test_the_command_survives_a_tracker(compare: Command) -> None:
    """A tracker that fails costs one line on standard error, not the run."""
    found = compare("--plugin", PLUGIN, "--track", "broken", "--seeds", "1")

    assert found.status == 0
    assert found.err.count("tracker broken failed") == 1
    assert "no room for loss" in found.said


def test_an_unknown_tracker_is_refused_before_the_run(compare: Command, tmp_path: Path) -> None:
    """The command ends with status 2 and the names that are known; nothing was run."""
    found = compare("--track", "tensorbord", "--store", "untouched")

    assert found.status == 2
    assert "did you mean tensorboard?" in found.said
    assert not (tmp_path / "untouched" / "phases").exists()


@pytest.mark.parametrize("name", ["tensorboard", "mlflow"])
def test_what_is_not_installed_is_named_before_the_run(
    compare: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A tracker without its library ends the command with status 2 and the pip command."""
    monkeypatch.setattr(f"xharness_trackers.{name}.find_spec", lambda _: None)
    found = compare("--track", name, "--store", "untouched")

    assert found.status == 2
    assert f"pip install 'xharness[{name}]'" in found.said
    assert not (tmp_path / "untouched" / "phases").exists()


def tensorboard_of(folder: Path) -> dict[str, dict[str, list[tuple[int, float]]]]:
    """Return what TensorBoard's own reader finds: folder to tag to steps and values."""
    accumulators = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="needs pip install 'xharness[tensorboard]'",
    )
    found = {}
    for run in sorted(folder.iterdir()):
        read = accumulators.EventAccumulator(str(run))
        read.Reload()
        scalars = read.Tags()["scalars"]
        found[run.name] = {tag: [(e.step, e.value) for e in read.Scalars(tag)] for tag in scalars}
    return found


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
def test_tensorboard_reads_what_was_written(compare: Command, tmp_path: Path) -> None:
    """Its reader finds curves and scores under their names, and none twice after a second run."""
    pytest.importorskip("tensorboard", reason="needs pip install 'xharness[tensorboard]'")
    found = compare("--track", "tensorboard=logs", "--seeds", "1", "--json").json
    first = tensorboard_of(tmp_path / "logs")
    files = sorted((tmp_path / "logs").rglob("*tfevents*"))
    compare("--track", "tensorboard=logs", "--seeds", "1")
    run = next(v for n, v in first.items() if n.startswith("english-first-colours-seed-1-after"))
    score = next(
        r["score"] for r in found["results"]
        if (r["strategy"], r["target"], r["language"]) == ("english", "colours", "sw")
    )  # fmt: skip

    assert run["loss"] == [(1, 1.0), (2, 0.5)]
    assert run["test/colours/sw"] == [(0, pytest.approx(score))]
    assert sorted((tmp_path / "logs").rglob("*tfevents*")) == files
    assert any(found["results"][0]["key"][:16] in f.name for f in files)


@pytest.mark.filterwarnings("ignore")
def test_mlflow_reads_what_was_written(compare: Command, tmp_path: Path) -> None:
    """Its client finds a run per training with parameters and metrics, once after two runs."""
    for library in ("mlflow", "sqlalchemy", "alembic"):
        pytest.importorskip(library, reason="needs pip install 'xharness[mlflow]'")
    from mlflow import MlflowClient

    place = "sqlite:///tracked.db"
    found = compare("--track", f"mlflow={place}", "--seeds", "1", "--json").json
    compare("--track", f"mlflow={place}", "--seeds", "1")
    client = MlflowClient(tracking_uri=place)
    experiment = client.get_experiment_by_name("xharness xtreme")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    run = next(
        r for r in runs if r.info.run_name.startswith("english first: colours seed 1 after first")
    )
    score = next(
        r["score"] for r in found["results"]
        if (r["strategy"], r["target"], r["language"]) == ("english", "colours", "sw")
    )  # fmt: skip

    assert len(runs) == len({r.data.params["key"] for r in runs})
    assert (run.data.params["strategy"], run.data.params["seed"]) == ("english", "1")
    assert run.data.metrics["test/colours/sw"] == pytest.approx(score)
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(m.step, m.value) for m in history] == [(1, 1.0), (2, 0.5)]
    assert run.info.status == "FINISHED"
    assert json.dumps(sorted(run.data.tags)).count("xharness.phase.") == 4
