"""What `compare` and `leaderboard` print first, and the flags that lead deeper."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from support.program import FAKES, Command, on_fakes

SUSPICIOUS = """
from xharness.testing import FakeRunner

RUNNER = FakeRunner(skill=lambda phase: 0.0 if phase.language == "sw" else 0.7)
xharness_run_phase = RUNNER.xharness_run_phase
"""
"""A plugin under which no answer in Swahili is right."""


def commands(out: str) -> list[list[str]]:
    """Return the commands that a first screen names, without the program."""
    last = out.rstrip("\n").rsplit("\n\n", maxsplit=1)[-1]
    return [shlex.split(line, comments=True)[1:] for line in last.splitlines()]


def test_every_command_that_it_names_works(xharness: Command, tmp_path: Path) -> None:
    """In a store of another name, of a plan that is not the latest, they show that comparison."""
    store = ("--store", "my store")
    xharness("compare", *on_fakes(), "--seeds", "11,12", *store)
    (plan,) = xharness("leaderboard", "--plans", "--json", *store).json["plans"]
    xharness("compare", *on_fakes(), "--targets", "match", *store)
    shown = xharness(
        *("leaderboard", "--plan", plan["plan"], "--plugin", FAKES, *store), COLUMNS="300"
    )
    named = commands(shown.out)

    assert len(named) == 3
    for command in named:
        ran = xharness(*command)
        assert ran.status == 0, ran.err
        assert ran.out.startswith("xtreme: fake-model")
    assert "seeds 11, 12" in xharness(*named[-1]).out


def test_commands_against_another_strategy_work(xharness: Command) -> None:
    """What cannot be held to another strategy is named without it; the details are with it."""
    xharness("compare", *on_fakes(), "--seeds", "2")
    shown = xharness("leaderboard", "--against", "english", "--without-leakage", COLUMNS="300")
    named = commands(shown.out)

    assert [xharness(*command).status for command in named] == [0, 0, 0]
    assert "Compared with english afterwards" in xharness(*named[-1]).out


@pytest.mark.parametrize("flag", ["--details", "--diagnostics"])
def test_compare_goes_as_deep_as_leaderboard(xharness: Command, flag: str) -> None:
    """Either flag prints the same from both, which is not the first screen; JSON is the same."""
    compared = xharness("compare", *on_fakes(), "--seeds", "2", flag)
    again = xharness("leaderboard", "--plugin", FAKES, flag)
    first, document = (xharness("leaderboard", "--plugin", FAKES, *f) for f in ([], ["--json"]))

    assert compared.out == again.out != first.out
    assert xharness("leaderboard", "--plugin", FAKES, flag, "--json").json == document.json


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--details", "--diagnostics"), "--details and --diagnostics are different views"),
        (("--details", "--map"), "--details and --map are different views"),
        (("--details", "--target", "colours"), "--details shows all targets"),
        (("--diagnostics", "--target", "colours"), "--diagnostics shows all targets"),
        (("--diagnostics", "--against", "english"), "--against: only the first screen"),
    ],
)
def test_flags_that_exclude_each_other(
    xharness: Command, arguments: tuple[str, ...], said: str
) -> None:
    """Two views at once are wrong input, before the store is opened."""
    ran = xharness("leaderboard", *arguments)

    assert (ran.status, ran.out) == (2, "")
    assert said in ran.said


def test_compare_refuses_two_views_before_it_runs(xharness: Command) -> None:
    """Nothing is run for a command line that cannot be answered."""
    ran = xharness("compare", *on_fakes(), "--details", "--diagnostics")

    assert ran.status == 2
    assert "--details and --diagnostics are different views; ask for one" in ran.said
    assert not Path("store").exists()


def test_what_is_suspicious_is_one_line_and_one_flag_away(xharness: Command) -> None:
    """Scores at chance are counted below the sentences, and named by --diagnostics alone."""
    Path("suspicious.py").write_text(SUSPICIOUS, "utf-8")
    ran = xharness("compare", *on_fakes(), "--seeds", "2", "--plugin", "suspicious.py")
    (line,) = (text for text in ran.out.splitlines() if text.startswith("See --diagnostics: "))
    named = xharness("leaderboard", "--diagnostics").out

    assert line.endswith("4 cells at chance (mostly on sw)")
    assert "warning" not in ran.out + ran.err
    assert "warning: colours sw: score at or below the majority baseline" in named
