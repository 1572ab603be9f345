"""`xharness show`: a task with real examples, a model, a strategy, or a finished phase."""

from __future__ import annotations

from typing import Annotated

import typer

from xharness.cli import options, output
from xharness.commands import session


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""

    @app.command("show")
    def show(
        name: Annotated[
            str,
            typer.Argument(help="A task, model or strategy, or the first digits of a phase's key."),
        ],
        languages: options.Languages = None,
        examples: Annotated[
            int, typer.Option("--examples", min=0, help="Examples per language of a task.")
        ] = 1,
        store: options.StoreFolder = options.STORE,
        data_root: options.DataRoot = None,
        plugin: options.Plugins = None,
        offline: options.Offline = False,
        json: options.Json = False,
    ) -> None:
        """Show one task, model, strategy, translator or phase.

        A task is shown with real examples of its rows.
        """
        from xharness.commands import show as commands

        registry = session.loaded(plugin or (), output.complain)
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
