"""Turns broken promises of what a plugin offers into one error that names them all."""

from __future__ import annotations

from collections.abc import Iterable

from xharness.plugin import admission


def refuse(noun: str, value: object, problems: Iterable[str]) -> None:
    """Raise an error if there are problems.

    Args:
        noun: What the value is offered as: "task", "tuning method" and so on.
        value: What was checked.
        problems: "field: what it is; what would be right" each.

    Raises:
        AssertionError: If there are any; names every one.
    """
    several = list(problems)
    if several:
        lines = "\n".join(f"  {problem}" for problem in several)
        count = f"{len(several)} problem{'s' if len(several) > 1 else ''}"
        name = getattr(value, "name", None) or type(value).__name__
        raise AssertionError(f"{noun} {name}: {count}\n{lines}")


def admitted(noun: str, value: object) -> list[str]:
    """Return why a value would be left out when its plugin is loaded; empty if it is let in."""
    return admission.problems(noun, value)
