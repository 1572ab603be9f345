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
            typer.Option(
                "--by",
                help="Show groups of languages and how far they are apart; also with --target.",
            ),
        ] = None,
        against: Annotated[
            str | None,
            typer.Option(
                "--against", help="Compare with this strategy instead of what the plan declares."
            ),
        ] = None,
        win_map: Annotated[
            bool, typer.Option("--map", help="Show who is ahead, arm by target.")
        ] = False,
        audit: Annotated[
            bool,
            typer.Option(
                "--audit", help="Show what other selection rules that were run would have shown."
            ),
        ] = False,
        consistency: Annotated[
            bool,
            typer.Option(
                "--consistency",
                help="Show how far languages agree; with --target every pair of them.",
            ),
        ] = False,
        without_leakage: Annotated[
            bool,
            typer.Option(
                "--without-leakage",
                help="Leave same-data supervision, such as mnli before xnli, out of averages.",
            ),
        ] = False,
        plans: Annotated[bool, typer.Option("--plans", help="List the plans.")] = False,
        store: options.StoreFolder = options.STORE,
        plugin: options.Plugins = None,
        json: options.Json = False,
    ) -> None:
        """Print the leaderboard of the latest comparison in the store, or of a named one.

        Nothing is run and no model is loaded.
        """
        flags = {"--by": by, "--map": win_map, "--audit": audit, "--consistency": consistency}
        asked = [flag for flag, wanted in flags.items() if wanted]
        _check(asked, target, without_leakage=without_leakage, against=against)
        from xharness.commands import leaderboard as published
        from xharness.store.store import Store

        folder = Store(store)
        if plans:
            session.show(published.listing(folder), json=json)
            return
        registry = session.loaded(plugin or ())
        tasks = registry.tasks
        board = published.board(folder, plan, tasks, against, registry.languages)
        views = {
            "--by": lambda: published.groups(board, folder, tasks, by or By.FAMILY, target),
            "--map": lambda: published.win_map(board, without_leakage=without_leakage),
            "--audit": lambda: published.audit(board, folder, target),
            "--consistency": lambda: published.consistency(board, folder, tasks, target),
            "--target": lambda: published.languages(board, target or ""),
            "summary": lambda: published.leaderboard(board, without_leakage=without_leakage),
        }
        name = asked[0] if asked else "summary" if target is None else "--target"
        session.show(views[name](), json=json)


def _check(
    asked: list[str], target: str | None, *, without_leakage: bool, against: str | None
) -> None:
    """Do nothing if the flags go together.

    Raises:
        BadParameter: If they do not.
    """
    if len(asked) > 1:
        raise typer.BadParameter(f"{' and '.join(asked)} are different views; ask for one")
    if target is not None and asked == ["--map"]:
        raise typer.BadParameter("--map shows all targets; leave --target out")
    if without_leakage and (target is not None or asked not in ([], ["--map"])):
        raise typer.BadParameter("--without-leakage: only the summary and --map have averages")
    if against is not None and (target is not None or asked not in ([], ["--map"])):
        raise typer.BadParameter(
            "--against: only the summary and --map compare with another strategy"
        )
