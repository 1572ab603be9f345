"""One name for one thing: flag, variable, file, and the page that lists them."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest

from support.program import CHECKOUT
from xharness.cli import options
from xharness.phases import Recipe
from xharness.planning.settings import Flags
from xharness.planning.tasks_yaml import Config
from xharness.recipes import LENGTHS

WHAT = [f.name for f in fields(Flags) if f.name != "config"]
"""Every flag that says what is compared."""


@pytest.mark.parametrize("name", WHAT)
def test_a_thing_has_one_name(name: str) -> None:
    """The flag, its variable and the field of a file are called alike, and the page has all."""
    option = get_args(options.SHARED[name])[-1]
    flag, variable = f"--{name.replace('_', '-')}", f"XHARNESS_{name.upper()}"
    page = (CHECKOUT / "docs" / "reference.md").read_text("utf-8")
    (row,) = [line for line in page.splitlines() if f"`{variable}`" in line]

    assert flag in (option.default, *(option.param_decls or ()))
    assert option.envvar == variable
    assert name in Config.model_fields
    assert f"`{flag} " in row
    assert f"`{name}: " in row


@pytest.mark.parametrize("name", [*(f.name for f in fields(Recipe)), *LENGTHS])
def test_every_field_of_a_recipe_is_explained(name: str) -> None:
    """The page has a row for whatever a recipe may say."""
    page = (CHECKOUT / "docs" / "reference.md").read_text("utf-8")
    _, table = page.split("## Fields of a recipe", 1)

    assert any(f"`{name}`" in line.split("|")[1] for line in table.splitlines() if "|" in line)
