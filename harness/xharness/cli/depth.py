"""How much of a comparison is shown, and with which flags it is found again."""

from __future__ import annotations

from typing import Annotated

import typer

from xharness.cli.options import OUTPUT, STORE, option
from xharness.commands.session import Paths

Details = Annotated[
    bool,
    option(
        OUTPUT,
        "--details",
        None,
        "Show every interval, rank and signature, and what is needed to read them.",
    ),
]
Diagnostics = Annotated[
    bool, option(OUTPUT, "--diagnostics", None, "Show all that is suspicious, line by line.")
]


def asked(*, details: bool, diagnostics: bool) -> str:
    """Return the flag that asks for more than the first screen; empty without any.

    Raises:
        BadParameter: If both do.
    """
    if details and diagnostics:
        raise typer.BadParameter("--details and --diagnostics are different views; ask for one")
    return "--details" if details else "--diagnostics" if diagnostics else ""


def again(paths: Paths, plan: str | None = None) -> list[str]:
    """Return the flags with which `xharness leaderboard` finds a comparison again.

    Args:
        paths: Where things are; the usual store needs no flag.
        plan: The plan that was named; None or "latest" needs no flag.
    """
    flags = [] if paths.store == STORE else ["--store", str(paths.store)]
    flags += [word for file in paths.plugins for word in ("--plugin", str(file))]
    return flags + (["--plan", plan] if plan is not None and plan != "latest" else [])
