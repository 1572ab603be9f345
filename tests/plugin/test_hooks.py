"""The extension surface explains itself."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable

import pytest

from xharness.plugin import hooks

HOOKS = [f for name, f in vars(hooks).items() if name.startswith("xharness_")]

each_hook = pytest.mark.parametrize("hook", HOOKS, ids=lambda f: f.__name__)


@each_hook
def test_every_hook_is_documented(hook: Callable[..., object]) -> None:
    """A hook says what is asked for and when it is called, and explains each argument."""
    doc = inspect.getdoc(hook) or ""
    summary, blank, when = doc.split("\n")[:3]

    assert summary.endswith(".")
    assert blank == ""
    assert when
    for name in inspect.signature(hook).parameters:
        assert re.search(rf"^ {{4}}{name}: .", doc, re.MULTILINE)


@each_hook
def test_every_hook_says_what_it_returns(hook: Callable[..., object]) -> None:
    """A hook whose value is used says what it means."""
    returns = inspect.signature(hook).return_annotation

    assert returns == "None" or "Returns:\n    " in (inspect.getdoc(hook) or "")


@each_hook
def test_every_hook_is_fully_typed(hook: Callable[..., object]) -> None:
    """Every argument of a hook and what it returns has a type."""
    signature = inspect.signature(hook)

    assert signature.return_annotation is not signature.empty
    assert all(p.annotation is not p.empty for p in signature.parameters.values())


def test_what_a_phase_is_given_is_documented() -> None:
    """Every field of PhaseRun has a sentence where help() shows it."""
    for field in dataclasses.fields(hooks.PhaseRun):
        assert re.search(rf"^    {field.name}: .", inspect.getdoc(hooks.PhaseRun), re.MULTILINE)
