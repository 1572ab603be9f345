"""`xharness show`: a task with real examples, a model, a strategy, or a finished phase."""

from __future__ import annotations

from typing import Annotated

import typer

from xharness.cli import completion, options, output, signatures
from xharness.commands import session


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    signatures.add(
        app,
        "show",
        show,
        "xharness show lab_xnli",
        "xharness show translate",
    )


def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A task, model, strategy, translator or recipe; or the first digits of the key "
            "of a phase.",
            autocompletion=completion.one(completion.anything),
        ),
    ],
    languages: options.Languages = None,
    examples: Annotated[
        int,
        options.option(
            options.OUTPUT, "--examples", "N", "Rows of a task to show in each language.", min=0
        ),
    ] = 1,
    store: options.StoreFolder = options.STORE,
    data_root: options.DataRoot = None,
    plugins: options.Plugins = None,
    offline: options.Offline = False,
    json: options.Json = False,
) -> None:
    """Show one task, model, strategy, translator, recipe or phase.

    A task is shown with some of its rows, a phase with how it was made.
    """
    from xharness.commands import show as commands

    registry = session.loaded(plugins or (), output.complain)
    view = commands.of(
        name,
        registry,
        commands.Look(
            paths=session.Paths(store=store, data_root=data_root, offline=offline),
            languages=tuple(n.strip() for n in languages.split(",")) if languages else None,
            examples=examples,
        ),
    )
    output.show(view, json=json)
