"""`xharness init`: a file that says what the suite says, and explains it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from support.program import Command
from xharness.planning import settings
from xharness.planning.settings import Flags


@pytest.mark.parametrize("suite", ["lab", "xtreme"])
@pytest.mark.parametrize("commented", [True, False])
def test_the_file_describes_the_suite(
    xharness: Command, tmp_path: Path, suite: str, *, commented: bool
) -> None:
    """As it is written, and with every setting in force, it asks for what the suite asks for."""
    assert xharness("init", "--suite", suite).out == "xharness.yaml\n"
    file = tmp_path / "xharness.yaml"
    if not commented:
        lines = file.read_text("utf-8").split("\n\n")[1:]
        said = [line for block in lines for line in block.splitlines()]
        file.write_text("\n".join(line for line in map(_uncommented, said) if line), "utf-8")
    asked = settings.load(Flags(config=file))
    usual = settings.load(Flags(suite=suite))

    like_usual = {
        name: getattr(usual, name) for name in ("said_by", "suite_by_default", "against", "recipes")
    }
    assert replace(asked, **{**like_usual, "selection": ()}) == usual
    assert asked.recipes.recipe("mnli", width=768) == usual.recipes.recipe("mnli", width=768)


def _uncommented(line: str) -> str:
    """Return a line that sets something without its sign of a comment; of others nothing."""
    bare = line.removeprefix("# ")
    return bare if bare.partition(":")[0] in Flags.__dataclass_fields__ else ""


def test_a_file_that_is_there_is_left_alone(xharness: Command, tmp_path: Path) -> None:
    """It may hold somebody's settings."""
    (tmp_path / "mine.yaml").write_text("seeds: 5", "utf-8")
    ran = xharness("init", "-o", "mine.yaml")

    assert ran.status == 2
    assert "mine.yaml is there already; name another file" in ran.err
    assert (tmp_path / "mine.yaml").read_text("utf-8") == "seeds: 5"
