"""Commands that only look: help, list, plan, leaderboard, show, doctor."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer

import xharness as package
from support.program import FAKES, Command, on_fakes
from xharness.cli import build, options
from xharness.cli.listing import What
from xharness.commands import session
from xharness.planning.settings import Flags

COMMANDS = [
    *("compare", "plan", "leaderboard", "show", "list", "doctor"),
    *("data check", "data fetch", "cite"),
    *("store ls", "store verify", "store gc", "store why", "export model"),
    *("plot", "compare-runs"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(xharness: Command, command: str) -> None:
    """Each command has help on standard output, and can answer in JSON but for export."""
    ran = xharness(*command.split(), "--help")

    assert (ran.status, ran.err) == (0, "")
    assert f"Usage: xharness {command} " in ran.out
    assert "Example" in ran.out
    assert ("--json" in ran.out) == (command != "export model")


def test_help_names_every_command(xharness: Command) -> None:
    """The program's help lists its commands and says where to start."""
    out = xharness("--help").out

    assert "Start with: xharness compare" in out
    assert all(f"│ {name.split()[0]} " in out for name in COMMANDS)


def test_version(xharness: Command) -> None:
    """--version is the package's."""
    assert xharness("--version").out == f"{package.__version__}\n"


def test_without_a_command_there_is_help(xharness: Command) -> None:
    """A bare `xharness`, and a bare group, print their help and count as wrong input."""
    for command in ((), ("store",), ("export",)):
        ran = xharness(*command)

        assert (ran.status, ran.err) == (2, "")
        assert "Usage: " in ran.out
        assert "─ Commands ─" in ran.out


def test_every_flag_of_compare_has_a_variable() -> None:
    """A flag --limit-train is also XHARNESS_LIMIT_TRAIN; the same holds for plan and doctor."""
    commands: Any = typer.main.get_command(build())
    for name in ("compare", "plan", "doctor"):
        for option in commands.commands[name].params:
            if (flag := option.opts[0]) != "--help":
                assert option.envvar == "XHARNESS_" + flag[2:].replace("-", "_").upper()


def test_every_shared_flag_says_something() -> None:
    """The flags that commands share are the fields of `Flags` and of the paths."""
    said = {f.name for made in (Flags, session.Paths) for f in fields(made)}

    assert set(options.SHARED) == said


