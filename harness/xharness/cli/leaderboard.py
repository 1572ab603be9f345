"""`xharness leaderboard`: the results of a comparison that was run before, from the store alone."""

from __future__ import annotations

from typing import Annotated

import typer

from xharness.cli import options, session
from xharness.languages import By


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""

    @app.command("leaderboard")
    def leaderboard(
        plan: Annotated[
            str | None,
            typer.Argument(help="Digest of a plan, or its beginning; otherwise the latest."),
        ] = None,
        target: Annotated[
            str | None, typer.Option("--target", help="Show this target language by language.")
        ] = None,
        by: Annotated[
            By | None,
            typer.Option("--by", help="Show means over groups of languages; also with --target."),
        ] = None,
        against: Annotated[
            str | None,
            typer.Option(
                "--against", help="Compare with this strategy instead of what the plan declares."
            ),
        ] = None,
        plans: Annotated[bool, typer.Option("--plans", help="List the plans.")] = False,
        store: options.StoreFolder = options.STORE,
        plugin: options.Plugins = None,
        json: options.Json = False,
    ) -> None:
        """Print the leaderboard of the latest comparison in the store, or of a named one.

        Nothing is run and no model is loaded.
        """
        if against is not None and (by is not None or target is not None):
            raise typer.BadParameter("--against: --by and --target compare with none")
        from xharness import published
        from xharness.store import Store

        folder = Store(store)
        if plans:
            session.show(published.listing(folder), json=json)
            return
        registry = session.loaded(plugin or ())
        board = published.board(folder, plan, registry.tasks, against)
        if by is not None:
            session.show(published.groups(board, by, target), json=json)
        elif target is not None:
            session.show(published.languages(board, target), json=json)
        else:
            session.show(published.leaderboard(board), json=json)
