"""`xharness leaderboard`: the results of a comparison that was run before, from the store alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import options, output
from xharness.commands.session import SharedFlags, loaded
from xharness.languages import By

if TYPE_CHECKING:
    from xharness.plugin.registry import Registry
    from xharness.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Which view of a comparison is asked for; the summary if none is."""

    target: Annotated[
        str | None, typer.Option("--target", help="Show this target language by language.")
    ] = None
    by: Annotated[
        By | None,
        typer.Option(
            "--by",
            help="Show groups of languages and how far they are apart; also with --target.",
        ),
    ] = None
    against: Annotated[
        str | None,
        typer.Option(
            "--against", help="Compare with this strategy instead of what the plan declares."
        ),
    ] = None
    win_map: Annotated[bool, typer.Option("--map", help="Show who is ahead, arm by target.")] = (
        False
    )
    audit: Annotated[
        bool,
        typer.Option(
            "--audit", help="Show what other selection rules that were run would have shown."
        ),
    ] = False
    consistency: Annotated[
        bool,
        typer.Option(
            "--consistency",
            help="Show how far languages agree; with --target every pair of them.",
        ),
    ] = False
    without_leakage: Annotated[
        bool,
        typer.Option(
            "--without-leakage",
            help="Leave same-data supervision, such as mnli before xnli, out of averages.",
        ),
    ] = False

    @property
    def flag(self) -> str:
        """The flag that names the view; empty for the summary."""
        wanted = {
            "--by": self.by is not None,
            "--map": self.win_map,
            "--audit": self.audit,
            "--consistency": self.consistency,
        }
        flags = [flag for flag, asked in wanted.items() if asked]
        if len(flags) > 1:
            raise typer.BadParameter(f"{' and '.join(flags)} are different views; ask for one")
        return flags[0] if flags else "" if self.target is None else "--target"

    def check(self) -> None:
        """Do nothing if the flags go together.

        Raises:
            BadParameter: If they do not.
        """
        if self.flag == "--map" and self.target is not None:
            raise typer.BadParameter("--map shows all targets; leave --target out")
        everything = self.target is None and self.flag in {"", "--map"}
        if self.without_leakage and not everything:
            raise typer.BadParameter("--without-leakage: only the summary and --map have averages")
        if self.against is not None and not everything:
            raise typer.BadParameter(
                "--against: only the summary and --map compare with another strategy"
            )


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""

    @app.command("leaderboard")
    @options.grouped(View)
    @options.shared("store", "plugins")
    def leaderboard(
        view: View,
        shared: SharedFlags,
        plan: options.Plan = "latest",
        plans: Annotated[bool, typer.Option("--plans", help="List the plans.")] = False,
        json: options.Json = False,
    ) -> None:
        """Print the leaderboard of a comparison in the store.

        It is the latest one, unless --plan names another. Nothing is run and no model is loaded.
        """
        view.check()
        from xharness.commands.plans import listing
        from xharness.store.store import Store

        store = Store(shared.paths.store)
        if plans:
            output.show(listing(store), json=json)
            return
        _show(view, store, plan, loaded(shared.paths.plugins, output.complain), json=json)


def _show(wanted: View, store: Store, plan: str | None, registry: Registry, *, json: bool) -> None:
    """Print a view of a plan."""
    from xharness.commands import leaderboard, views

    tasks, target = registry.tasks, wanted.target
    board = leaderboard.board(store, plan, tasks, wanted.against, registry.languages)
    without = wanted.without_leakage
    views_by_flag = {
        "": lambda: leaderboard.leaderboard(board, without_leakage=without),
        "--target": lambda: views.languages(board, target or ""),
        "--by": lambda: views.groups(board, store, tasks, wanted.by or By.FAMILY, target),
        "--map": lambda: views.win_map(board, without_leakage=without),
        "--audit": lambda: views.audit(board, store, target),
        "--consistency": lambda: views.consistency(board, store, tasks, target),
    }
    output.show(views_by_flag[wanted.flag](), json=json)