def test_the_module_is_the_program(tmp_path: Path) -> None:
    """`python -m xharness` does what `xharness` does."""
    done = subprocess.run(
        [sys.executable, "-m", "xharness", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"{package.__version__}\n"


@pytest.mark.parametrize(
    ("what", "name", "fields"),
    [
        ("tasks", "xnli", {"role": "target", "languages": 15, "trains_on": "mnli"}),
        ("models", "xlm-roberta-base", {"width": 768, "plugin": "xlmr"}),
        ("strategies", "english", {"parameters": "-", "plugin": "english"}),
        ("plugins", "xnli", {"state": "loaded", "distribution": "xharness", "error": ""}),
        ("suites", "xtreme", {"title": "XTREME", "recipe": "standard"}),
    ],
)
def test_lists(xharness: Command, what: str, name: str, fields: dict[str, object]) -> None:
    """Each list has our own entries, for programs with a schema and for people by name."""
    ran, shown = xharness("list", what, "--json"), xharness("list", what)
    row = next(row for row in ran.json[what] if row["name"] == name)

    assert (ran.status, ran.err, shown.status, shown.err) == (0, "", 0, "")
    assert ran.json["schema"] == 1
    assert {field: row[field] for field in fields} == fields
    assert shown.out.startswith(f"{what}\n")


def test_a_plugin_file_is_listed_with_what_it_offers(xharness: Command) -> None:
    """A --plugin file's tasks stand in the list, with the plugin they come from."""
    rows = {
        r["name"]: r for r in xharness("list", "tasks", "--json", "--plugin", FAKES).json["tasks"]
    }

    assert rows["colours"]["plugin"] == "fakes_plugin"
    assert [rows[n]["role"] for n in ("first", "colours")] == ["intermediate", "target"]


def test_disabled_plugins_are_listed(xharness: Command) -> None:
    """A disabled plugin is there, and offers nothing."""
    states = {
        p["name"]: p["state"]
        for p in xharness("list", "plugins", "--json", XHARNESS_DISABLE="xnli,lab").json["plugins"]
    }
    tasks = xharness("list", "tasks", "--json", XHARNESS_DISABLE="xnli,lab").json["tasks"]

    assert states["xnli"] == "disabled"
    assert "xnli" not in {t["name"] for t in tasks}


def test_plan_shows_every_phase_once(xharness: Command) -> None:
    """The plan has each phase with key, kind and cost, what is stored, and the saving."""
    xharness("compare", *on_fakes(), "--targets", "match")
    found = xharness("plan", *on_fakes(), "--json").json
    phases = found["phases"]

    assert (found["schema"], found["suite"], found["model"]) == (1, "xtreme", "fake-model")
    assert len({p["key"] for p in phases}) == len(phases) == found["planned"] == 24
    assert found["asked"] > found["planned"]
    assert found["stored"] == sum(p["stored"] for p in phases) == 10
    assert found["seconds"] == pytest.approx(sum(p["seconds"] for p in phases), abs=0.1)
    assert xharness("plan", *on_fakes(), "--store", "empty", "--json").json["seconds"] is None
    assert {p["seconds"] for p in phases if p["stored"]} == {0}


def test_plan_for_people(xharness: Command) -> None:
    """People see what is shared, what is stored, and disk; and time once it was measured."""
    ran = xharness("plan", *on_fakes())
    text = " ".join(ran.out.split())

    assert (ran.status, ran.err) == (0, "")
    assert "plan of xtreme: fake-model, recipe standard" in text
    assert (
        "24 phases; if chains did not share their beginnings, it would be 41 (41 % saved)." in text
    )
    assert "In the store: 0. To do: 24, " in text
    assert " MB, time unknown until a phase of each kind has run here." in text
    xharness("compare", *on_fakes(), "--targets", "match")
    assert "as phases like them took here." in " ".join(xharness("plan", *on_fakes()).out.split())


def test_no_sentence_of_the_help_is_cut(xharness: Command) -> None:
    """At 80 columns every command's sentence is whole, and ends as one."""
    ran = xharness("--help", COLUMNS="80")
    commands = ran.out.partition("─ Commands ─")[2].splitlines()[1:]
    sentences = [line.strip("│ ") for line in commands if line.startswith("│")]

    assert len(sentences) > 10
    assert [line for line in sentences if "..." in line or not line.endswith(".")] == []


def test_list_without_a_word_says_what_can_be_listed(xharness: Command) -> None:
    """Each list is named with what it shows; a wrong word names all of them, in plain letters."""
    ran, wrong = xharness("list"), xharness("list", "bogus")

    assert ran.status == 0
    assert {row["command"] for row in xharness("list", "--json").json["lists"]} == {
        f"xharness list {what.value}" for what in What
    }
    assert wrong.status == 2
    assert "'tasks', 'models'" in wrong.said


def test_recipes_metrics_trackers_and_executors_are_listed(xharness: Command) -> None:
    """What --set, --track and --executor take, and how tasks are scored, can be looked up."""
    recipes = {r["name"]: r for r in xharness("list", "recipes", "--json").json["recipes"]}
    metrics = {m["signature"]: m for m in xharness("list", "metrics", "--json").json["metrics"]}

    assert {"lab", "standard", "phang2020"} <= recipes.keys()
    assert "learning_rate=" in recipes["standard"]["all"]
    assert "xnli" in metrics["accuracy@1"]["tasks"].split(", ")
    assert [r["name"] for r in xharness("list", "executors", "--json").json["executors"]] == [
        "local"
    ]
    trackers = xharness("list", "trackers", "--json").json["trackers"]
    assert {r["name"] for r in trackers} == {"mlflow", "tensorboard"}


def test_plans_are_listed_with_date_seeds_and_limits(xharness: Command) -> None:
    """Two plans that differ in seeds or limits can be told apart, and the later one found."""
    xharness("compare", *on_fakes(), "--seeds", "11,12", "--limit-train", "7")
    (plan,) = xharness("leaderboard", "--plans", "--json").json["plans"]

    assert (plan["seeds"], plan["limit_train"], plan["limit_eval"]) == ("11, 12", 7, "-")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", plan["asked"])


def test_a_terminal_of_few_letters_gets_signs_it_has(compare: Command, tmp_path: Path) -> None:
    """In ASCII a minus is a hyphen, and JSON escapes what it cannot print."""
    compare("--seeds", "2")
    store = ("--store", str(tmp_path / "store"), "--plugin", str(FAKES))

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "xharness", *arguments, *store],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
        )
        return done.stdout.decode("ascii")

    table = run("leaderboard")
    assert "behind (-)" in " ".join(table.split())
    assert "?" not in table
    assert json.loads(run("leaderboard", "--json"))["suite"] == "xtreme"


