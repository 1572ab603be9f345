"""`xharness init`: a config file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xharness.cli import completion, options, output, signatures
from xharness.cli.options import option


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    signatures.add(app, "init", init, "xharness init --suite xtreme -o xtreme.yaml")


def init(
    suite: Annotated[
        str | None,
        option(
            options.COMPARED,
            "--suite",
            "NAME",
            "Suite whose settings the file begins with.",
            autocompletion=completion.one(completion.suites),
        ),
    ] = None,
    out: Annotated[
        Path,
        option(
            options.OUTPUT,
            "--output",
            "FILE",
            "File to write; it must not be there yet.",
            short=("-o",),
        ),
    ] = Path("xharness.yaml"),
) -> None:
    """Write a config file with every setting of a suite, explained.

    Change what you like in it; then run xharness compare --config xharness.yaml.
    """
    from xharness.commands import init as commands

    commands.write(out, suite, options.meanings())
    output.text(f"{out}\n")
