"""`xharness schema`: what the program prints for other programs."""

from __future__ import annotations

from typing import Annotated

import typer

from xharness.cli import options, output, signatures


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    signatures.add(app, "schema", schema, "xharness schema", "xharness schema leaderboard")


def schema(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="What is described; otherwise all names are listed."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Describe what --json prints, as JSON Schema.

    The columns of exported tables are described too.
    """
    from xharness.commands import schema as commands

    if name is None:
        output.show(commands.listing(), json=json)
    else:
        output.as_json(commands.schema(name))