def test_version_has_a_short_flag(xharness: Command) -> None:
    """-V is --version."""
    assert xharness("-V").out == xharness("--version").out == f"{package.__version__}\n"


def test_leaderboard_is_that_of_compare(xharness: Command) -> None:
    """The latest board is what compare printed; no plugin but the metrics' is needed."""
    compared = xharness("compare", *on_fakes(), "--seeds", "2")
    again = xharness("leaderboard", "--plugin", FAKES)
    bare = xharness("leaderboard", "--json")

    assert (again.status, again.out, again.err) == (0, compared.out, "")
    assert {row["low"] for row in bare.json["summary"]} == {None}
    assert {row["signature"] for row in bare.json["results"]} == {
        *("accuracy@1", "retrieval-accuracy@1")
    }


def test_json_of_compare_and_leaderboard_is_one_object(xharness: Command) -> None:
    """The same plan gives the same object, but for how long it took and what was run for it."""
    compared = xharness("compare", *on_fakes(), "--seeds", "2", "--json").json
    again = xharness("leaderboard", "--plugin", FAKES, "--json").json
    del compared["seconds"], compared["phases"]

    assert compared == again
    assert again["averages"]
    assert again["means"]


def test_leaderboard_of_one_target_and_list_of_plans(xharness: Command) -> None:
    """--target goes language by language, --plans lists what there is."""
    xharness("compare", *on_fakes())
    target = xharness("leaderboard", "--target", "colours")
    plans = xharness("leaderboard", "--plans", "--json").json["plans"]

    assert "xtreme: fake-model, colours" in target.out
    assert {"en", "de", "sw"} <= set(target.out.split())
    assert [(p["model"], p["scores"]) for p in plans] == [("fake-model", "10 of 10")]


def test_show_a_task_with_examples(xharness: Command) -> None:
    """A task is shown with its facts and real examples of each language asked for."""
    ran = xharness("show", "colours", "--plugin", FAKES, "--languages", "de, sw", "--examples", "2")
    found = xharness("show", "colours", "--plugin", FAKES, "--json").json

    assert ran.status == 0
    assert ran.out.count("example, de") == ran.out.count("example, sw") == 2
    assert ran.out.count("text: de thing ") == ran.out.count("text: sw thing ") == 2
    assert (found["name"], found["metric"]) == ("colours", "accuracy@1")
    assert {n: len(rows) for n, rows in found["examples"].items()} == {"en": 1, "de": 1, "sw": 1}


