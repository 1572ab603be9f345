"""`xharness doctor`: what this machine has, and what a comparison would lack."""

from __future__ import annotations

import typer

from xharness.cli import options, output, signatures
from xharness.commands import session


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    signatures.add(
        app,
        "doctor",
        doctor,
        "xharness doctor --suite xtreme --model xlm-roberta-base",
    )


@signatures.shared()
def doctor(
    shared: session.SharedFlags,
    device: options.Device = "auto",
    json: options.Json = False,
) -> None:
    """Check this machine, and what a comparison lacks on it.

    That is device, precision, disk and versions; rows, model and translators. The exit status
    is 1 if anything is missing.
    """
    from xharness.commands import doctor as commands

    session.check_device(device)
    place = shared.paths
    registry = session.loaded(place.plugins, output.complain, strict=place.strict)
    examined = commands.examine(shared.flags, place, registry, device)
    output.show(examined.view, json=json)
    if examined.missing:
        raise typer.Exit(1)
