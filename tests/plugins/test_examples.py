"""The packages under docs/examples, installed beside xharness in an environment of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.training

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
TARGET, STRATEGY, TRAINING, BROKEN = (
    EXAMPLES / f"xharness-example-{name}" for name in ("target", "strategy", "training", "broken")
)


class Environment:
    """A virtual environment, and what runs in it.

    Args:
        folder: Where it is.
        work: Where its programs are run: neither the checkout nor a package.
    """

    def __init__(self, folder: Path, work: Path) -> None:
        self.python = folder / "bin" / "python"
        self.work = work

    def run(
        self, *arguments: str | Path, settings: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run its Python with these environment variables, and without our settings."""
        given = {k: v for k, v in os.environ.items() if not k.startswith(("XHARNESS", "PYTHON"))}
        return subprocess.run(
            [self.python, *arguments],
            cwd=self.work,
            env={**given, "HF_HOME": str(self.work / "hf"), **(settings or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    def xharness(
        self, *arguments: str, settings: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the program."""
        return self.run(self.python.parent / "xharness", *arguments, settings=settings)

    def json(self, *arguments: str) -> Any:
        """Run the program, which must succeed, and return what it prints as JSON."""
        done = self.xharness(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment with xharness and the four examples, installed by pip."""
    folder = tmp_path_factory.mktemp("environment")
    work = tmp_path_factory.mktemp("work")
    venv.create(folder, symlinks=True)
    made = Environment(folder, work)
    # The libraries come from this environment; what pip installs stands before them.
    ours = Path(sysconfig.get_path("purelib"))
    theirs = folder / ours.relative_to(sys.prefix)
    (theirs / "libraries.pth").write_text(f"import site; site.addsitedir({str(ours)!r})\n")
    options = ("--no-index", "--no-deps", "--no-build-isolation", "--no-compile", "--quiet")
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        made.python,
        "install",
        *options,
    ]
    done = subprocess.run(
        [*pip, "--ignore-installed", ROOT, TARGET, STRATEGY, TRAINING, BROKEN],
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return made


def test_it_is_the_installed_package_that_runs(environment: Environment) -> None:
    """The environment has a copy of its own of xharness, with its default settings inside."""
    done = environment.run(
        "-c",
        "import importlib.resources as r, xharness;"
        "print(xharness.__file__, (r.files(xharness) / 'tasks.yaml').is_file())",
    )

    assert done.stdout.split() == [
        str(next(environment.python.parents[1].rglob("xharness/__init__.py"))),
        "True",
    ]


def test_a_broken_plugin_costs_one_line(environment: Environment) -> None:
    """The tool starts; one line names the plugin, its distribution and the cause."""
    done = environment.xharness("list", "tasks")
    lines = done.stderr.splitlines()

    assert done.returncode == 0
    assert len(lines) == 1
    assert "plugin broken " in lines[0]
    assert "xharness-example-broken 0.1.0" in lines[0]
    assert "ImportError: the library of xharness-example-broken is not installed" in lines[0]
    assert "Traceback" not in done.stdout


def test_new_names_are_listed(environment: Environment) -> None:
    """The new task and the new strategy stand beside those that come with xharness."""
    tasks = {task["name"]: task for task in environment.json("list", "tasks")["tasks"]}
    strategies = environment.xharness("list", "strategies").stdout

    assert tasks["remarks"]["plugin"] == "remarks"
    assert {"mnli", "squad_v1", "xnli", "udpos", "xquad", "tatoeba"} < set(tasks)
    assert [name for name in ("relay", "english", "none") if name not in strategies] == []


def test_plugins_are_listed_with_their_state(environment: Environment) -> None:
    """The list of plugins tells which are loaded, and shows the trace of one that is not."""
    listed = {p["name"]: p for p in environment.json("list", "plugins")["plugins"]}
    states = {name: listed[name]["state"] for name in ("remarks", "relay", "broken")}

    assert states == {"remarks": "loaded", "relay": "loaded", "broken": "failed"}
    assert listed["remarks"]["distribution"] == "xharness-example-target"
    assert "Traceback" in environment.xharness("list", "plugins", "--errors").stderr


def test_a_broken_plugin_can_be_disabled(environment: Environment) -> None:
    """A disabled plugin is not even imported, so it costs no line."""
    done = environment.xharness("list", "tasks", settings={"XHARNESS_DISABLE": "broken"})

    assert (done.returncode, done.stderr) == (0, "")


def test_a_plan_of_the_new_task_and_strategy(environment: Environment, tmp_path: Path) -> None:
    """A dry run plans the new task in its three languages, after both orders of the arm."""
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text('{"hidden_size": 8, "num_hidden_layers": 2}')
    (model / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    (model / "tokenizer.json").write_text("{}")
    found = environment.json(
        *("compare", "--dry-run", "--offline", "--suite", "xtreme", "--model", str(model)),
        *("--targets", "remarks", "--intermediates", "mnli+squad_v1"),
        *("--strategies", "relay,relay:reverse=true", "--store", str(tmp_path / "store")),
    )
    trained = {phase["phase"] for phase in found["phases"] if phase["kind"] == "train"}
    predicted = [phase for phase in found["phases"] if phase["kind"] == "predict"]

    assert trained == {
        "train remarks seed 1",
        "train mnli seed 1",
        "train squad_v1 seed 1 after mnli",
        "train remarks seed 1 after mnli, squad_v1",
        "train squad_v1 seed 1",
        "train mnli seed 1 after squad_v1",
        "train remarks seed 1 after squad_v1, mnli",
    }
    assert len(predicted) == 3 * 3


FAKES = """
from xharness import Role
from xharness.testing import FakeRunner, fake_task

RUNNER = FakeRunner(tasks=[fake_task(name="first", role=Role.INTERMEDIATE)])
xharness_tasks = RUNNER.xharness_tasks
xharness_models = RUNNER.xharness_models
xharness_run_phase = RUNNER.xharness_run_phase
"""
"""A plugin in one file: a model and a task that are not real, and what runs their phases."""


def test_a_comparison_with_the_new_task_and_strategy(
    environment: Environment, tmp_path: Path
) -> None:
    """A whole comparison reads the shipped rows and fills its table, with a model that is fake."""
    fakes = tmp_path / "fakes.py"
    fakes.write_text(FAKES, "utf-8")
    found = environment.json(
        *("compare", "--offline", "--suite", "xtreme", "--model", "fake-model"),
        *("--targets", "remarks", "--intermediates", "first", "--strategies", "relay"),
        *("--plugin", str(fakes), "--store", str(tmp_path / "store")),
    )
    rows = {(row["strategy"], row["language"]): row["n"] for row in found["results"]}

    assert rows == {(s, n): 12 for s in ("none", "relay") for n in ("en", "de", "es")}
    assert found["phases"]["failed"] == 0


def test_changed_trainings_are_planned_and_run(environment: Environment, tmp_path: Path) -> None:
    """On the lab, a worker finds the tuning method, and its training says what was trained."""
    strategies = "frozen:layers=1,halves,gentle:rate=0.1"
    store = tmp_path / "store"
    found = environment.json(
        *("compare", "--intermediates", "lab_nli", "--strategies", strategies),
        *("--targets", "lab_xnli", "--languages", "qaa", "--limit-train", "16"),
        *("--limit-eval", "8", "--workers", "1", "--store", str(store)),
    )
    phases = [json.loads(p.read_text("utf-8")) for p in store.rglob("manifest.json")]
    trained = {p["phase"]: p["key"] for p in phases if p["kind"] == "Train"}
    (folder,) = store.rglob(trained["train lab_xnli tuned by frozen:layers=1 seed 1 after lab_nli"])
    counts = json.loads((folder / "counts.json").read_text("utf-8"))

    assert found["phases"]["failed"] == 0
    assert "train lab_nli part 2 of 2 seed 1 after lab_nli part 1 of 2" in trained
    assert counts["tuning"]["method"] == "frozen:layers=1"
    assert 0 < counts["tuning"]["trained"] < counts["tuning"]["parameters"]
    assert {r["strategy"] for r in found["results"]} == {"none", *strategies.split(",")}


def test_a_tuning_method_is_listed_and_shown(environment: Environment) -> None:
    """It stands beside the strategy of its name, with what its parameter means."""
    (listed,) = environment.json("list", "tunings")["tunings"]
    shown = environment.json("show", "frozen")

    assert (listed["name"], listed["version"], listed["parameters"]) == ("frozen", 1, "layers=1")
    assert shown["tuning method's parameter layers"] == "1: blocks that are not trained"


@pytest.mark.parametrize("package", [TARGET, STRATEGY, TRAINING], ids=lambda path: path.name)
def test_the_examples_own_tests_pass(environment: Environment, package: Path) -> None:
    """The tests that an author is told to run pass against the installed package."""
    done = environment.run("-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", package / "tests")

    assert done.returncode == 0, done.stdout