def test_show_without_examples_opens_no_data(xharness: Command) -> None:
    """With --examples 0 a task is shown although its data is not there."""
    ran = xharness("show", "xnli", "--examples", "0", "--json")

    assert ran.json["languages"].split()[0] == "en"
    assert ran.json["examples"] == {}


def test_show_a_model_and_a_strategy(xharness: Command) -> None:
    """A model has its revision, licence and citation, a strategy its parameters."""
    model = xharness("show", "xlm-roberta-base", "--json").json
    strategy = xharness("show", "english", "--json").json

    assert (model["name"], model["width"], model["plugin"]) == ("xlm-roberta-base", 768, "xlmr")
    assert model["citation"].startswith("@")
    assert strategy["arms matter"] is True


def test_show_a_phase(xharness: Command) -> None:
    """A phase is shown by the first digits of its key, with how it was made."""
    key = xharness("compare", *on_fakes(), "--json").json["results"][0]["key"]
    found = xharness("show", key[:12], "--json").json

    assert found["key"] == key
    assert found["kind"] == "Score"
    assert found["provenance"]["plugin"] == "fakes_plugin"
    assert found["profile"]["versions"]
    assert xharness("show", key[:12]).out.startswith(f"phase {key[:10]}")


def test_doctor_finds_nothing_missing(xharness: Command) -> None:
    """A comparison whose model and data are there lacks nothing."""
    ran = xharness("doctor", *on_fakes(), "--json")

    assert ran.status == 0
    assert ran.json["missing"] == []
    assert {"device", "precision", "free disk", "torch", "python"} <= set(ran.json)
    assert ran.json["store can be written"] == "yes"
    assert not Path("store").exists()


def test_doctor_names_all_that_is_missing(xharness: Command) -> None:
    """Data that is not there, a model that is none and a bad store are all named, with status 1."""
    Path("file").write_text("in the way", "utf-8")
    ran = xharness(
        *("doctor", "--suite", "xtreme", "--model", "./none", "--targets", "xnli"),
        *("--languages", "en", "--data-root", "nowhere", "--store", "file/store", "--json"),
    )
    missing = " ".join(ran.json["missing"])

    assert ran.status == 1
    assert "./none: no such folder" in missing
    assert "no such folder; is the data root right" in missing
    assert "file/store: cannot be written; choose another --store" in missing
    assert ran.json["store can be written"] == "no"


def test_doctor_reports_wrong_flags_too(xharness: Command) -> None:
    """Names that are wrong are part of what a comparison lacks."""
    ran = xharness("doctor", "--suite", "xtreme", "--targets", "xnly")

    assert ran.status == 1
    assert "did you mean xnli?" in ran.out


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_escape_codes_without_a_terminal(xharness: Command, environment: dict[str, str]) -> None:
    """What is piped has no colours and no cursor movements."""
    for command in (
        ["compare", *on_fakes()],
        ["leaderboard"],
        ["leaderboard", "--map"],
        ["leaderboard", "--consistency", "--plugin", str(FAKES)],
        ["leaderboard", "--audit"],
        ["export", "--format", "md"],
        ["compare-runs", "store", "store"],
        ["list", "tasks"],
        ["plan", *on_fakes()],
        ["show", "none"],
        ["store", "ls"],
        ["--help"],
    ):
        ran = xharness(*command, **environment)

        assert ran.status == 0
        assert "\x1b" not in ran.out + ran.err


HOSTILE = "\\x1b[31m[bold]red[/bold]\\x07"

HOSTILE_PLUGIN = f"""
from dataclasses import replace
from xharness import hookimpl
from xharness.testing import FakeRunner, fake_task

NAME = "{HOSTILE}"
TASK = replace(fake_task(name="hostile"), summary=NAME, made_of=(NAME,))
NAMED = replace(fake_task(name=NAME, languages=(NAME, "de")), source_language=NAME)
RUNNER = FakeRunner(tasks=[NAMED, TASK])
xharness_tasks = RUNNER.xharness_tasks
xharness_models = RUNNER.xharness_models
xharness_run_phase = RUNNER.xharness_run_phase

@hookimpl
def xharness_check_plan(plan):
    return [NAME] if plan.limit_eval == 1 else []
"""


