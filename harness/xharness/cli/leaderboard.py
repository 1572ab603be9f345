"""`xharness leaderboard`: the results of a comparison that was run before, from the store alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from xharness.cli import depth, options, output, signatures
from xharness.cli.options import option
from xharness.commands.session import SharedFlags, loaded
from xharness.languages import By

if TYPE_CHECKING:
    from xharness.plugin.registry import Registry
    from xharness.report.view import View as Shown
    from xharness.store.store import Store

VIEW = "Which view"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The flags that choose a view of a comparison; without any it is the first screen."""

    details: depth.Details = False
    diagnostics: depth.Diagnostics = False

    target: Annotated[
        str | None,
        option(VIEW, "--target", "NAME", "Show this target, language by language."),
    ] = None
    by: Annotated[
        By | None,
        option(
            VIEW,
            "--by",
            "GROUP",
            "Show groups of languages and how far apart they are; also with --target. One of "
            f"{', '.join(b.value for b in By)}.",
        ),
    ] = None
    win_map: Annotated[bool, option(VIEW, "--map", None, "Show who is ahead, arm by target.")] = (
        False
    )
    audit: Annotated[
        bool,
        option(
            VIEW, "--audit", None, "Show what other rules for choosing a checkpoint would show."
        ),
    ] = False
    consistency: Annotated[
        bool,
        option(
            VIEW,
            "--consistency",
            None,
            "Show how far languages agree; with --target every pair of them.",
        ),
    ] = False
    against: Annotated[
        str | None,
        option(
            VIEW, "--against", "NAME", "Compare with this strategy instead of what was declared."
        ),
    ] = None
    without_leakage: Annotated[
        bool,
        option(
            VIEW,
            "--without-leakage",
            None,
            "Leave same-data supervision, such as mnli before xnli, out of averages.",
        ),
    ] = False

    @property
    def flag(self) -> str:
        """The flag that names the view; empty for the first screen."""
        wanted = {
            "--details": self.details,
            "--diagnostics": self.diagnostics,
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
        """Refuse flags that cannot be combined.

        Raises:
            BadParameter: If they cannot.
        """
        if self.flag == "--map" and self.target is not None:
            raise typer.BadParameter("--map shows all targets; leave --target out")
        if self.target is not None and self.flag in {"--details", "--diagnostics"}:
            raise typer.BadParameter(f"{self.flag} shows all targets; leave --target out")
        everything = self.target is None and self.flag in {"", "--details", "--map"}
        which = "only the first screen, --details and --map"
        if self.without_leakage and not everything:
            raise typer.BadParameter(f"--without-leakage: {which} have averages")
        if self.against is not None and not everything:
            raise typer.BadParameter(f"--against: {which} compare with another strategy")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    signatures.add(
        app,
        "leaderboard",
        leaderboard,
        "xharness leaderboard",
        "xharness leaderboard --target lab_xnli --by family",
    )


@signatures.grouped(View)
@signatures.shared("store", "plugins")
def leaderboard(
    view: View,
    shared: SharedFlags,
    plan: options.Plan = "latest",
    plans: Annotated[
        bool, option(VIEW, "--plans", None, "List the comparisons in the store.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Print what a comparison in the store has found.

    It is the latest one, unless --plan names another. Nothing is run and no model is loaded.
    """
    view.check()
    from xharness.commands.plans import listing
    from xharness.store.store import Store

    store = Store(shared.paths.store)
    if plans:
        output.show(listing(store), json=json)
        return
    registry = loaded(shared.paths.plugins, output.complain)
    flags = depth.again(shared.paths, plan)
    output.show(_viewed(view, store, plan, registry, flags), json=json)


def _viewed(
    wanted: View, store: Store, plan: str | None, registry: Registry, flags: Sequence[str]
) -> Shown:
    """Return a view of a plan.

    Args:
        wanted: Which view.
        store: Where plans and results are.
        plan: See `plans.named`.
        registry: For tasks and languages.
        flags: What further commands need to find the same comparison.
    """
    from xharness.commands import leaderboard, views

    tasks, target = registry.tasks, wanted.target
    board = leaderboard.board(store, plan, tasks, wanted.against, registry.languages)
    without = wanted.without_leakage
    views_by_flag = {
        "--target": lambda: views.languages(board, target or ""),
        "--by": lambda: views.groups(board, store, tasks, wanted.by or By.FAMILY, target),
        "--map": lambda: views.win_map(board, without_leakage=without),
        "--audit": lambda: views.audit(board, store, target),
        "--consistency": lambda: views.consistency(board, store, tasks, target),
    }
    if wanted.flag in views_by_flag:
        return views_by_flag[wanted.flag]()
    return leaderboard.at(board, wanted.flag, without_leakage=without, flags=flags)
