"""`xharness compare`: what it runs, prints and leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from statistics import fmean

import pytest

from support.program import FAKES, Command, on_fakes

OUT_OF_MEMORY = """
from xharness import Train, hookimpl

@hookimpl(tryfirst=True)
def xharness_run_phase(phase):
    if isinstance(phase, Train) and phase.streams[0].task == "first":
        raise RuntimeError("out of memory")
"""
"""A plugin under which the intermediate training fails."""

INTERRUPT = """
import os, signal
from xharness import Train, hookimpl

@hookimpl(tryfirst=True)
def xharness_run_phase(phase):
    if isinstance(phase, Train):
        os.kill(os.getpid(), signal.SIGINT)
"""
"""A plugin under which the user presses Ctrl-C during the first training."""

RESULT = {
    *("strategy", "intermediates", "target", "language"),
    *("seed", "score", "n", "signature", "key"),
}
SUMMARY = {
    *("strategy", "intermediates", "target", "mean"),
    *("mean_non_english", "delta", "low", "high"),
    *("against", "p", "p_holm", "significant", "detectable", "seeds_needed"),
    *("low_at_large", "high_at_large", "rank", "rank_low", "rank_high", "detectable_holm"),
    *("near_far", "near_far_low", "near_far_high", "near_far_p", "near_far_p_holm", "rows"),
}


def plugin(text: str) -> tuple[str, str]:
    """Return the arguments that load a second plugin of this content."""
    path = Path("second_plugin.py")
    path.write_text(text, "utf-8")
    return "--plugin", str(path)


def test_json_is_what_was_promised(compare: Command) -> None:
    """One object: schema, suite, model, seconds, counts of phases, every result and summary."""
    ran = compare("--json", "--seeds", "2")
    found = ran.json

    assert ran.status == 0
    assert list(found) == [
        *("schema", "suite", "model", "seconds", "phases", "rules", "sourced", "held"),
        *(
            "results",
            "summary",
            "means",
            "averages",
            "best_arms",
            "same_data",
            "same_text",
            "numerics",
            "notes",
        ),
        "translations",
        "overlap",
    ]
    assert (found["schema"], found["suite"], found["model"]) == (1, "xtreme", "fake-model")
    assert found["seconds"] > 0
    assert found["phases"] == {"planned": 43, "kept": 0, "run": 43, "failed": 0}
    assert {frozenset(row) for row in found["results"]} == {frozenset(RESULT)}
    assert {frozenset(row) for row in found["summary"]} == {frozenset(SUMMARY)}
    assert len(found["results"]) == 2 * 2 * (3 + 2)
    assert [(s["strategy"], s["intermediates"], s["target"]) for s in found["summary"]] == [
        (strategy, arm, target)
        for strategy, arm in (("none", "-"), ("english", "first"))
        for target in ("colours", "match")
    ]


def test_summaries_follow_from_results(compare: Command) -> None:
    """Means and differences of the JSON can be computed from its own rows."""
    found = compare("--json").json
    scores = {
        name: fmean(
            r["score"]
            for r in found["results"]
            if (r["strategy"], r["target"]) == (name, "colours")
        )
        for name in ("none", "english")
    }
    english = next(
        s for s in found["summary"] if (s["strategy"], s["target"]) == ("english", "colours")
    )

    assert english["mean"] == pytest.approx(scores["english"])
    assert english["delta"] == pytest.approx(scores["english"] - scores["none"])
    assert (english["low"], english["high"]) == (None, None)


def test_again_runs_nothing_and_says_the_same(compare: Command) -> None:
    """The same command answers from the store; only times and counts differ."""
    first, again = compare("--json").json, compare("--json").json
    planned = first["phases"]["planned"]

    assert again["phases"] == {"planned": planned, "kept": planned, "run": 0, "failed": 0}
    for name in ("seconds", "phases"):
        del first[name], again[name]
    assert first == again


def test_a_cold_store_gives_the_same_bytes(compare: Command) -> None:
    """Two stores filled by the same command hold equal results."""
    found = [compare("--json", "--store", name).json for name in ("one", "two")]
    for document in found:
        del document["seconds"], document["phases"]

    assert json.dumps(found[0]) == json.dumps(found[1])


def test_a_wider_command_adds_only_what_is_missing(compare: Command) -> None:
    """More targets, seeds and arms run what is new and keep all the rest."""
    first = compare("--json").json["phases"]
    wider = compare(
        *("--json", "--targets", "colours,match,tags", "--intermediates", "first,first+second"),
        *("--seeds", "2"),
    ).json["phases"]

    assert wider["kept"] == first["run"]
    assert wider["run"] == wider["planned"] - wider["kept"] > 0


def test_none_is_always_there(compare: Command) -> None:
    """The baseline stands first, asked for or not."""
    for strategies in ("english", "none,english", "english,none"):
        found = compare("--json", "--strategies", strategies).json

        assert [s["strategy"] for s in found["summary"]][::2] == ["none", "english"]


def test_data_and_progress_are_kept_apart(compare: Command) -> None:
    """The leaderboard is on standard output, progress and counts on standard error."""
    ran = compare()

    assert ran.status == 0
    assert "xtreme: fake-model" in ran.out
    assert "24 phases: 24 run, 0 kept, 0 failed" in ran.said
    assert "phases:" not in ran.out
    assert "xtreme:" not in ran.err
    assert "\x1b" not in ran.out + ran.err


def test_the_leaderboard_has_strategies_targets_and_one_seed(compare: Command) -> None:
    """Strategies are rows, targets columns; with one seed it says so instead of an interval."""
    limits = ("--limit-eval", "6", "--limit-train", "1000")
    first, text = (" ".join(compare(*limits, *more).out.split()) for more in ([], ["--details"]))

    assert "strategy colours match mean" in first
    assert "one seed decides nothing" in first
    assert "at most 6 items per language" in first
    assert "at most 1,000 training rows" in first
    assert "strategy colours match average" in text
    assert "one seed" in text
    assert "at most 6 items per language" in text
    assert "at most 1,000 training rows" in text
    assert "colours: accuracy@1, 3 languages, 18 examples in all, 1 seed" in text


def test_two_seeds_give_an_interval(compare: Command) -> None:
    """With two seeds the difference has an interval, in the table and in the JSON."""
    found = compare("--json", "--seeds", "11,12", "--targets", "colours").json
    (ours,) = (s for s in found["summary"] if s["strategy"] == "english")

    assert {r["seed"] for r in found["results"]} == {11, 12}
    assert ours["low"] < ours["delta"] < ours["high"]
    told = compare("--seeds", "11,12", "--targets", "colours", "--details")
    table = " ".join(told.out.split())
    assert "[95 % interval: seeds and items vary, languages are fixed]" in table


def test_items_are_the_same_in_every_language(compare: Command) -> None:
    """--limit-eval draws the same items in every language, and of a larger draw a part."""
    drawn: dict[int, set[tuple[str, ...]]] = {}
    for limit in (3, 6):
        found = compare("--json", "--limit-eval", str(limit), "--targets", "colours").json
        drawn[limit] = {
            tuple(json.loads(Path(_folder(r["key"]), "statistics.json").read_text())["items"])
            for r in found["results"]
        }

    assert [len(d) for d in drawn.values()] == [1, 1]
    assert set(*drawn[3]) < set(*drawn[6])


def _folder(key: str) -> str:
    return f"store/phases/{key[:2]}/{key}"


def test_one_failed_phase_does_not_stop_the_others(compare: Command) -> None:
    """The baseline is scored although the intermediate training fails; the exit status is 1."""
    ran = compare("--json", *plugin(OUT_OF_MEMORY))
    found = ran.json

    assert ran.status == 1
    assert found["phases"] == {"planned": 24, "kept": 0, "run": 12, "failed": 12}
    assert {r["strategy"] for r in found["results"]} == {"none"}
    assert {s["mean"] for s in found["summary"] if s["strategy"] == "english"} == {None}
    assert "failed: train first seed 1" in ran.said
    assert "RuntimeError: out of memory (trace in " in ran.said
    assert "not run, because they need one of these: 11 phases" in ran.said


def test_failures_stand_in_the_table_and_at_the_end(compare: Command) -> None:
    """Cells without a number say that they failed; the last lines say what and why."""
    ran = compare(*plugin(OUT_OF_MEMORY))
    details = compare(*plugin(OUT_OF_MEMORY), "--details")

    assert (ran.status, details.status) == (1, 1)
    assert "english: no result on colours and match, where a phase failed." in ran.out
    assert "failed: a phase that the cell needs failed" in " ".join(details.out.split())
    assert ran.err.rstrip().endswith("the same command tries the rest again.")


def test_a_mean_over_fewer_languages_is_none(compare: Command) -> None:
    """When one language of a cell fails, its other scores are kept but no mean is shown."""
    text = OUT_OF_MEMORY.replace("import Train,", "import Predict, Train,").replace(
        'isinstance(phase, Train) and phase.streams[0].task == "first"',
        'isinstance(phase, Predict) and phase.language == "sw" and phase.task == "colours"',
    )
    found = compare("--json", *plugin(text)).json
    table = " ".join(compare(*plugin(text), "--details").out.split())

    assert {r["language"] for r in found["results"] if r["target"] == "colours"} == {"en", "de"}
    assert [s["mean"] for s in found["summary"] if s["target"] == "colours"] == [None, None]
    assert "english first, colours: no mean, 1 score missing." in table


def test_what_failed_is_tried_again(compare: Command) -> None:
    """Once the cause is gone the same command runs what failed, and keeps the rest."""
    compare(*plugin(OUT_OF_MEMORY))
    ran = compare("--json")

    assert ran.status == 0
    assert ran.json["phases"] == {"planned": 24, "kept": 12, "run": 12, "failed": 0}


def test_interrupted_is_130_and_goes_on(compare: Command) -> None:
    """Ctrl-C ends the run after what is under way, with 130; the same command goes on."""
    ran = compare("--json", *plugin(INTERRUPT))
    again = compare("--json").json

    assert ran.status == 130
    assert ran.json["error"]["kind"] == "interrupted"
    assert ran.said.endswith("xharness: interrupted; the same command goes on from here")
    assert again["phases"]["kept"] > 0
    assert again["phases"]["run"] > 0


@pytest.mark.training
def test_signals_end_a_process_with_130(tmp_path: Path) -> None:
    """A real process that gets SIGTERM while it works ends with 130 and without a traceback."""
    (tmp_path / "second_plugin.py").write_text(INTERRUPT.replace("SIGINT", "SIGTERM"), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "xharness", "compare", *on_fakes(), "--plugin", "second_plugin.py"],
        cwd=tmp_path,
        env={**os.environ, "XHARNESS_DISABLE": "lab", "XHARNESS_WORKERS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 128 + signal.SIGINT
    assert "interrupted; the same command goes on from here" in done.stderr
    assert "Traceback" not in done.stderr


def test_dry_run_only_plans(compare: Command) -> None:
    """--dry-run prints the plan, runs nothing and makes no store."""
    ran = compare("--dry-run", "--json")

    assert ran.status == 0
    assert (ran.json["planned"], ran.json["stored"]) == (24, 0)
    assert not Path("store").exists()


FLAGS = {
    "XHARNESS_SUITE": "xtreme",
    "XHARNESS_MODEL": "fake-model",
    "XHARNESS_STRATEGIES": "english",
    "XHARNESS_INTERMEDIATES": "first",
    "XHARNESS_TARGETS": "colours",
    "XHARNESS_LANGUAGES": "de,sw",
    "XHARNESS_SEEDS": "7,8",
    "XHARNESS_LIMIT_TRAIN": "4",
    "XHARNESS_LIMIT_EVAL": "5",
    "XHARNESS_SET": "recipe.epochs=3 recipe.first.batch=2",
    "XHARNESS_STORE": "elsewhere",
    "XHARNESS_PLUGIN": str(FAKES),
    "XHARNESS_OFFLINE": "1",
    "XHARNESS_JSON": "1",
}


def test_every_setting_can_be_a_variable(xharness: Command) -> None:
    """A comparison can be described by XHARNESS_* variables alone."""
    ran = xharness("compare", **FLAGS)
    found = ran.json
    stored = [json.loads(p.read_text("utf-8")) for p in Path().glob("elsewhere/*/*/*/phase.json")]
    first = next(p for p in stored if p[""] == "Train" and p["streams"][0]["task"] == "first")

    assert ran.status == 0
    assert {r["language"] for r in found["results"]} == {"de", "sw"}
    assert {r["seed"] for r in found["results"]} == {7, 8}
    assert {r["n"] for r in found["results"]} == {5}
    assert (first["recipe"]["epochs"], first["recipe"]["batch"]) == (3, 2)
    assert first["streams"][0]["limit"] == 4


def test_flags_win_over_variables(xharness: Command) -> None:
    """What stands on the command line counts."""
    ran = xharness("compare", "--languages", "en", "--seeds", "1", **FLAGS)

    assert {(r["language"], r["seed"]) for r in ran.json["results"]} == {("en", 1)}


def test_a_config_file_describes_a_comparison(xharness: Command) -> None:
    """--config holds the same settings; flags win over it."""
    Path("mine.yaml").write_text(
        "suite: xtreme\nmodel: fake-model\nstrategies: [english]\nintermediates: [first]\n"
        "targets: [colours, match]\nlanguages: [sw]\nset: {recipe.epochs: 1}\n",
        "utf-8",
    )
    ran = xharness("compare", "--json", "--config", "mine.yaml", "--plugin", FAKES)
    one = xharness(
        *("compare", "--json", "--config", "mine.yaml", "--plugin", FAKES, "--targets", "match")
    )

    assert {(r["target"], r["language"]) for r in ran.json["results"]} == {
        ("colours", "sw"),
        ("match", "sw"),
    }
    assert {r["target"] for r in one.json["results"]} == {"match"}


def test_a_refused_plan_runs_nothing(compare: Command) -> None:
    """A plugin's reasons not to run stand on standard error; the exit status is 2."""
    text = (
        "from xharness import hookimpl\n@hookimpl\n"
        "def xharness_check_plan(plan): return [f'{plan.suite}: test rows in training']\n"
    )
    ran = compare(*plugin(text))

    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "xharness: the plan was refused:\n  xtreme: test rows in training\n"
    assert not Path("store").exists()


def test_a_real_model_needs_a_suite(xharness: Command) -> None:
    """Naming a real model without --suite is refused with the sentence that helps."""
    ran = xharness("compare", "--model", "xlm-roberta-base", "--strategies", "none")

    assert ran.status == 2
    assert "without --suite the targets are those of 'lab'" in ran.said
    assert "add --suite xtreme" in ran.said