def test_hostile_names_are_printed_as_text(xharness: Command) -> None:
    """Texts with escapes and markup reach neither the terminal nor rich; as names they are refused.

    All that is said of them is printed as it is typed in Python.
    """
    Path("hostile.py").write_text(HOSTILE_PLUGIN, "utf-8")
    name = HOSTILE.encode().decode("unicode_escape")
    of = (
        *("--plugin", "hostile.py", "--suite", "xtreme", "--model", "fake-model"),
        *("--strategies", "none", "--targets", "hostile"),
    )
    for command, status in (
        (["list", "tasks", "--plugin", "hostile.py"], 0),
        (["show", "hostile", "--plugin", "hostile.py"], 0),
        (["show", name, "--plugin", "hostile.py"], 2),
        (["list", "plugins", "--plugin", "hostile.py"], 0),
        (["plan", *of], 0),
        (["compare", *of], 0),
        (["compare", *of, "--json"], 0),
        (["leaderboard", "--target", "hostile"], 0),
        (["leaderboard", "--target", name], 2),
        (["store", "ls"], 0),
        (["compare", *of, "--limit-eval", "1"], 2),
        (["compare", *of, "--targets", "x"], 2),
        (["compare", *of, "--languages", "x"], 2),
    ):
        ran = xharness(*command)

        assert ran.status == status, ran.err
        assert "\x1b" not in ran.out + ran.err
        assert "\x07" not in ran.out + ran.err
    assert "[bold]red[/bold]" in ran.err


def test_a_broken_installed_plugin_costs_one_line(
    xharness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tool works; one line names plugin, distribution and cause, without escapes in it."""
    from types import SimpleNamespace

    def fail() -> None:
        raise ImportError("no \x1b[31mlibrary")

    dist = SimpleNamespace(name="bad-dist", version="1.0")
    points = [SimpleNamespace(name="bad", load=fail, dist=dist)]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: points)
    ran = xharness("list", "tasks", XHARNESS_DISABLE="")
    traced = xharness("list", "plugins", "--errors", XHARNESS_DISABLE="")
    strict = xharness("list", "tasks", "--strict-plugins", XHARNESS_DISABLE="")

    assert ran.status == 0
    assert len(ran.err.splitlines()) == 1
    assert ran.err.startswith("xharness: plugin bad (bad-dist 1.0) is left out: ImportError: no ")
    assert "Traceback" in traced.err
    assert "\x1b" not in ran.err + traced.err + traced.out
    assert (strict.status, strict.out) == (2, "")


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    """A pipe that is closed at its other end gets no message on standard error."""
    program = subprocess.Popen(
        [sys.executable, "-m", "xharness", "list", "tasks", "--json"],
        cwd=tmp_path,
        env={**os.environ, "XHARNESS_DISABLE": "lab"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert program.stdout is not None
    program.stdout.close()
    _, message = program.communicate()

    assert (program.returncode, message) == (0, b"")


def test_errors_of_our_own_are_3(xharness: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw has a trace, a sentence, and status 3."""
    from xharness.commands import listing

    def fail(_registry: object) -> None:
        raise AssertionError("unforeseen")

    monkeypatch.setattr(listing, "tasks", fail)
    ran = xharness("list", "tasks")

    assert (ran.status, ran.out) == (3, "")
    assert "Traceback" in ran.err
    assert ran.err.endswith("xharness: this is an error of xharness itself; please report it\n")


def test_main_leaves_with_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's entry point ends the process with the exit status."""
    from xharness.cli import main

    with pytest.raises(SystemExit) as left:
        main(["list", "nothing"])

    assert left.value.code == 2
