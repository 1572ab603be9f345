"""What is printed with --json is what `xharness schema` says, of every command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from jsonschema import Draft202012Validator

from support.program import FAKES, Command, on_fakes
from xharness.cli import build
from xharness.commands import schema
from xharness.commands.comparison import open_store
from xharness.errors import StudyError

ON_FAKES = (*on_fakes(), "--seeds", "2")
PLUGIN = ("--plugin", str(FAKES))

PRINTS: Mapping[tuple[str, ...], str] = {
    ("compare", *ON_FAKES): "compare",
    ("compare", *ON_FAKES, "--dry-run"): "plan",
    ("plan", *ON_FAKES): "plan",
    ("leaderboard", *PLUGIN): "leaderboard",
    ("leaderboard", *PLUGIN, "--target", "colours"): "target",
    ("leaderboard", *PLUGIN, "--by", "resource"): "groups",
    ("leaderboard", *PLUGIN, "--map"): "map",
    ("leaderboard", *PLUGIN, "--audit"): "audit",
    ("leaderboard", *PLUGIN, "--consistency"): "consistency",
    ("leaderboard", "--plans"): "plans",
    ("show", "mnli", "--examples", "0"): "show",
    ("show", "xlm-roberta-base"): "show",
    ("show", "translate"): "show",
    ("show", "standard"): "show",
    ("list",): "list",
    ("list", "tasks"): "list-tasks",
    ("list", "models"): "list-models",
    ("list", "strategies"): "list-strategies",
    ("list", "translators"): "list-translators",
    ("list", "tunings"): "list-tunings",
    ("list", "plugins"): "list-plugins",
    ("list", "suites"): "list-suites",
    ("list", "recipes"): "list-recipes",
    ("list", "metrics"): "list-metrics",
    ("list", "trackers"): "list-trackers",
    ("list", "executors"): "list-executors",
    ("list", "languages"): "list-languages",
    ("schema",): "schemas",
    ("doctor", *ON_FAKES): "status",
    ("data", "check", *PLUGIN, "colours"): "data-check",
    ("data", "fetch", *ON_FAKES): "data-fetch",
    ("data", "overlap", *ON_FAKES): "data-overlap",
    ("cite", *ON_FAKES): "cite",
    ("store", "ls"): "store-ls",
    ("store", "verify"): "store-verify",
    ("store", "gc"): "store-gc",
    ("store", "why", *ON_FAKES, "--seeds", "3"): "store-why",
    ("rescore", *PLUGIN): "rescore",
    ("export", *PLUGIN, "--format", "csv", "-o", "scores.csv"): "written",
    ("plot", "map", *PLUGIN, "-o", "map.svg"): "written",
    ("compare-runs", "store", "store"): "compare-runs",
}
"""Arguments to the schema of what they print; the fakes' comparison is in the store."""

ELSEWHERE = {"export xtreme"}
"""Commands whose output another test validates, because they need real rows."""


def problems(name: str, document: Any) -> list[str]:
    """Return in what a document is not as its schema says."""
    found = Draft202012Validator(schema.schema(name)).iter_errors(document)
    return [f"{'.'.join(map(str, p.absolute_path))}: {p.message[:200]}" for p in found]


@pytest.fixture
def filled(xharness: Command) -> Command:
    """Return the program, with two comparisons of fakes in its store."""
    assert xharness("compare", *ON_FAKES).status == 0
    return xharness


@pytest.mark.parametrize("arguments", PRINTS, ids=" ".join)
def test_what_is_printed_is_as_described(filled: Command, arguments: tuple[str, ...]) -> None:
    """No field is missing, none is there that the schema lacks, and all are of their types."""
    ran = filled(*arguments, "--json")

    assert problems(PRINTS[arguments], ran.json) == []


def test_every_command_with_json_is_among_them() -> None:
    """A new command is described, and tried here."""
    program: Any = typer.main.get_command(build())
    takes_json: set[str] = set()
    waiting = [((), program)]
    while waiting:
        words, command = waiting.pop()
        if any("--json" in option.opts for option in command.params):
            takes_json.add(" ".join(words))
        waiting += [((*words, n), c) for n, c in getattr(command, "commands", {}).items()]
    tried = {" ".join(arguments[:length]) for arguments in PRINTS for length in (1, 2)}

    assert takes_json - ELSEWHERE <= tried


@pytest.mark.parametrize("name", schema.names())
def test_every_schema_is_one(xharness: Command, name: str) -> None:
    """It is valid JSON Schema, and says what prints it."""
    printed = xharness("schema", name).json
    Draft202012Validator.check_schema(printed)

    assert printed["description"]


@pytest.mark.parametrize(
    ("arguments", "status", "kind"),
    [
        (("plan", "--suite", "nope"), 2, "StudyError"),
        (("leaderboard", "--plan", "abc"), 2, "StoreError"),
        (("compare", "--nope"), 2, "usage"),
        (("plot",), 2, "usage"),
        (("schema", "nope"), 2, "StudyError"),
    ],
)
def test_an_error_is_one_object(
    xharness: Command, arguments: tuple[str, ...], status: int, kind: str
) -> None:
    """On standard output, with the words for people on standard error."""
    ran = xharness(*arguments, "--json")

    assert problems("error", ran.json) == []
    assert (ran.status, ran.json["error"]["exit_status"]) == (status, status)
    assert ran.json["error"]["kind"] == kind
    assert all(p.strip() in ran.err for p in ran.json["error"]["problems"])


def test_an_error_of_ours_is_one_object_too(
    xharness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trace is on standard error."""

    def broken() -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(schema, "listing", broken)
    ran = xharness("schema", "--json")

    assert (ran.status, ran.json["error"]["kind"]) == (3, "internal")
    assert "a mistake of ours" in ran.err


def test_exported_rows_are_as_described(filled: Command, tmp_path: Path) -> None:
    """The columns are those of `xharness schema results`, in a file and in a notebook."""
    filled("export", *PLUGIN, "--format", "json", "-o", "scores.json")
    exported = json.loads((tmp_path / "scores.json").read_text("utf-8"))["results"]
    comparison = open_store(tmp_path / "store", plugins=[FAKES]).latest()

    assert problems("results", exported) == []
    assert problems("results", comparison.results.to_pylist()) == []
    assert problems("summary", comparison.summary.to_pylist()) == []


def test_an_unknown_name_is_answered_with_the_nearest(xharness: Command) -> None:
    """As every name is."""
    with pytest.raises(StudyError, match="did you mean leaderboard"):
        schema.schema("leaderbord")
    assert xharness("schema", "leaderbord").status == 2
